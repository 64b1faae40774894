"""How many of the images found have each style, color, tag and so on: the ways on from a search.

Everything is counted in one pass over the keys of the images found, of at most `COUNTED` of them. Where there are more,
the counts are of a part, and `Counts.is_exact` says so.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.search import SearchVectorField
from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.models.functions import Concat
from django.utils import timezone

from gallery import facts
from gallery.found import Found
from gallery.models import Collection, Image
from gallery.search import FACETS

if TYPE_CHECKING:
    from datetime import date

    from gallery.querysets import ImageQuerySet, PlaceQuerySet
    from gallery.search import ImageSearch

COUNTED = 1000
VALUES, TAGS = 12, 16
PERIODS = (("Past day", 1), ("Past week", 7), ("Past month", 30), ("Past year", 365))


@dataclass(frozen=True)
class Value:
    label: str
    count: int
    search: ImageSearch
    value: str = ""


@dataclass(frozen=True)
class Counts:
    keys: Counter[str]
    total: int
    #: The commonest collections of the images found, of those offered: key -> title.
    titles: dict[str, str] = field(default_factory=dict)

    @property
    def is_exact(self) -> bool:
        return self.total <= COUNTED

    def facets(self, search: ImageSearch) -> list[tuple[str, list[Value]]]:
        """Each facet that narrows the images down, and its commonest values; one that is chosen is left out."""
        found = [(name, self._values(search, name)) for name in FACETS if not getattr(search, name)]
        if not (search.since or search.until):
            found.append(("date", self._periods(search)))
        offered = [(name, values) for name, values in found if len(values) > 1]
        collections = [] if search.collection else self._collections(search)
        # Not every image is in a collection: a single one is a choice as well.
        if any(one.count < self.total for one in collections):
            offered.append(("collection", collections))
        return offered

    def tags(self, search: ImageSearch) -> list[Value]:
        """The commonest tags of the images found that are not searched for yet."""
        counted = [(tag, count) for tag, count in self._of_kind("t") if tag not in search.every_tag]
        return [Value(tag, count, search.with_tag(tag), tag) for tag, count in counted[:TAGS]]

    def _values(self, search: ImageSearch, name: str) -> list[Value]:
        counted = self._of_kind(facts.FACETS[name])[:VALUES]
        return [Value(_label(name, value), count, search.changed(**{name: value}), value) for value, count in counted]

    def _collections(self, search: ImageSearch) -> list[Value]:
        counted = [
            (self.titles[key], count, key) for key, count in self._of_kind(facts.COLLECTION) if key in self.titles
        ]
        return [Value(title, count, search.changed(collection=UUID(key)), key) for title, count, key in counted]

    def _of_kind(self, letter: str) -> list[tuple[str, int]]:
        start = f"={letter}"
        counted = [
            (key[2:], count) for key, count in self.keys.items() if key.startswith(start) and key != facts.LISTED
        ]
        return sorted(counted, key=lambda pair: (-pair[1], pair[0]))

    def _periods(self, search: ImageSearch) -> list[Value]:
        today = timezone.now().date()
        values = []
        for label, days in PERIODS:
            since = today - timedelta(days=days)
            values.append(Value(label, self._since(since), search.changed(since=since)))
        return [value for value in values if value.count]

    def _since(self, day: date) -> int:
        first = int(facts.day(day)[2:])
        return sum(count for key, count in self.keys.items() if key.startswith("=d") and int(key[2:]) >= first)


class Joined(models.Func):
    """Keys of several kinds as one value."""

    template = "(%(expressions)s)"
    arg_joiner = " || "
    output_field = SearchVectorField()


def count(found: Found, places: PlaceQuerySet | None = None) -> Counts:
    """Count among the newest of those found where they are more than enough, else among all.

    `places` are those of images in the collections that may be named.
    """
    part = found.part_with(COUNTED + 1)
    counts = _count(part, places) if part is not None else None
    counts = counts if counts and not counts.is_exact else _count(found.all(), places)
    commonest = [key for key, _ in counts._of_kind(facts.COLLECTION)[:VALUES]]
    titles = Collection.objects.filter(pk__in=commonest).values_list("pk", "title") if commonest else ()
    return replace(counts, titles={str(key): title for key, title in titles})


def _count(images: ImageQuerySet, places: PlaceQuerySet | None) -> Counts:
    if places is not None:
        inside = places.filter(image=models.OuterRef("pk")).order_by()
        name = Concat(models.Value(f"={facts.COLLECTION}"), "collection_id", output_field=models.TextField())
        collections = models.Func(ArraySubquery(inside.values_list(name)), function="array_to_tsvector")
        images = images.annotate(keys=Joined(models.F("facts"), collections))
    else:
        images = images.annotate(keys=models.F("facts"))
    # ts_stat counts the keys in one pass of compiled code; it wants the query as a text.
    try:
        sql, params = images.values("keys")[: COUNTED + 1].query.sql_with_params()
    except EmptyResultSet:
        return Counts(Counter(), 0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT word, ndoc FROM ts_stat(%s)", [cursor.mogrify(sql, params)])
        keys = Counter(dict(cursor.fetchall()))
    return Counts(keys, sum(number for key, number in keys.items() if key.startswith("=v")))


def _label(name: str, value: str) -> str:
    if name == "license":
        return Image.License(value).label
    return value if name == "checkpoint" else value.replace("-", " ").capitalize()
