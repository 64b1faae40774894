"""Pictures of one's own as drawings of a training set, and the credits that their tables give."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from . import folders
from .captions import OWN
from .folders import Captioned, Problem
from .sources import Drawing, SourceFacts

UNSTATED = "not stated"


def read(places: Sequence[Path], scratch: Path) -> tuple[list[tuple[str, Drawing]], list[SourceFacts], list[Problem]]:
    """The drawings of folders and zips with the names of their files, a credit for each place, and what is unusable.

    Zips are unpacked into `scratch`, where the drawings' files stay.
    """
    named, facts, problems = [], [], []
    for number, place in enumerate(places):
        found, wrong = folders.read(place, scratch / str(number))
        named += [(each.name, _drawing(each, str(place))) for each in found]
        facts.append(_facts(str(place), found))
        problems += wrong
    return named, facts, problems


def _drawing(picture: Captioned, source: str) -> Drawing:
    concept, license = picture.caption.lower(), picture.terms or UNSTATED
    keywords = tuple(word.lower() for word in picture.keywords)
    return Drawing(concept, picture.caption, OWN, keywords, source, license, picture.path, is_captioned=True)


def _facts(name: str, pictures: Sequence[Captioned]) -> SourceFacts:
    authors, licenses = (
        ", ".join(sorted({getattr(picture, each) for picture in pictures} - {""})) or UNSTATED
        for each in ("creator", "terms")
    )
    return SourceFacts(name, "own pictures", authors, licenses, "")
