"""From a checkpoint's name to its stages, whatever its family; the hub is asked only for what is not here yet."""

from collections.abc import Callable
from pathlib import Path

import torch

from generation.unclip.checkpoint import Checkpoint, find_checkpoint, is_hub_name
from generation.unclip.devices import pick_device, pick_dtype
from generation.unclip.errors import CheckpointInvalid, CheckpointNotFound
from generation.unclip.stages import Parts

#: (bytes so far, bytes in all) of a download; may raise Cancelled.
OnDownload = Callable[[int, int], None]


def ignore_download(done: int, whole: int) -> None:
    """The callback of a caller that does not want to know."""


def load_parts(
    name_or_path: str | Path,
    device: str = "auto",
    dtype: str = "auto",
    offload: bool = False,
    on_download: OnDownload = ignore_download,
) -> Parts:
    """The stages of a checkpoint, ready to draw. Raises CheckpointNotFound, CheckpointInvalid, DownloadFailed."""
    checkpoint, place = get_checkpoint(name_or_path, on_download), pick_device(device)
    try:
        return _read(checkpoint, place, pick_dtype(dtype, place), offload)
    except (OSError, KeyError, ValueError, TypeError, RuntimeError) as exc:
        raise CheckpointInvalid(f"The model checkpoint at {checkpoint.folder} cannot be read: {exc}") from exc


def get_checkpoint(name_or_path: str | Path, on_download: OnDownload = ignore_download) -> Checkpoint:
    """As `find_checkpoint`, but a name of the hub that is not here yet is downloaded."""
    try:
        return find_checkpoint(name_or_path)
    except CheckpointNotFound:
        if Path(name_or_path).exists() or not is_hub_name(str(name_or_path)):
            raise
    from generation.unclip.hub import download

    download(str(name_or_path), on_download)
    return find_checkpoint(name_or_path)


def _read(checkpoint: Checkpoint, device: torch.device, dtype: torch.dtype, offload: bool) -> Parts:
    if checkpoint.family == "starter":
        from generation.unclip import starter

        return starter.load_parts(checkpoint.folder, {"device": device, "dtype": dtype})
    from generation.unclip.families.reading import LOADERS, Reader

    return LOADERS[checkpoint.family](checkpoint, Reader(device, dtype, offload))
