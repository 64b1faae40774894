"""Prepares the training set: fetches the sources, draws the pictures, writes captions' facts, splits and lexicon."""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from functools import partial
from pathlib import Path

from . import lexicon, sources
from .captions import Record
from .heldout import held_out_pairs, shared_concepts
from .npm import SourceUnavailable
from .render import Rendered, Unrenderable, render
from .shards import Manifest, ShardWriter
from .sources import Drawing, Source

WORKERS = 2
_CHUNK = 32
_EMOJI_STYLES = tuple(icons.style for icons in sources.OPEN_EMOJI_SETS)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, required=True, help="folder of the prepared set; replaced when it exists")
    parser.add_argument("--cache", type=Path, default=Path("var/npm"), help="folder that keeps the downloaded packages")
    parser.add_argument("--size", type=int, default=256, help="edge of a picture in pixels (default 256)")


def run(out: Path, *, cache: Path, size: int = 256, report: Callable[[str], None]) -> Manifest:
    """Writes the set to `out` and returns its manifest. Raises SourceUnavailable where no source can be had."""
    found, skipped = sources.collect(cache, report)
    for sentence in skipped:
        report(f"left out: {sentence}")
    if not found:
        raise SourceUnavailable("; ".join(skipped))
    out = out.absolute()
    out.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{out.name}.", suffix=".partial", dir=out.parent))
    try:
        manifest = Manifest(size, skipped=skipped)
        records = _write(folder, found, manifest, report)
        manifest.skipped += _write_lexicon(folder, records, cache, report)
        manifest.save(folder)
        _swap(folder, out)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return manifest


def _write(folder: Path, found: list[Source], manifest: Manifest, report: Callable[[str], None]) -> list[Record]:
    """Writes the pictures and their index, and fills in the manifest."""
    drawings = list(sources.stream(found))
    concepts = shared_concepts(((each.concept, each.style) for each in drawings), _EMOJI_STYLES)
    heldout = held_out_pairs(concepts, _EMOJI_STYLES)
    report(f"{len(drawings)} drawings; {len(concepts)} concepts in all {len(_EMOJI_STYLES)} open emoji styles")
    writer, written, records = ShardWriter(folder), Counter(), []
    for number, (drawing, outcome) in enumerate(_rendered(drawings, manifest.size), start=1):
        if isinstance(outcome, Rendered):
            split = "heldout" if (drawing.concept, drawing.style) in heldout else "train"
            records.append(_record(drawing, outcome.color, split))
            writer.add(records[-1], outcome.webp)
            written[drawing.source] += 1
        if number % 500 == 0 or number == len(drawings):
            report(f"drew {number} of {len(drawings)}, kept {written.total()}")
    manifest.count, manifest.styles = len(records), dict(Counter(record.style for record in records))
    manifest.shared_concepts, manifest.heldout = len(concepts), sorted(heldout)
    manifest.sources = [asdict(source.facts) | {"count": written[source.facts.name]} for source in found]
    manifest.sha256 = writer.finish()
    return records


def _write_lexicon(folder: Path, records: list[Record], cache: Path, report: Callable[[str], None]) -> list[str]:
    """Returns why there is no lexicon, where there is none; training does without, knowing only the captions' words."""
    try:
        lexicon.prepare(records, cache, report).save(folder)
    except SourceUnavailable as exc:
        report(f"left out: {exc}")
        return [str(exc)]
    return []


def _rendered(drawings: Iterable[Drawing], size: int) -> Iterator[tuple[Drawing, Rendered | Unrenderable]]:
    with ProcessPoolExecutor(WORKERS) as pool:
        yield from zip(drawings, pool.map(partial(_attempt, size=size), drawings, chunksize=_CHUNK), strict=True)


def _attempt(drawing: Drawing, size: int) -> Rendered | Unrenderable:
    try:
        return render(drawing, size)
    except Unrenderable as exc:
        return exc


def _record(drawing: Drawing, color: str | None, split: str) -> Record:
    return Record(
        drawing.concept, drawing.subject, drawing.style, drawing.tags, color, drawing.source, drawing.license, split
    )


def _swap(folder: Path, out: Path) -> None:
    """Puts the finished folder in place of an older one, which is deleted last."""
    folder.chmod(0o755)
    old = folder.with_suffix(".old")
    if out.exists():
        out.rename(old)
    folder.rename(out)
    shutil.rmtree(old, ignore_errors=True)
