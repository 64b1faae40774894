"""English nouns for things that can be seen, from WordNet 3.0 (its own permissive license), a package of Debian."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from . import debian

PACKAGE = "wordnet-base"
_DATA, _INDEX = "usr/share/wordnet/data.noun", "usr/share/wordnet/index.noun"
#: WordNet's files of animals, artifacts, parts of a body, food, natural objects, people, phenomena and plants.
KEPT_FILES = frozenset({"05", "06", "08", "13", "17", "18", "19", "20"})
#: A thing so many levels above another is too general to stand for it.
MOST_LEVELS = 5
# No names, which begin in capitals, and no phrase of three words or more.
_WORD = re.compile(r"[a-z]{3,}(?:[_-][a-z]{3,})?$")


class Synset(NamedTuple):
    """Words for one kind of thing, and the offsets of the more general kinds it belongs to."""

    words: tuple[str, ...]
    hypernyms: tuple[str, ...]


class WordNet(NamedTuple):
    """`synsets` by offset, in the file's order, and `senses`, the offsets of each word's, the commonest first."""

    synsets: dict[str, Synset]
    senses: dict[str, tuple[str, ...]]

    @property
    def nouns(self) -> list[str]:
        """All words, each once."""
        return list(dict.fromkeys(chain.from_iterable(synset.words for synset in self.synsets.values())))

    def kinds(self, known: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """For each sense of a word the nearest of the `known` words that it is another word for, or a kind of.

        "dog" for "pug", "ship" and "glass" for "schooner"; words without any are left out.
        """
        senses = sorted((rank, word, offset) for word in known for rank, offset in enumerate(self.senses.get(word, ())))
        meant: dict[str, str] = {}
        for _, word, offset in senses:
            meant.setdefault(offset, word)
        found = {word: [self._nearest(each, meant) for each in offsets] for word, offsets in self.senses.items()}
        return {word: tuple(dict.fromkeys(filter(None, each))) for word, each in found.items() if any(each)}

    def _nearest(self, offset: str, meant: dict[str, str]) -> str | None:
        level = [offset]
        for _ in range(MOST_LEVELS + 1):
            if kind := next((meant[each] for each in level if each in meant), None):
                return kind
            level = [up for each in level for up in self.synsets[each].hypernyms if up in self.synsets]
        return None


def load(cache: Path, places: Sequence[Path] = ()) -> WordNet:
    """WordNet's nouns that can be seen. Raises SourceUnavailable."""
    package = debian.fetch(PACKAGE, cache, places)
    files = {path: content.decode("ascii") for path, content in debian.read(package, {_DATA, _INDEX}.__contains__)}
    synsets = dict(read(files.get(_DATA, "")))
    # The index has names in small letters, which the data have not.
    senses = (
        (word, tuple(each for each in offsets if each in synsets and word in synsets[each].words))
        for word, offsets in order(files.get(_INDEX, ""))
    )
    return WordNet(synsets, {word: kept for word, kept in senses if kept})


def read(data: str) -> Iterator[tuple[str, Synset]]:
    """The synsets of a data file by offset: "offset file type count word id ... count pointer ..." a line.

    The first count is in hex; a pointer is "symbol offset type source-and-target", and "@" points to what is above.
    """
    for line in data.splitlines():
        fields = line.split(" ")
        if line.startswith(" ") or fields[1] not in KEPT_FILES:
            continue
        end = 4 + 2 * int(fields[3], 16)
        words = tuple(_said(word) for word in fields[4:end:2] if _WORD.match(word))
        pointers = fields[end + 1 : end + 1 + 4 * int(fields[end])]
        hypernyms = tuple(to for symbol, to in zip(pointers[::4], pointers[1::4], strict=True) if symbol == "@")
        yield fields[0], Synset(words, hypernyms)


def order(index: str) -> Iterator[tuple[str, list[str]]]:
    """Each word of an index file with the offsets of its senses, the commonest first.

    A line is "word type senses pointers symbol ... senses tagged offset ...".
    """
    for line in index.splitlines():
        fields = line.split()
        if not line.startswith(" ") and _WORD.match(fields[0]):
            yield _said(fields[0]), fields[-int(fields[2]) :]


def _said(word: str) -> str:
    return word.replace("_", " ")
