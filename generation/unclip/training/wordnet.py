"""English nouns for things that can be seen, from WordNet 3.0 (its own permissive license), a package of Debian."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from . import debian

PACKAGE = "wordnet-base"
_NOUNS = "usr/share/wordnet/data.noun"
#: WordNet's files of animals, artifacts, parts of a body, food, natural objects, people, phenomena and plants.
KEPT_FILES = frozenset({"05", "06", "08", "13", "17", "18", "19", "20"})
# No names, which begin in capitals, and no phrase of three words or more.
_WORD = re.compile(r"[a-z]{3,}(?:[_-][a-z]{3,})?$")


def nouns(cache: Path, places: Sequence[Path] = ()) -> list[str]:
    """The words, each once, in WordNet's order. Raises SourceUnavailable."""
    package = debian.fetch(PACKAGE, cache, places)
    found = (content for _, content in debian.read(package, _NOUNS.__eq__))
    return list(dict.fromkeys(word for content in found for word in read(content.decode("ascii"))))


def read(data: str) -> Iterator[str]:
    """The words of a data file of WordNet: "offset file type count word id word id ..." a line, counts in hex."""
    for line in data.splitlines():
        fields = line.split(" ")
        if line.startswith(" ") or fields[1] not in KEPT_FILES:
            continue
        words = fields[4 : 4 + 2 * int(fields[3], 16) : 2]
        yield from (word.replace("_", " ") for word in words if _WORD.match(word))
