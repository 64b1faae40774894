"""Published checkpoints in the engine: every operation, at our own settings."""

import numpy as np
import pytest
import torch
from PIL import Image

from generation.unclip import (
    Blend,
    Edit,
    Part,
    Reconstruction,
    TextDiff,
    TextToImage,
    Unsupported,
    Upsample,
    Variations,
)
from generation.unclip.engine import Engine
from generation.unclip.families.offload import OneAtATime
from tests.unclip.references import write_kandinsky, write_karlo

SIZES = {"karlo": 32, "kandinsky": 32}


@pytest.fixture(scope="module", params=["karlo", "kandinsky"])
def folder(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    return write_karlo(folder / "tiny") if request.param == "karlo" else write_kandinsky(folder)


@pytest.fixture(scope="module")
def engine(folder):
    return Engine.load(folder, device="cpu")


def pixels(sample):
    return np.asarray(sample.image, int)


def picture():
    return Image.linear_gradient("L").convert("RGB").resize((32, 32))


def hole():
    mask = Image.new("RGBA", (32, 32), "black")
    mask.paste((0, 0, 0, 0), (8, 8, 20, 20))
    return mask


OPERATIONS = {
    "prompt": TextToImage("a red fox", count=2),
    "text embedding alone": TextToImage("a red fox", prior=False, count=2),
    "blend": Blend((Part("a red fox"), Part("an apple")), count=2),
    "text diff": TextDiff(picture(), "a red fox", count=2, thetas=(0.0, 0.5)),
    "reconstruction": Reconstruction(picture(), eta=0.5, count=2),
    "edit": Edit(picture(), hole(), "a fox", count=2),
}


@pytest.mark.parametrize("request_", OPERATIONS.values(), ids=OPERATIONS)
def test_every_operation_draws_finished_pictures(engine, request_):
    samples = engine.generate(request_)
    assert {sample.image.size for sample in samples} == {(32, 32)}
    assert all(np.linalg.norm(sample.image_embedding) == pytest.approx(1, abs=1e-3) for sample in samples)


def test_pictures_are_drawn_of_the_shape_asked_for(engine):
    request = TextToImage("a red fox", width=128, height=64, count=2)
    if not engine.decoder.draws_any_shape:
        with pytest.raises(Unsupported, match="32 x 32 pixels only"):
            engine.generate(request)
    else:
        assert {sample.image.size for sample in engine.generate(request)} == {(128, 64)}


@pytest.mark.parametrize("size", [(70, 40), (90, 90)])
def test_karlo_upsamples_large_pictures_in_tiles(tmp_path, monkeypatch, size):
    engine = Engine.load(write_karlo(tmp_path / "tiny"), device="cpu")
    monkeypatch.setattr("generation.unclip.families.karlo.TILE", 128)
    picture = Image.linear_gradient("L").convert("RGB").resize(size)
    (drawn,) = engine.generate(Upsample(picture))
    assert drawn.image.size == (4 * size[0], 4 * size[1])
    assert pixels(drawn).std() > 0


def test_a_checkpoint_draws_its_own_size_when_asked_for_it(tiny_engine):
    (drawn,) = tiny_engine.generate(TextToImage("a red fox", width=256, height=256))
    assert drawn.image.size == (256, 256)


def test_variations_are_drawn_of_a_stored_embedding(engine):
    (embedding,) = engine.embed_images([picture()])
    first, second = engine.generate(Variations(embedding, count=2))
    assert first.image_embedding == pytest.approx(embedding, abs=1e-5)
    assert first.image.tobytes() != second.image.tobytes()


def test_a_picture_does_not_depend_on_its_batch(engine):
    together = engine.generate(TextToImage("a red fox", count=3, seed=10))[1]
    assert np.abs(pixels(together) - pixels(engine.generate(TextToImage("a red fox", seed=11))[0])).max() <= 1


def test_same_seed_draws_the_same_picture_again(engine):
    first, second = (engine.generate(TextToImage("a red fox", seed=7))[0].image for _ in range(2))
    assert first.tobytes() == second.tobytes()


def test_offload_changes_no_picture(folder, engine):
    sparing = Engine.load(folder, device="cpu", offload=True)
    request = TextToImage("a red fox", seed=3)
    assert sparing.generate(request)[0].image.tobytes() == engine.generate(request)[0].image.tobytes()


def test_with_offload_one_model_at_a_time_is_on_the_device():
    moves = []
    turns = OneAtATime(torch.device("meta"), lambda model, device: moves.append((model, device.type)))
    first, second = torch.nn.Linear(1, 1), torch.nn.Linear(1, 1)
    for model in (first, second):
        turns.manage(model)
    for model in (first, first, second, first):
        model(torch.zeros(1, 1))
    assert moves == [
        *[(first, "meta")],
        *[(first, "cpu"), (second, "meta")],
        *[(second, "cpu"), (first, "meta")],
    ]


def test_the_published_schedulers_draw_too(folder):
    engine = Engine.load(folder, device="cpu")
    for stage in (engine.prior, engine.decoder):
        stage.scheduler = stage.published
    assert engine.generate(TextToImage("a red fox", steps=3))[0].image.size == (32, 32)


def test_half_precision_draws(folder):
    (sample,) = Engine.load(folder, device="cpu", dtype="bf16").generate(TextToImage("a red fox"))
    assert sample.image.size == (32, 32)


def test_karlo_without_an_image_encoder_says_where_it_is(tmp_path):
    engine = Engine.load(write_karlo(tmp_path / "tiny", image_variations=False), device="cpu")
    assert engine.generate(TextToImage("a red fox"))
    with pytest.raises(Unsupported, match="karlo-v1-alpha-image-variations"):
        engine.embed_images([picture()])


def test_karlo_drafts_are_upsampled_to_what_a_full_run_gives(tmp_path):
    engine = Engine.load(write_karlo(tmp_path / "tiny"), device="cpu")
    (draft,) = engine.generate(TextToImage("a red fox", seed=5, draft=True))
    (full,) = engine.generate(TextToImage("a red fox", seed=5))
    (upsampled,) = engine.generate(Upsample(draft.image, draft.image_embedding, seed=5))
    assert np.abs(pixels(upsampled) - pixels(full)).max() <= 1


def test_kandinsky_edits_without_its_inpainting_weights(tmp_path):
    engine = Engine.load(write_kandinsky(tmp_path, inpaint=False), device="cpu")
    (sample,) = engine.generate(Edit(picture(), hole(), "a fox"))
    assert np.array_equal(pixels(sample)[:8], np.asarray(picture(), int)[:8])
