"""The four stages by name, each given what the ones before it left in the run folder."""

from pathlib import Path

from generation.unclip.clip import Clip
from generation.unclip.decoder import HourglassDecoder
from generation.unclip.upsampler import PixelShuffleUpsampler
from generation.unclip.upstream import PriorTransformer

from .clip_stage import ClipStage
from .decoder_stage import DecoderStage
from .loop import Stage
from .prior_stage import PriorStage
from .shards import ImageSet
from .upsampler_stage import UpsamplerStage

STAGES = ("clip", "prior", "decoder", "upsampler")
COMPONENTS = {"prior": PriorTransformer, "decoder": HourglassDecoder, "upsampler": PixelShuffleUpsampler}


class StageMissing(Exception):
    """An earlier stage has not been trained yet."""


def build_stage(name: str, data: Path, run: Path, seed: int) -> Stage:
    """Raises StageMissing where a stage that this one rests on has no weights in `run`."""
    images = ImageSet(data)
    if name == "clip":
        return ClipStage(images, seed)
    clip = Clip.from_pretrained(component(run, "clip", needed_by=name))
    if name == "prior":
        return PriorStage(images, seed, clip)
    if name == "decoder":
        return DecoderStage(images, seed, clip)
    decoder = HourglassDecoder.from_pretrained(component(run, "decoder", needed_by=name))
    return UpsamplerStage(images, seed, clip, decoder)


def component(run: Path, name: str, needed_by: str) -> Path:
    """The folder with the averaged weights of a stage."""
    folder = run / name / "component"
    if not (folder / "config.json").is_file():
        raise StageMissing(f"Train the {name} first: {needed_by} needs it, and {folder} has no weights.")
    return folder
