"""Prepares the training set: own pictures, or the open sources, drawn at one size, captioned, split and packed."""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from .draft import Draft
from .npm import SourceUnavailable
from .shards import Manifest


class FoldersOverlap(Exception):
    """The set would be written over own pictures, or among them; choose a folder elsewhere."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, required=True, help="folder of the prepared set; replaced when it exists")
    own = "folder or zip of your own pictures, each with a caption; give it again for more; needs no network"
    parser.add_argument("--images", type=Path, action="append", default=[], help=own)
    skip = "go on without those of your own pictures that cannot be used"
    parser.add_argument("--skip-unusable", action="store_true", help=skip)
    both = "add the openly licensed sets to your own pictures; they are the default where you bring none"
    parser.add_argument("--with-open-sets", action="store_true", help=both)
    mirrors = (
        "folder of clones or bare Git repositories, named owner+name or name, and of Debian packages, to use first"
    )
    parser.add_argument("--mirrors", type=Path, help=mirrors)
    parser.add_argument("--cache", type=Path, default=Path("var/npm"), help="folder that keeps the downloaded packages")
    parser.add_argument("--size", type=int, default=256, help="edge of a picture in pixels (default 256)")


def run(
    out: Path,
    *,
    cache: Path,
    size: int = 256,
    images: Sequence[Path] = (),
    skip_unusable: bool = False,
    with_open_sets: bool = False,
    mirrors: Path | None = None,
    report: Callable[[str], None],
) -> Manifest:
    """Writes the set to `out` and returns its manifest; `images` are the folders and zips of own pictures.

    The open sets are added where there are none, and with `with_open_sets` or `mirrors`, which says where some lie.

    Raises PicturesUnusable where own pictures cannot be used, FoldersOverlap where they are in the way, and
    SourceUnavailable where no open set can be had; an older set in `out` then stays as it is.
    """
    if mirrors and not mirrors.is_dir():
        raise SourceUnavailable(f"There is no folder {mirrors}.")
    out = out.resolve()
    for place in (each.resolve() for each in images):
        if out == place or out in place.parents or place in out.parents:
            raise FoldersOverlap(f"{out} and {place}: {FoldersOverlap.__doc__}")
    out.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{out.name}.", suffix=".partial", dir=out.parent))
    try:
        draft = Draft(folder, size, report)
        if images:
            draft.add_own(images, skip_unusable)
        if with_open_sets or mirrors or not images:
            draft.add_open_sets(cache, mirrors)
        manifest = draft.finish(cache)
        _swap(folder, out)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return manifest


def _swap(folder: Path, out: Path) -> None:
    """Puts the finished folder in place of an older one, which is deleted last."""
    folder.chmod(0o755)
    old = folder.with_suffix(".old")
    if out.exists():
        out.rename(old)
    folder.rename(out)
    shutil.rmtree(old, ignore_errors=True)
