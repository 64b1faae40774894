"""Kandinsky 2.2's layout, stage by stage against diffusers' KandinskyV22 pipelines."""

import numpy as np
import pytest
import torch
from diffusers import KandinskyV22InpaintPipeline, KandinskyV22Pipeline, KandinskyV22PriorPipeline
from PIL import Image

from generation.unclip.checkpoint import find_checkpoint
from generation.unclip.families.reading import Reader, load_kandinsky
from generation.unclip.prior import DRAW_OFFSETS
from generation.unclip.sampling import generators, noise_of
from generation.unclip.stages import Condition, Known
from generation.unclip.tensors import to_tensor
from tests.unclip.references import read_reference, write_kandinsky

SEEDS = [3, 4]
# Few, because each step through random weights makes more of the roundings before it.
STEPS = 3


@pytest.fixture(scope="module", params=["DDIMScheduler", "DDPMScheduler"])
def folder(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("kandinsky")
    write_kandinsky(folder, stochastic=request.param == "DDPMScheduler")
    return folder


@pytest.fixture(scope="module")
def parts(folder):
    parts = load_kandinsky(find_checkpoint(folder / "tiny-decoder"), Reader(torch.device("cpu"), torch.float32))
    for stage in (parts.prior, parts.decoder):
        stage.scheduler, stage.steps, stage.interval = stage.published, STEPS, None
    parts.prior.draws = 1
    return parts


@pytest.fixture(scope="module")
def embeddings():
    return torch.randn(2, 32, generator=torch.Generator().manual_seed(0))


def ignore(step, clean):
    pass


def begun(shape, offset=0):
    """What the reference is to begin with: the latents, and generators that go on as the engine's do."""
    each = generators([seed + offset for seed in SEEDS])
    return {"latents": noise_of(shape, each), "generator": each, "num_inference_steps": STEPS, "guidance_scale": 4.0}


def furthest(ours, theirs):
    return (ours - torch.as_tensor(theirs)).abs().max().item()


def pixels(images):
    return torch.from_numpy(images).permute(0, 3, 1, 2) * 2 - 1


def test_prior_matches_kandinskyv22priorpipeline(folder, parts):
    pipe = read_reference(KandinskyV22PriorPipeline, folder / "tiny-prior")
    theirs = pipe("a red fox", num_images_per_prompt=2, **begun((32,), DRAW_OFFSETS[0]))
    text, no_text = (parts.encoder.encode_text([each]) for each in ("a red fox", ""))
    assert furthest(parts.prior.draw(text.expand(2), no_text, SEEDS, ignore), theirs.image_embeds) < 1e-4
    assert furthest(parts.encoder.no_picture, theirs.negative_image_embeds) < 1e-4


@pytest.mark.parametrize("shape", [(32, 32), (32, 48)])
def test_pictures_match_kandinskyv22pipeline(folder, parts, embeddings, shape):
    pipe = read_reference(KandinskyV22Pipeline, folder / "tiny-decoder")
    height, width = shape
    theirs = pipe(
        embeddings,
        parts.encoder.no_picture.expand(2, -1),
        height=height,
        width=width,
        output_type="np",
        **begun((4, height // 2, width // 2)),
    ).images
    ours = parts.decoder.draw(Condition(embeddings), SEEDS, ignore, shape=shape)
    assert ours.shape == (2, 3, *shape)
    assert furthest(ours, pixels(theirs)) < 1e-4


def test_edits_match_kandinskyv22inpaintpipeline(folder, parts, embeddings):
    pipe = read_reference(KandinskyV22InpaintPipeline, folder / "tiny-decoder-inpaint")
    picture = Image.linear_gradient("L").convert("RGB").resize((32, 32))
    hole = np.zeros((32, 32), np.float32)
    hole[8:20, 4:16] = 1
    theirs = pipe(
        embeddings[:1],
        picture,
        hole.copy(),
        parts.encoder.no_picture,
        num_images_per_prompt=2,
        height=32,
        width=32,
        output_type="np",
        **begun((4, 16, 16)),
    ).images
    known = Known(to_tensor(picture), torch.from_numpy(hole)[None, None])
    ours = parts.decoder.draw(Condition(embeddings[:1].expand(2, -1)), SEEDS, ignore, known=known)
    assert furthest(ours, pixels(theirs)) < 1e-4
