"""Reads a checkpoint of our own layout, such as the starter: five small models made to be trained on a CPU."""

from pathlib import Path
from typing import Any

from generation.unclip.checkpoint import read_json
from generation.unclip.clip import Clip
from generation.unclip.decoder import HourglassDecoder
from generation.unclip.decoding import Decoder
from generation.unclip.enlarging import Upsampler
from generation.unclip.prior import Prior
from generation.unclip.ranker import Ranker
from generation.unclip.renoising import RenoisingScheduler
from generation.unclip.stages import Parts
from generation.unclip.takes import Takes
from generation.unclip.upsampler import PixelShuffleUpsampler
from generation.unclip.upstream import DPMSolverMultistepScheduler, PriorTransformer


def load_parts(folder: Path, place: dict[str, Any]) -> Parts:
    """The parts of the checkpoint in `folder`, at `place` (its `device` and `dtype`)."""
    index = read_json(folder / "model_index.json")
    defaults = index["defaults"]
    prior = Prior(
        _read(PriorTransformer, folder / "prior", place),
        DPMSolverMultistepScheduler.from_pretrained(folder / "prior_scheduler"),
        defaults["prior_steps"],
        defaults["prior_guidance_scale"],
    )
    clip = Clip.from_pretrained(folder / "clip").to(**place)
    decoder = Decoder(
        _read(HourglassDecoder, folder / "decoder", place),
        RenoisingScheduler.from_pretrained(folder / "decoder_scheduler"),
        defaults["steps"],
        defaults["guidance_scale"],
        Takes(clip, _read(Ranker, folder / "ranker", place), defaults["takes"], defaults["noise"]),
    )
    upsampler = Upsampler(_read(PixelShuffleUpsampler, folder / "upsampler", place))
    return Parts(index["name"], clip, prior, decoder, upsampler)


def _read(model: Any, folder: Path, place: dict[str, Any]) -> Any:
    return model.from_pretrained(folder, torch_dtype=place["dtype"], use_safetensors=True).to(place["device"]).eval()
