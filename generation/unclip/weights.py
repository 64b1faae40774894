"""What a component's weight files hold, read from their headers alone: nothing is loaded. Free of torch.

A safetensors file is the length of a header (8 bytes), the header (JSON: type, shape and place of each tensor) and the
tensors, so a file that was cut short or damaged shows without reading it all. A pickle runs code as it is read and is
never opened here.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from pathlib import Path
from typing import Any

from generation.unclip.errors import CheckpointInvalid, PickleRefused

PICKLES = (".bin", ".ckpt", ".pt", ".pth", ".pkl")
#: Files with such an ending name the parts of weights that are spread over several files.
INDEX = ".safetensors.index.json"
#: A header longer than this is damage: the largest models need a hundredth of it.
MAX_HEADER = 100 << 20


@dataclass(frozen=True)
class Weights:
    """The weights of one component: how many numbers, their bytes on disk and their types, such as {"F32"}."""

    parameters: int
    size: int
    types: frozenset[str]


def read_weights(folder: Path) -> Weights:
    """The weights in a component's folder, every file checked. Raises CheckpointInvalid, PickleRefused."""
    tensors = [tensor for path in weight_files(folder) for tensor in tensors_in(path)]
    return Weights(
        parameters=sum(prod(tensor["shape"]) for tensor in tensors),
        size=sum(tensor["data_offsets"][1] - tensor["data_offsets"][0] for tensor in tensors),
        types=frozenset(tensor["dtype"] for tensor in tensors),
    )


def weight_files(folder: Path) -> list[Path]:
    """The safetensors files of a component. Raises CheckpointInvalid where one is missing, PickleRefused."""
    for index in folder.glob(f"*{INDEX}"):
        try:
            names = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
        except (OSError, ValueError, KeyError, AttributeError) as exc:
            raise CheckpointInvalid(f"{index} cannot be read, so the parts of the weights are not known.") from exc
        for name in sorted(names):
            if not (folder / name).is_file():
                raise CheckpointInvalid(f"{folder / name} is missing; download the checkpoint again.")
    if found := sorted(folder.glob("*.safetensors")):
        return found
    if pickles := pickles_in(folder):
        raise PickleRefused(pickles[0])
    raise CheckpointInvalid(f"The model checkpoint at {folder.parent} has no weights for its {folder.name}.")


def pickles_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix in PICKLES) if folder.is_dir() else []


def tensors_in(path: Path) -> list[dict[str, Any]]:
    """The header's entries, each with `dtype`, `shape` and `data_offsets`.

    Raises CheckpointInvalid, naming the file, where it is damaged or was not downloaded to its end.
    """
    seen = path.stat()
    return _read_header(path, seen.st_size, seen.st_mtime_ns)


@lru_cache(maxsize=64)
def _read_header(path: Path, size: int, changed: int) -> list[dict[str, Any]]:
    """Kept in memory, since a site looks at its checkpoint often; `changed` makes a new file be read anew."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if size < 8 or length > min(MAX_HEADER, size - 8):
            raise CheckpointInvalid(f"{path} is damaged or was not downloaded to its end; download it again.")
        try:
            entries = json.loads(file.read(length))
            tensors = [entry for name, entry in entries.items() if name != "__metadata__"]
            end = 8 + length + max((tensor["data_offsets"][1] for tensor in tensors), default=0)
        except (ValueError, KeyError, TypeError, AttributeError) as exc:
            raise CheckpointInvalid(f"{path} is damaged: its header is not that of a safetensors file.") from exc
    if end != size:
        raise CheckpointInvalid(
            f"{path} has {size:,} bytes where its header tells of {end:,}: it is damaged or was not downloaded to its "
            "end; download it again."
        )
    return tensors
