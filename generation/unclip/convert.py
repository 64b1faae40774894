"""Turns the pickles of a checkpoint into safetensors, reading them with `weights_only`: nothing in them is run."""

import shutil
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from generation.unclip.checkpoint import INDEX
from generation.unclip.errors import CheckpointInvalid
from generation.unclip.weights import PICKLES, pickles_in

#: What a component's weights are called, by what its pickle is called; all else is a model of diffusers.
STANDARD = {"pytorch_model": "model.safetensors"}
OTHERWISE = "diffusion_pytorch_model.safetensors"
#: Under which the tensors lie in a pickle that holds more than them.
NESTED = "state_dict"


def convert(source: Path, target: Path) -> list[Path]:
    """Writes the checkpoint in `source` to `target` with safetensors in place of pickles; returns the files written.

    A single pickle becomes the single file `target`. `source` is left as it is. Raises CheckpointInvalid.
    """
    if source.is_file():
        return [_convert_file(source, target)]
    if not (source / INDEX).is_file():
        raise CheckpointInvalid(f"{source} has no {INDEX}, so it is no checkpoint in diffusers' layout.")
    if target.exists():
        raise CheckpointInvalid(f"{target} exists already; name a folder that does not.")
    shutil.copytree(source, target, ignore=shutil.ignore_patterns(*(f"*{ending}" for ending in PICKLES)))
    written = []
    for part in sorted(folder for folder in source.iterdir() if folder.is_dir()):
        pickles = pickles_in(part)
        if len(pickles) > 1:
            raise CheckpointInvalid(f"{part} holds {len(pickles)} pickles; leave the one to convert.")
        if pickles and not any(part.glob("*.safetensors")):
            name = STANDARD.get(pickles[0].stem, OTHERWISE)
            written.append(_convert_file(pickles[0], target / part.name / name))
    if not written:
        raise CheckpointInvalid(f"There is nothing to convert in {source}: it holds no pickle without safetensors.")
    return written


def _convert_file(source: Path, target: Path) -> Path:
    try:
        held = torch.load(source, map_location="cpu", weights_only=True)
    except Exception as exc:  # the unpickler raises whatever a damaged or malicious file leads it to
        raise CheckpointInvalid(f"{source} holds more than weights, or is damaged, and was not converted.") from exc
    held = held.get(NESTED, held) if isinstance(held, dict) else held
    tensors = (
        {str(name): each for name, each in held.items() if isinstance(each, Tensor)} if hasattr(held, "items") else {}
    )
    if not tensors:
        raise CheckpointInvalid(f"{source} holds no weights by name.")
    # Tensors that share their memory in the pickle get memory of their own.
    save_file({name: each.clone().contiguous() for name, each in tensors.items()}, target, metadata={"format": "pt"})
    return target
