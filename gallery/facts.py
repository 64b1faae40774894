"""The keys of `Image.facts`, what a search filters by, and queries for them.

Migration 0013 writes the keys: "=" and one letter for the kind, then the value. No word of a text begins with "=".
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.contrib.postgres.search import SearchQuery

#: Facet -> the letter of its keys.
FACETS = {"style": "s", "orientation": "r", "color": "c", "license": "l", "visibility": "v", "checkpoint": "k"}
LISTED = "=listed"
#: A collection that holds the image. Not among the facts, which know the image alone: facets.py adds these keys.
COLLECTION = "i"
#: An image's number, cut into blocks of 2 ** 10, 2 ** 13 ... images: how a search looks at the newest ones only.
LEVELS = (10, 13, 16, 19)
#: The newest images are those of about this many blocks at most, as small as that allows.
BLOCKS = 8
#: A period up to this long is asked for day by day, a longer one by months, then by years.
DAYS, MONTHS = 62, 48
EPOCH = date(1970, 1, 1)


class FactsQuery(SearchQuery):
    """A tsquery of keys as they stand, which no dictionary turns into stems."""

    def as_sql(self, compiler: Any, connection: Any, function: Any = None, template: Any = None) -> tuple:
        return super().as_sql(compiler, connection, template="(%(expressions)s)::tsquery")


def owned_by(pk: int) -> str:
    return f"=o{pk}"


def facet(name: str, value: str) -> str:
    return f"={FACETS[name]}{value}"


def tag(name: str) -> str:
    return f"=t{name}"


def quoted(key: str) -> str:
    escaped = key.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


def any_of(keys: Iterable[str]) -> str:
    return f"({' | '.join(map(quoted, keys))})"


def none_of(keys: Iterable[str]) -> list[str]:
    return [f"!{quoted(key)}" for key in keys]


def newest_below(number: int, count: int) -> list[str]:
    """The keys of the blocks with the `count` numbers below `number` and a few more, or none where these are all."""
    level = next((level for level in LEVELS if count >> level <= BLOCKS), LEVELS[-1])
    last = (number - 1) >> level
    first = last - -(-count >> level)
    return [f"=n{level}.{block}" for block in range(last, first - 1, -1)] if first > 0 else []


def day(when: date) -> str:
    return f"=d{(when - EPOCH).days}"


def in_period(since: date, until: date) -> list[str]:
    """Keys of which every image of the period has one; images just outside it may have one too."""
    if (until - since).days < DAYS:
        return [day(since + timedelta(days=number)) for number in range((until - since).days + 1)]
    first, last = since.year * 12 + since.month - 1, until.year * 12 + until.month - 1
    if last - first < MONTHS:
        return [f"=m{month}" for month in range(first, last + 1)]
    return [f"=y{year}" for year in range(since.year, until.year + 1)]
