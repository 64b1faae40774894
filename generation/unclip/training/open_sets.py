"""Every openly licensed source: icons and avatars from npm, clip art from Debian, photos and paintings from GitHub."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from . import avatars, clipart, photos, sources
from .npm import SourceUnavailable
from .sources import Source


def collect(
    cache: Path, scratch: Path, mirrors: Path | None, report: Callable[[str], None]
) -> tuple[list[Source], list[str]]:
    """All sources that could be had, and one sentence for each that could not.

    The files of photos are unpacked into `scratch`, where they stay. Raises SourceUnavailable where the names of the
    emoji cannot be had.
    """
    found, skipped = sources.collect(cache, report)
    for name, load in _others(found, cache, scratch, [mirrors] if mirrors else []):
        report(f"reading {name}")
        try:
            found.append(load())
        except SourceUnavailable as exc:
            skipped.append(str(exc))
    return found, skipped


def _others(
    icons: Sequence[Source], cache: Path, scratch: Path, places: Sequence[Path]
) -> Iterator[tuple[str, Callable[[], Source]]]:
    drawings = sources.stream(icons)
    known = {word for each in drawings for phrase in (each.subject, *each.tags) for word in phrase.split()}
    yield clipart.FACTS.package, partial(clipart.load, cache, places, known)
    for generator in avatars.GENERATORS:
        yield generator.package, partial(avatars.load, generator, scratch, cache=cache)
    for collection in photos.COLLECTIONS:
        into = scratch / collection.name
        yield collection.repository.name, partial(photos.load, collection, into, cache=cache, places=places)
