"""Names, search words and usefulness of every emoji, from the tables of the emojibase-data package."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from . import npm

PACKAGE = "emojibase-data@17.0.0"
_LABELS = "en/data.json"
_OTHER_NAMES = (
    "meta/unicode-names.json",
    "en/shortcodes/cldr.json",
    "en/shortcodes/emojibase.json",
    "en/shortcodes/joypixels.json",
    "en/shortcodes/iamcal.json",
    "en/shortcodes/github.json",
)
_PEOPLE, _COMPONENTS, _SYMBOLS, _FLAGS = 1, 2, 8, 9
_KEYCAPS, _LETTERS = 94, 95
# Signs whose point is the writing on them, which a small model can only smear.
_WRITTEN = {
    "ZZZ", "hundred points", "no one under eighteen", "water closet", "copyright", "registered",
    "trade mark",
}  # fmt: skip
_TAG = re.compile(r"[a-z][a-z' -]+$")
_MAX_TAGS = 10


@dataclass(frozen=True)
class Emoji:
    """One concept: emojibase's label, the words a caption calls it by, and its search words."""

    label: str
    subject: str
    tags: tuple[str, ...]
    usable: bool


class EmojiTable:
    """Finds an emoji by code point sequence or by any of the names that icon sets have given it over the years."""

    def __init__(self, entries: Iterable[Mapping]) -> None:
        self._by_code: dict[str, Emoji] = {}
        self._by_slug: dict[str, Emoji] = {}
        self._by_letters: dict[str, Emoji] = {}
        for entry in entries:
            emoji = _emoji(entry)
            self._by_code[_code(entry["hexcode"])] = emoji
            self._name(slug(emoji.label), emoji)

    @classmethod
    def fetch(cls, cache: Path) -> EmojiTable:
        files = npm.read(npm.fetch(PACKAGE, cache), lambda path: path == _LABELS or path in _OTHER_NAMES)
        table = cls(json.loads(files[_LABELS]))
        for path in _OTHER_NAMES:
            table.learn_names(json.loads(files[path]))
        return table

    def with_code(self, code: str) -> Emoji | None:
        return self._by_code.get(_code(code))

    def named(self, name: str) -> Emoji | None:
        """By slug; failing that by letters alone, for sets that write "crescentmoon"."""
        return self._by_slug.get(name) or self._by_letters.get(name.replace("-", ""))

    def learn_names(self, names: Mapping[str, str | list[str]]) -> None:
        """Other names by code point sequence. They are matched by letters only, as shortcodes are often ambiguous."""
        for code, given in names.items():
            emoji = self.with_code(code)
            for name in [given] if isinstance(given, str) else given:
                if emoji:
                    self._by_letters.setdefault(slug(name).replace("-", ""), emoji)

    def learn_set(self, chars: Mapping[str, str], aliases: Mapping[str, Mapping]) -> None:
        """Names by code point sequence and aliases of an icon set in Iconify's JSON format."""
        for code, name in chars.items():
            if emoji := self.with_code(code):
                self._name(name, emoji)
        for alias, target in aliases.items():
            if emoji := self._by_slug.get(target["parent"]):
                self._name(alias, emoji)

    def _name(self, name: str, emoji: Emoji) -> None:
        self._by_slug.setdefault(name, emoji)
        self._by_letters.setdefault(name.replace("-", ""), emoji)


def slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", re.sub(r"['\u2019]", "", text.lower())).strip("-")


def subject_of(label: str) -> str:
    """A label as a caption says it: "man: red hair" becomes "man with red hair"."""
    words = re.sub(r"[“”!.]", "", label).replace("\u2019", "'").lower().replace("grey", "gray")
    head, _, detail = words.partition(": ")
    listed = " and ".join(detail.split(", "))
    if not detail:
        return words
    if detail == "bald":
        return f"bald {head}"
    if detail == "beard":
        return f"{head} with a beard"
    if head == "kiss":
        return f"{listed} kissing"
    if head == "couple with heart":
        return f"{listed} with a heart"
    return f"family of {listed}" if head == "family" else f"{head} with {listed}"


def _emoji(entry: Mapping) -> Emoji:
    label = entry["label"]
    tags = tuple(tag for tag in (text.lower() for text in entry.get("tags", ())) if _TAG.match(tag))
    return Emoji(label, subject_of(label), tags[:_MAX_TAGS], _is_usable(entry))


def _is_usable(entry: Mapping) -> bool:
    label, group = entry["label"], entry.get("group")
    if group in (None, _COMPONENTS, _FLAGS) or entry.get("subgroup") in (_KEYCAPS, _LETTERS):
        return False
    if group == _SYMBOLS and re.search(r"\b[A-Z]{2,}\b", label):
        return False
    return label not in _WRITTEN and not label.endswith("facing right")


def _code(code: str) -> str:
    """Code points in lower case without the variation selector, which sets write or leave out at will."""
    return code.lower().replace("-fe0f", "")
