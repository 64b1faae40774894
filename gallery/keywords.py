"""The controlled vocabulary: common stock keywords in categories, read from keywords.txt beside this module."""

import re
from functools import cache
from pathlib import Path

FILE = Path(__file__).parent / "keywords.txt"
CATEGORY = re.compile(r"^\[(.+)\]$", re.MULTILINE)


@cache
def categories() -> dict[str, tuple[str, ...]]:
    """The keywords of each category, in the order of the file."""
    _, *parts = CATEGORY.split(FILE.read_text(encoding="utf-8"))
    return {
        name: tuple(" ".join(word.split()) for word in words.split(","))
        for name, words in zip(parts[::2], parts[1::2], strict=True)
    }


@cache
def all_keywords() -> tuple[str, ...]:
    return tuple(word for words in categories().values() for word in words)
