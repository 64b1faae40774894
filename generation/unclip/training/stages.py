"""The stages and the judge by name, each given what the ones before it left in the run folder."""

from pathlib import Path

import torch

from generation.unclip.clip import Clip
from generation.unclip.decoder import HourglassDecoder
from generation.unclip.ranker import Ranker
from generation.unclip.upsampler import PixelShuffleUpsampler
from generation.unclip.upstream import PriorTransformer

from .clip_stage import ClipStage
from .decoder_stage import DecoderStage
from .judge_stage import JudgeStage
from .loop import Stage
from .prior_stage import PriorStage
from .ranker_stage import RankerStage
from .recipes import JUDGE, Recipe
from .shards import ImageSet
from .upsampler_stage import UpsamplerStage

COMPONENTS = {
    "prior": PriorTransformer,
    "decoder": HourglassDecoder,
    "ranker": Ranker,
    "upsampler": PixelShuffleUpsampler,
}
#: Those that rest on the encoder alone.
OF_CLIP = {"prior": PriorStage, "decoder": DecoderStage, "ranker": RankerStage}


class StageMissing(Exception):
    """An earlier stage has not been trained yet."""


def build_stage(name: str, data: Path, run: Path, seed: int, recipe: Recipe, start: Path | None = None) -> Stage:
    """A stage with fresh weights, or with those of the checkpoint folder `start`.

    Raises StageMissing where a stage that this one rests on has weights neither in `run` nor in `start`.
    """
    images = ImageSet(data)
    if name == JUDGE:
        if start:
            raise StageMissing("A checkpoint holds no judge to begin with; leave out --from.")
        return JudgeStage(images, seed, recipe)
    if name == "clip":
        # A run that goes on keeps its tokenizer, even where the set was prepared again since.
        begun = run / "clip" / "component"
        folder = begun if (begun / "config.json").is_file() else start and start / "clip"
        return ClipStage(images, seed, recipe, Clip.from_pretrained(folder) if folder else None)
    clip = Clip.from_pretrained(component(run, "clip", name, start))
    clip.model.visual.to(memory_format=torch.channels_last)
    if name == "upsampler":
        decoder = HourglassDecoder.from_pretrained(component(run, "decoder", name, start))
        stage: Stage = UpsamplerStage(images, seed, recipe, clip, decoder)
    else:
        stage = OF_CLIP[name](images, seed, recipe, clip)
    if start:
        stage.begin_with(COMPONENTS[name].from_pretrained(start / name))
    return stage


def component(run: Path, name: str, needed_by: str, start: Path | None = None) -> Path:
    """The folder with the weights of a stage: the averaged ones of `run`, else those of the checkpoint `start`."""
    folder = run / name / "component"
    if (folder / "config.json").is_file():
        return folder
    if start:
        return start / name
    raise StageMissing(f"Train the {name} first: {needed_by} needs it, and {folder} has no weights.")
