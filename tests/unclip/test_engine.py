import math
import shutil

import numpy as np
import pytest
from PIL import Image

from generation.unclip import (
    Cancelled,
    CheckpointInvalid,
    EmbeddingMismatch,
    OutOfMemory,
    Progress,
    TextToImage,
    Variations,
)
from generation.unclip.engine import Engine


def test_draws_rgb_pictures_at_full_size(tiny_engine):
    samples = tiny_engine.generate(TextToImage("a red apple", count=2, seed=5))
    assert [(each.image.mode, each.image.size, each.seed) for each in samples] == [
        ("RGB", (256, 256), 5),
        ("RGB", (256, 256), 6),
    ]


def test_image_embedding_is_of_unit_length(tiny_engine):
    (sample,) = tiny_engine.generate(TextToImage("a red apple"))
    assert math.isclose(math.hypot(*sample.image_embedding), 1, rel_tol=1e-5)


def test_drafts_skip_the_upsampler(tiny_engine):
    (sample,) = tiny_engine.generate(TextToImage("a red apple", draft=True))
    assert sample.image.size == (64, 64)


def test_same_seed_draws_the_same_picture_again(tiny_engine):
    first, second = (tiny_engine.generate(TextToImage("a red apple", seed=7))[0].image for _ in range(2))
    assert first.tobytes() == second.tobytes()


def test_a_picture_does_not_depend_on_its_batch(tiny_engine):
    together = tiny_engine.generate(TextToImage("a red apple", count=4, seed=10))[2].image
    alone = tiny_engine.generate(TextToImage("a red apple", seed=12))[0].image
    assert np.abs(np.asarray(together, int) - np.asarray(alone, int)).max() <= 1


def test_other_seeds_draw_other_pictures(tiny_engine):
    first, second = (each.image.tobytes() for each in tiny_engine.generate(TextToImage("apple", count=2)))
    assert first != second


def test_progress_passes_all_stages_and_never_falls(tiny_engine):
    seen: list[Progress] = []
    tiny_engine.generate(TextToImage("a red apple", count=2), seen.append)
    fractions = [each.fraction for each in seen]
    assert list(dict.fromkeys(each.stage for each in seen)) == ["text", "prior", "decoder", "upsampler"]
    assert fractions == sorted(fractions)
    assert math.isclose(fractions[-1], 1)


def test_progress_of_drafts_ends_at_one(tiny_engine):
    seen: list[Progress] = []
    tiny_engine.generate(TextToImage("a red apple", draft=True), seen.append)
    assert math.isclose(seen[-1].fraction, 1)


def test_variations_keep_the_embedding_and_differ(tiny_engine):
    (given,) = tiny_engine.embed_text(["a red apple"])
    first, second = tiny_engine.generate(Variations(given, count=2, seed=3))
    assert first.image_embedding == pytest.approx(given, abs=1e-6)
    assert first.image.tobytes() != second.image.tobytes()


def test_variations_run_the_last_two_stages_alone(tiny_engine):
    seen: list[Progress] = []
    tiny_engine.generate(Variations(tiny_engine.embed_text(["a red apple"])[0]), seen.append)
    assert list(dict.fromkeys(each.stage for each in seen)) == ["decoder", "upsampler"]
    assert math.isclose(seen[-1].fraction, 1)


def test_an_embedding_of_another_checkpoint_is_refused(tiny_engine):
    with pytest.raises(EmbeddingMismatch, match="another checkpoint"):
        tiny_engine.generate(Variations((0.6, 0.8)))


def test_decoder_steps_show_a_preview_of_each_picture(tiny_engine):
    seen: list[Progress] = []
    tiny_engine.generate(TextToImage("a red apple", count=3), seen.append)
    assert {len(each.previews) for each in seen if each.stage == "decoder"} == {3}


def test_cancel_ends_the_drawing_within_a_step(tiny_engine):
    seen: list[Progress] = []

    def cancel_in_decoder(progress: Progress) -> None:
        seen.append(progress)
        if progress.stage == "decoder":
            raise Cancelled

    with pytest.raises(Cancelled):
        tiny_engine.generate(TextToImage("a red apple"), cancel_in_decoder)
    assert [each.stage for each in seen].count("decoder") == 1


def test_running_out_of_memory_is_said_in_a_sentence(tiny_engine, monkeypatch):
    def full(*arguments, **options):
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes")

    monkeypatch.setattr(tiny_engine.decoder, "draw", full)
    with pytest.raises(OutOfMemory, match="not even one would fit"):
        tiny_engine.generate(TextToImage("a red apple"))


def test_other_failures_are_not_taken_for_lack_of_memory(tiny_engine, monkeypatch):
    def broken(*arguments, **options):
        raise RuntimeError("shapes do not match")

    monkeypatch.setattr(tiny_engine.decoder, "draw", broken)
    with pytest.raises(RuntimeError, match="shapes"):
        tiny_engine.generate(TextToImage("a red apple"))


def test_text_and_image_embeddings_share_a_space(tiny_engine):
    (text,) = tiny_engine.embed_text(["a red apple"])
    image, gray = tiny_engine.embed_images([Image.new("RGB", (300, 200), "red"), Image.new("LA", (9, 9))])
    assert len(text) == len(image) == len(gray)
    assert math.isclose(math.hypot(*image), 1, rel_tol=1e-5)


def test_long_prompts_are_cut_not_refused(tiny_engine):
    assert tiny_engine.embed_text(["apple " * 166])


@pytest.mark.parametrize("part", ["clip/model.safetensors", "decoder/diffusion_pytorch_model.safetensors"])
def test_damaged_weights_are_named(tiny_checkpoint, tmp_path, part):
    copy = shutil.copytree(tiny_checkpoint, tmp_path / "copy")
    (copy / part).write_bytes(b"not weights")
    with pytest.raises(CheckpointInvalid):
        Engine.load(copy, device="cpu")
