"""Karlo's layout, stage by stage against diffusers' UnCLIPPipeline and UnCLIPImageVariationPipeline."""

import pytest
import torch
from diffusers import UnCLIPImageVariationPipeline, UnCLIPPipeline, UnCLIPScheduler
from PIL import Image

from generation.unclip.checkpoint import find_checkpoint
from generation.unclip.families.karlo import UPSAMPLER_OFFSET
from generation.unclip.families.reading import Reader, load_karlo
from generation.unclip.prior import DRAW_OFFSETS
from generation.unclip.sampling import generators, noise_of
from generation.unclip.stages import Condition
from tests.unclip.references import as_published, read_reference, write_karlo

# The first step divides by 5e-5: with these seeds no pixel of it lies within the clip, where a rounding would grow.
SEEDS = [11, 20]
PROMPT = "a photo of a red fox"
STEPS = {"prior": 4, "decoder": 5, "super_res": 7}


class Reseeded(UnCLIPScheduler):
    """The reference's scheduler, adding the noise that the engine's stage adds."""

    def use(self, seeds, shape):
        self.each = generators(seeds)
        return noise_of(shape, self.each)

    def step(self, *arguments, generator=None, **options):
        moved = super().step(*arguments, generator=self.each, **options)
        self.last = moved.prev_sample
        return moved


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_karlo(tmp_path_factory.mktemp("karlo") / "tiny")


@pytest.fixture(scope="module")
def parts(folder):
    return published(load_karlo(find_checkpoint(folder), Reader(torch.device("cpu"), torch.float32)))


def published(parts):
    """The stages, drawing as the checkpoint was published to draw."""
    for stage, steps in ((parts.prior, STEPS["prior"]), (parts.decoder, STEPS["decoder"])):
        stage.scheduler, stage.steps, stage.interval = stage.published, steps, None
    parts.prior.draws, parts.upsampler.steps = 1, STEPS["super_res"]
    return parts


def reference(pipeline, folder):
    pipe = read_reference(pipeline, folder)
    for name in [each for each in pipe.components if each.endswith("_scheduler")]:
        pipe.register_modules(**{name: Reseeded.from_config(getattr(pipe, name).config)})
    return pipe


def latents(pipe, stages):
    """The noise that the engine's stages begin with, under the names that the reference knows it by."""
    seeds = {"prior": [each + DRAW_OFFSETS[0] for each in SEEDS], "decoder": SEEDS}
    seeds["super_res"] = [each + UPSAMPLER_OFFSET for each in SEEDS]
    shapes = {"prior": (32,), "decoder": (3, 8, 8), "super_res": (3, 32, 32)}
    return {
        f"{stage}_latents": getattr(pipe, f"{stage}_scheduler").use(seeds[stage], shapes[stage]) for stage in stages
    }


def steps(stages):
    return {f"{stage}_num_inference_steps": STEPS[stage] for stage in stages}


def ignore(step, clean):
    pass


def furthest(ours, theirs):
    return (ours - torch.as_tensor(theirs)).abs().max().item()


def pixels(images):
    """The reference's pictures as (B, 3, H, W) in [-1, 1]."""
    return torch.from_numpy(images).permute(0, 3, 1, 2) * 2 - 1


def test_every_stage_matches_unclippipeline(folder, parts):
    stages = ("prior", "decoder", "super_res")
    pipe = reference(UnCLIPPipeline, folder)
    theirs = pipe([PROMPT], num_images_per_prompt=2, output_type="np", **latents(pipe, stages), **steps(stages)).images
    text, no_text = (parts.encoder.encode_text([each]) for each in (PROMPT, ""))
    # Each stage goes on from the reference's own: through random weights, rounding would grow from stage to stage.
    embedding = pipe.prior.post_process_latents(pipe.prior_scheduler.last)
    base = pipe.decoder_scheduler.last.clamp(-1, 1)
    assert furthest(parts.prior.draw(text.expand(2), no_text, SEEDS, ignore), embedding) < 1e-4
    assert furthest(parts.decoder.draw(Condition(embedding, text.expand(2)), SEEDS, ignore), base) < 1e-4
    assert furthest(parts.upsampler.upsample(base, embedding, SEEDS, ignore), pixels(theirs)) < 1e-4


def test_every_stage_matches_unclipimagevariationpipeline(folder, parts):
    stages = ("decoder", "super_res")
    pipe = reference(UnCLIPImageVariationPipeline, folder.parent / "tiny-image-variations")
    picture = Image.linear_gradient("L").convert("RGB")
    theirs = pipe(picture, num_images_per_prompt=2, output_type="np", **latents(pipe, stages), **steps(stages)).images
    pixel_values = pipe.feature_extractor(picture, return_tensors="pt").pixel_values
    embedding = pipe.image_encoder(pixel_values).image_embeds
    base = pipe.decoder_scheduler.last.clamp(-1, 1)
    assert furthest(parts.encoder.encode_pictures([picture]), embedding) < 1e-4
    assert furthest(parts.decoder.draw(Condition(embedding.expand(2, -1)), SEEDS, ignore), base) < 1e-4
    assert furthest(parts.upsampler.upsample(base, embedding, SEEDS, ignore), pixels(theirs)) < 1e-4


def test_both_spellings_of_the_text_projection_are_read(tmp_path):
    folder = as_published(write_karlo(tmp_path / "tiny", image_variations=False))
    parts = load_karlo(find_checkpoint(folder), Reader(torch.device("cpu"), torch.float32))
    assert parts.decoder.projection.extra_tokens == 4
