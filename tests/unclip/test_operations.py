import math

import numpy as np
import pytest
import torch
from PIL import Image

from generation.unclip import (
    Blend,
    Cancelled,
    Drawing,
    Edit,
    OutOfMemory,
    Part,
    PictureInvalid,
    Progress,
    Reconstruction,
    TextDiff,
    TextToImage,
    Unsupported,
    Upsample,
    Variations,
    outpaint,
)
from generation.unclip.engine import Engine
from generation.unclip.pictures import square

SPECK = Image.fromarray(np.random.default_rng(1).integers(0, 255, (40, 60, 3), np.uint8))
PLAIN = Image.new("RGB", (256, 256), "teal")


def mask_for(picture: Image.Image, box: tuple[int, int, int, int]) -> Image.Image:
    mask = Image.new("RGBA", picture.size, "black")
    mask.paste((0, 0, 0, 0), box)
    return mask


def unit(engine: Engine, text: str) -> tuple[float, ...]:
    return engine.embed_text([text])[0]


def requests(engine: Engine) -> list[Drawing]:
    """One of each operation."""
    mask = mask_for(PLAIN, (100, 100, 150, 150))
    return [
        TextToImage("a cat", count=2),
        TextToImage("a cat", prior=False),
        TextToImage("a cat", draft=True, count=3),
        Variations(unit(engine, "a cat")),
        Blend((Part("a cat"), Part(unit(engine, "a dog")), Part("a cow", 0.5))),
        TextDiff(PLAIN, "night", thetas=(0.1, 0.2), count=2),
        Reconstruction(PLAIN, eta=0.5),
        Edit(PLAIN, mask, "a cat"),
        Edit(PLAIN, mask),
        outpaint(PLAIN, (100, 100, 100, 300)),
        Upsample(SPECK),
    ]


@pytest.mark.parametrize("number", range(11))
def test_progress_grows_and_ends_at_one(tiny_engine, number):
    seen: list[Progress] = []
    request = requests(tiny_engine)[number]
    samples = tiny_engine.generate(request, seen.append)
    fractions = [each.fraction for each in seen]
    assert len(samples) == request.count
    assert fractions == sorted(fractions)
    assert math.isclose(fractions[-1], 1)
    assert all(1 <= each.step <= each.steps for each in seen)


@pytest.mark.parametrize("number", range(11))
def test_cancelling_ends_every_operation_at_once(tiny_engine, number):
    calls = []

    def cancel(progress: Progress) -> None:
        calls.append(progress)
        raise Cancelled

    with pytest.raises(Cancelled):
        tiny_engine.generate(requests(tiny_engine)[number], cancel)
    assert len(calls) == 1


@pytest.mark.parametrize("number", [0, 2, 3, 4, 6, 7])
def test_part_of_the_pictures_are_the_same_pictures(tiny_engine, number):
    request = requests(tiny_engine)[number].part(0, 1)
    whole = tiny_engine.generate(request.part(0, 3))
    (second,) = tiny_engine.generate(request.part(1, 1))
    assert second.seed == whole[1].seed
    assert np.abs(np.asarray(second.image, int) - np.asarray(whole[1].image, int)).max() <= 1


def test_a_text_diff_can_be_drawn_in_parts(tiny_engine):
    request = TextDiff(PLAIN, "night", thetas=(0.1, 0.3, 0.5), count=3)
    whole, (last,) = tiny_engine.generate(request), tiny_engine.generate(request.part(2, 1))
    assert np.abs(np.asarray(last.image, int) - np.asarray(whole[2].image, int)).max() <= 1


def test_a_draft_is_upsampled_to_what_the_full_run_draws(tiny_engine):
    full, *_ = tiny_engine.generate(TextToImage("a cat", seed=4))
    draft, *_ = tiny_engine.generate(TextToImage("a cat", seed=4, draft=True))
    (later,) = tiny_engine.generate(Upsample(draft.image, draft.image_embedding, seed=4))
    assert later.image.tobytes() == full.image.tobytes()


def test_a_picture_of_any_shape_is_upsampled_whole(tiny_engine):
    assert tiny_engine.generate(Upsample(SPECK))[0].image.size == (240, 160)


def test_tiles_leave_no_seams(tiny_engine, monkeypatch):
    noise, embedding = torch.rand(1, 3, 70, 50) * 2 - 1, torch.zeros(1, tiny_engine.encoder.embedding_dim)
    whole = tiny_engine.upsampler.upsample(noise, embedding, [0], lambda *step: None)
    monkeypatch.setattr("generation.unclip.enlarging.TILE", 16)
    assert torch.allclose(tiny_engine.upsampler.upsample(noise, embedding, [0], lambda *step: None), whole, atol=1e-5)


def test_eta_zero_gives_the_picture_back(tiny_engine):
    (drawn,) = tiny_engine.generate(Reconstruction(SPECK, draft=True))
    shown = square(SPECK, drawn.image.width)
    assert np.abs(np.asarray(drawn.image, int) - np.asarray(shown, int)).max() <= 2


def test_theta_zero_gives_the_picture_back(tiny_engine):
    (drawn,) = tiny_engine.generate(TextDiff(SPECK, "night", thetas=(0.0,), draft=True))
    shown = square(SPECK, drawn.image.width)
    assert np.abs(np.asarray(drawn.image, int) - np.asarray(shown, int)).max() <= 2


def test_a_blend_with_all_the_weight_on_one_is_a_variation(tiny_engine):
    cat, dog = unit(tiny_engine, "a cat"), unit(tiny_engine, "a dog")
    (blended,) = tiny_engine.generate(Blend((Part(cat, 0), Part(dog, 2)), seed=3))
    (varied,) = tiny_engine.generate(Variations(dog, seed=3))
    assert blended.image.tobytes() == varied.image.tobytes()


@pytest.mark.parametrize("prompt", ["a cat", ""])
@pytest.mark.parametrize(("size", "box"), [((256, 256), (30, 40, 130, 90)), ((90, 300), (0, 20, 90, 280))])
def test_an_edit_leaves_the_rest_bit_for_bit(tiny_engine, prompt, size, box):
    picture = Image.fromarray(np.random.default_rng(2).integers(0, 255, (size[1], size[0], 3), np.uint8))
    mask = mask_for(picture, box)
    (edited,) = tiny_engine.generate(Edit(picture, mask, prompt))
    kept = np.asarray(mask)[..., 3] > 0
    assert (np.asarray(edited.image)[kept] == np.asarray(picture)[kept]).all()
    assert (np.asarray(edited.image)[~kept] != np.asarray(picture)[~kept]).any()


def test_outpainting_keeps_the_picture_inside(tiny_engine):
    (drawn,) = tiny_engine.generate(outpaint(SPECK, (8, 0, 30, 5)))
    assert drawn.image.size == (98, 45)
    assert drawn.image.crop((8, 0, 68, 40)).tobytes() == SPECK.tobytes()


def test_the_engine_says_how_many_would_fit(tiny_engine, monkeypatch):
    whole = tiny_engine.decoder.draw

    def small(condition, seeds, *rest, **options):
        if len(seeds) > 3:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return whole(condition, seeds, *rest, **options)

    monkeypatch.setattr(tiny_engine.decoder, "draw", small)
    with pytest.raises(OutOfMemory, match="a count of 2 would fit") as caught:
        tiny_engine.generate(TextToImage("a cat", count=8))
    assert caught.value.fitting == 2


def test_without_an_upsampler_nothing_is_upsampled(tiny_engine, monkeypatch):
    monkeypatch.setattr(tiny_engine.painter, "upsampler", None)
    assert tiny_engine.generate(TextToImage("a cat"))[0].image.size == (64, 64)
    with pytest.raises(Unsupported, match="no upsampler"):
        tiny_engine.generate(Upsample(SPECK))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Blend((Part("a cat"),)), "two to 4"),
        (lambda: Blend((Part("a cat", 0), Part("a dog", 0))), "above zero"),
        (lambda: Part("a cat", math.nan), "not negative"),
        (lambda: Part("a cat", -1), "not negative"),
        (lambda: Part((0.5, 0.5)), "length 1"),
        (lambda: TextDiff(PLAIN, "night", thetas=(0.6,)), "Theta"),
        (lambda: TextDiff(PLAIN, "night", thetas=(math.nan,)), "Theta"),
        (lambda: TextDiff(PLAIN, "night", count=2), "one theta"),
        (lambda: Reconstruction(PLAIN, eta=1.5), "Eta"),
        (lambda: outpaint(PLAIN, (0, 0, 0, 0)), "Add between"),
        (lambda: outpaint(PLAIN, (-1, 5, 0, 0)), "Add between"),
        (lambda: outpaint(PLAIN, (0, 5000, 0, 0)), "Add between"),
        (lambda: Upsample(PLAIN, count=2), "at a time"),
        (lambda: Upsample(PLAIN, (1.0, 1.0)), "length 1"),
    ],
)
def test_values_out_of_range_are_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()


def test_a_mask_that_does_not_fit_is_refused():
    with pytest.raises(PictureInvalid, match="as large as"):
        Edit(PLAIN, SPECK, "a cat")
