"""Clip art of the Open Clip Art Library, given to the public domain, from two packages of the Debian archive.

The drawings' titles and keywords stand in the SVG files; the PNG files beside them are drawn right more often.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from html import unescape
from pathlib import Path

from . import debian
from .emoji import slug
from .sources import Drawing, Source, SourceFacts
from .words import subject_from

STYLE = "clip-art"
FACTS = SourceFacts(
    "openclipart", "Debian openclipart-png, openclipart-svg", "Open Clip Art Library", "public domain",
    "https://openclipart.org",
)  # fmt: skip
_SVG, _PNG = "usr/share/openclipart/svg/", "usr/share/openclipart/png/"
# Things, and no flags, buttons, letters, playing cards, road signs, weapons or people.
_KEPT = (
    *("animals/", "buildings/", "computer/hardware/", "containers/", "decorations/", "education/", "electronics/"),
    *("food/", "geography/astronomy/", "office/", "people/clothing/", "plants/", "recreation/", "tools/"),
    *("signs_and_symbols/weather/", "transportation/"),
)
_DROPPED = (
    *("recreation/games/cards/", "recreation/religion/", "tools/weapons/"),
    *("transportation/aiga-symbols/", "transportation/roadsigns/"),
)
_TITLE = re.compile(rb"<dc:title[^>]*>([^<]*)</dc:title>")
_KEYWORD = re.compile(rb"<rdf:li>([^<]*)</rdf:li>")
_LICENSE = re.compile(rb"license\s+rdf:resource=\"[^\"]*/publicdomain/?\"", re.IGNORECASE)
_MOST_TAGS = 10
# Some were exported at 13,000 pixels, which takes seconds and a gigabyte to decode.
_LONGEST_EDGE = 4096


def load(cache: Path, places: Sequence[Path], known: Collection[str]) -> Source:
    """Drawings whose titles have none but `known` words, since many are in other languages or say nothing.

    Raises SourceUnavailable.
    """
    svg, png = (debian.fetch(package, cache, places) for package in ("openclipart-svg", "openclipart-png"))
    meanings = {}
    for path, content in debian.read(svg, _is_wanted):
        if meaning := meaning_of(content, known):
            meanings[f"{_PNG}{path.removeprefix(_SVG).removesuffix('.svg')}.png"] = meaning
    drawings = tuple(
        Drawing(meanings[path][0], meanings[path][0], STYLE, meanings[path][1], FACTS.name, FACTS.license, content)
        for path, content in debian.read(png, meanings.__contains__)
        if max(_edges(content)) <= _LONGEST_EDGE
    )
    return Source(FACTS, drawings)


def meaning_of(svg: bytes, known: Collection[str]) -> tuple[str, tuple[str, ...]] | None:
    """Subject and tags of an SVG file, or None where it is of no use or not given to the public domain."""
    title = _TITLE.search(svg)
    name = slug(_text(title[1])) if title and _LICENSE.search(svg) else ""
    subject = subject_from(name) if name else None
    if not subject or not set(subject.split()) <= set(known):
        return None
    keywords = dict.fromkeys(_text(each).strip().lower() for each in _KEYWORD.findall(svg))
    tags = (word for word in keywords if word and word != subject and set(word.split()) <= set(known))
    return subject, tuple(tags)[:_MOST_TAGS]


def _is_wanted(path: str) -> bool:
    place = path.removeprefix(_SVG)
    return place.endswith(".svg") and place.startswith(_KEPT) and not place.startswith(_DROPPED)


def _edges(png: bytes) -> tuple[int, int]:
    """Width and height, which a PNG file has at its beginning."""
    return int.from_bytes(png[16:20]), int.from_bytes(png[20:24])


def _text(content: bytes) -> str:
    return unescape(content.decode("utf-8", "replace"))
