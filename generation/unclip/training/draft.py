"""A training set while it is written: pictures drawn by several processes, records, splits, credits and lexicon."""

from __future__ import annotations

import hashlib
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from functools import partial
from pathlib import Path

from . import lexicon, open_sets, own, sources
from .captions import Record
from .folders import PicturesUnusable, Problem, listed
from .heldout import held_out_pairs, is_unseen, shared_concepts
from .npm import SourceUnavailable
from .render import Rendered, Unrenderable, render
from .shards import Manifest, ShardWriter
from .sources import Drawing, Source, SourceFacts

WORKERS = 2
_CHUNK = 32
_EMOJI_STYLES = tuple(icons.style for icons in sources.OPEN_EMOJI_SETS)


class Draft:
    """A set in a folder that nobody reads yet; `finish` makes it whole."""

    def __init__(self, folder: Path, size: int, report: Callable[[str], None]) -> None:
        self.folder, self.manifest, self.report = folder, Manifest(size), report
        self.records: list[Record] = []
        self._writer = ShardWriter(folder)

    def add_own(self, places: Sequence[Path], skip_unusable: bool) -> None:
        """Adds the pictures of folders and zips.

        Raises PicturesUnusable where any of them cannot be used, or with `skip_unusable` where not one can.
        """
        with tempfile.TemporaryDirectory(suffix=".partial", dir=self.folder.parent) as scratch:
            named, facts, problems = own.read(places, Path(scratch))
            names, drawings = [name for name, _ in named], [drawing for _, drawing in named]
            seen: dict[bytes, str] = {}
            for name, drawing, outcome in zip(names, drawings, self._rendered(drawings), strict=True):
                if isinstance(outcome, Unrenderable):
                    problems.append(Problem(name, str(outcome)))
                elif (first := seen.setdefault(hashlib.sha256(outcome.webp).digest(), name)) != name:
                    problems.append(Problem(name, f"This is the same picture as {first}."))
                else:
                    self._add(drawing, outcome, "train")
        if problems and not (skip_unusable and self.records):
            raise PicturesUnusable(problems, are_skipped=skip_unusable)
        self._leave_out(listed(problems))
        self._credit(facts)

    def add_open_sets(self, cache: Path, mirrors: Path | None) -> None:
        """Adds the openly licensed sets. Raises SourceUnavailable where not one of them can be had."""
        with tempfile.TemporaryDirectory(suffix=".partial", dir=self.folder.parent) as scratch:
            found, skipped = open_sets.collect(cache, Path(scratch), mirrors, self.report)
            self._leave_out(skipped)
            if not found:
                raise SourceUnavailable("; ".join(skipped))
            self._add_sources(found)

    def _add_sources(self, found: Sequence[Source]) -> None:
        drawings = list(sources.stream(found))
        pairs = {(each.concept, each.style) for each in drawings}
        concepts = shared_concepts(pairs, _EMOJI_STYLES)
        heldout = held_out_pairs(concepts, _EMOJI_STYLES) | {pair for pair in pairs if is_unseen(*pair)}
        self.report(f"{len(drawings)} drawings; {len(concepts)} concepts in all {len(_EMOJI_STYLES)} open emoji styles")
        for drawing, outcome in zip(drawings, self._rendered(drawings), strict=True):
            if isinstance(outcome, Rendered):
                is_held_out = drawing.is_held_out or (drawing.concept, drawing.style) in heldout
                self._add(drawing, outcome, "heldout" if is_held_out else "train")
        self.manifest.shared_concepts, self.manifest.heldout = len(concepts), sorted(heldout)
        self._credit([source.facts for source in found])

    def finish(self, cache: Path) -> Manifest:
        """Writes the lexicon, and the manifest last."""
        manifest = self.manifest
        manifest.count, manifest.styles = len(self.records), dict(Counter(each.style for each in self.records))
        manifest.sha256 = self._writer.finish()
        try:
            lexicon.prepare(self.records, cache, self.report).save(self.folder)
        except SourceUnavailable as exc:
            # Training does without, knowing only the captions' words.
            self._leave_out([str(exc)])
        manifest.save(self.folder)
        return manifest

    def _add(self, drawing: Drawing, rendered: Rendered, split: str) -> None:
        record = Record(
            *(drawing.concept, drawing.subject, drawing.style, drawing.tags, rendered.color),
            *(drawing.source, drawing.license, split, drawing.is_captioned, rendered.fills_frame),
        )
        self.records.append(record)
        self._writer.add(record, rendered.webp)

    def _credit(self, facts: Sequence[SourceFacts]) -> None:
        counts = Counter(record.source for record in self.records)
        self.manifest.sources += [asdict(each) | {"count": counts[each.name]} for each in facts]

    def _leave_out(self, sentences: Sequence[str]) -> None:
        self.manifest.skipped += sentences
        for sentence in sentences:
            self.report(f"left out: {sentence}")

    def _rendered(self, drawings: Sequence[Drawing]) -> Iterator[Rendered | Unrenderable]:
        kept = 0
        with ProcessPoolExecutor(WORKERS) as pool:
            outcomes = pool.map(partial(_attempt, size=self.manifest.size), drawings, chunksize=_CHUNK)
            for number, outcome in enumerate(outcomes, start=1):
                kept += isinstance(outcome, Rendered)
                if number % 500 == 0 or number == len(drawings):
                    self.report(f"drew {number} of {len(drawings)}, kept {kept}")
                yield outcome


def _attempt(drawing: Drawing, size: int) -> Rendered | Unrenderable:
    try:
        return render(drawing, size)
    except Unrenderable as exc:
        return exc
