"""What a search finds in a scope, read in ways whose cost does not grow with the library.

Words and filters are one condition on one index over `search` and `facts`. That index knows no order; so the newest
matches are looked for among the newest few thousand images, and then among as many as these let expect to be enough:
however common the words are, a few thousand rows are read at most.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db.models import F, Max, Q
from django.utils import timezone

from gallery import facts, words
from gallery.facts import FactsQuery
from gallery.models import Collection, Image
from gallery.search import FACETS

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.contrib.auth.models import AnonymousUser

    from gallery.querysets import ImageQuerySet
    from gallery.scopes import Scope
    from gallery.search import ImageSearch

#: The best matches are sorted among this many of the newest, then among as many older ones, and so on.
BATCH = 180
#: As many of the newest images are looked at first; what they hold tells where to look for as many as are wanted.
GLANCE = 1 << 12
#: A larger part of the library than one in as many is not looked at apart: its blocks cost more than the rest spares.
WORTHWHILE = 4
#: Words that find as many images are whole; with fewer, the last one may be the beginning of another.
FINISHED = 12
#: How many of the newest images are looked at one by one for words that begin so.
WALKED = 1 << 13


@dataclass(frozen=True)
class Found:
    images: ImageQuerySet
    query: SearchQuery | None
    #: The scope's own key; None where the scope has no place in the index.
    scope_key: str | None
    #: Parts of a query for `facts`: each must hold.
    conditions: tuple[str, ...]
    #: Whether words or a condition pick images out, so that the index serves; exclusions alone do not.
    is_picked: bool
    #: Whether the last word is taken as the beginning of one.
    is_unfinished: bool = False
    #: The numbers of the newest `BATCH` images found, where they had to be read already.
    newest_read: tuple[int, ...] | None = None
    #: What the search asks for by its key, if this person may open it.
    collection: Collection | None = None

    @property
    def is_listed(self) -> bool:
        """Whether the scope is all that everybody finds."""
        return self.scope_key == facts.LISTED

    @property
    def without_words(self) -> Found:
        is_picked = any(not part.startswith("!") for part in self.conditions)
        return replace(self, query=None, is_picked=is_picked, is_unfinished=False, newest_read=None)

    def all(self, blocks: list[str] | None = None) -> ImageQuerySet:
        """Every image found, or only those with a number in one of these blocks, in no order."""
        conditions = list(self.conditions)
        if self.scope_key and (self.is_picked or blocks):
            conditions.insert(0, facts.quoted(self.scope_key))
        images = self.images.order_by()
        images = images.filter(search=self.query) if self.query else images
        images = images.filter(facts=FactsQuery(" & ".join(conditions))) if conditions else images
        # As a condition of its own the index steps from block to block; within the other it would weigh every image.
        return images.filter(facts=FactsQuery(facts.any_of(blocks))) if blocks else images

    def newest(self, below: int | None, need: int) -> list[int]:
        """The numbers of the `need` newest images found, of those with a number below `below`."""
        if below is None and need <= BATCH and self.newest_read is not None:
            return list(self.newest_read[:need])
        if not self.is_picked and self.scope_key:
            return list(_below(self.all(), below).order_by("-number").values_list("number", flat=True)[:need])
        size, top = WALKED if self.is_unfinished else GLANCE, below or first_number_free()
        while self.scope_key and (part := self.newest_part(top, size)) is not None:
            rows = _by_number(part, below, need)
            if len(rows) == need:
                return rows
            size = wide_enough(size, len(rows), need)
            if size > top // WORTHWHILE:
                break
        return _by_number(self.all(), below, need)

    def newest_part(self, top: int, size: int) -> ImageQuerySet | None:
        """Those found among the `size` newest images below `top` and a few more; None where all are better read."""
        keys = facts.newest_below(top, size)
        if not keys or (self.is_unfinished and size > WALKED):
            return None
        if not self.is_unfinished:
            return self.all(keys)
        # The index reads all words that begin so before it looks at anything else; the images themselves are fewer.
        return self.images.filter(number__gte=top - size, search=self.query).filter(
            *([Q(facts=FactsQuery(" & ".join(self.conditions)))] if self.conditions else [])
        )

    def part_with(self, need: int) -> ImageQuerySet | None:
        """The newest of those found, where a glance tells that they are `need` or more; else None."""
        top = first_number_free()
        glanced = self.newest_part(top, GLANCE) if self.scope_key else None
        if glanced is None:
            return None
        seen = _count(glanced, need)
        if seen == need:
            return glanced
        size = wide_enough(GLANCE, seen, need)
        return self.newest_part(top, size) if size <= top // WORTHWHILE else None

    def ranked(self, numbers: list[int]) -> list[int]:
        """The numbers of images found, best match of the words first."""
        images = Image.objects.numbered(numbers).annotate(rank=SearchRank(F("search"), self.query))
        return list(images.order_by("-rank", "-number").values_list("number", flat=True))

    def most_favorited(self, after: tuple[int, int] | None, need: int, are_few: bool) -> list[tuple[int, int]]:
        """Favorites and number of each of the `need` most favorited images found, of those that come after `after`."""
        images = self.all().annotate(hearts=F("favorite_count"))
        if are_few:  # all of them are sorted, rather than all images walked through until enough are found
            images = images.annotate(hearts=F("favorite_count") + 0)
        if after:
            hearts, number = after
            images = images.filter(favorite_count__lte=hearts)
            images = images.filter(Q(favorite_count__lt=hearts) | Q(number__lt=number))
        return list(images.order_by("-hearts", "-number").values_list("favorite_count", "number")[:need])

    def count(self, most: int) -> int:
        """How many images are found, or `most` if there are as many."""
        part = self.part_with(most) if self.is_picked else None
        counted = _count(part, most) if part is not None else 0
        return counted if counted == most else _count(self.all(), most)


def wide_enough(size: int, seen: int, need: int) -> int:
    """In how many images `need` are to be found where `size` of them held `seen`; more where few tell little."""
    return max(2 * size, math.ceil(size * need / max(seen - seen**0.5, 0.5)))


def find(scope: Scope, search: ImageSearch, user: AbstractBaseUser | AnonymousUser) -> Found:
    images = scope.images(user)
    if search.favorites:
        images = images.filter(favorites__user=user) if user.is_authenticated else images.none()
    if search.since:
        images = images.filter(created_at__gte=_midnight(search.since))
    if search.until:
        images = images.filter(created_at__lt=_midnight(search.until) + timedelta(days=1))
    collection = Collection.objects.visible_to(user).filter(pk=search.collection).first() if search.collection else None
    if collection:
        images = images.filter(pk__in=collection.places.shown_to(user).order_by().values("image"))
    picks = _picks(search)
    found = Found(
        images=images,
        query=words.query(search.words) if search.words else None,
        scope_key=None if search.favorites or collection else scope.key(user),
        conditions=(*picks, *facts.none_of(map(facts.tag, search.no_tags))),
        is_picked=bool(picks or search.words or collection),
        collection=collection,
    )
    unfinished = words.unfinished_query(search.words) if search.words else None
    if unfinished is None:
        return found
    rows = found.newest(None, BATCH)
    if len(rows) < FINISHED:
        return replace(found, query=unfinished, is_unfinished=True)
    return replace(found, newest_read=tuple(rows))


def _picks(search: ImageSearch) -> list[str]:
    picks = [facts.quoted(facts.tag(tag)) for tag in search.tags]
    picks += [facts.any_of(map(facts.tag, search.any_tags))] if search.any_tags else []
    chosen = [(name, value) for name in FACETS if (value := getattr(search, name))]
    picks += [facts.quoted(facts.facet(name, value)) for name, value in chosen]
    if search.since:
        until = min(search.until or date.max, timezone.now().date() + timedelta(days=1))
        picks += [facts.any_of(facts.in_period(search.since, until))] if search.since <= until else []
    return picks


def first_number_free() -> int:
    return (Image.objects.aggregate(last=Max("number"))["last"] or 0) + 1


def _count(images: ImageQuerySet, most: int) -> int:
    # Numbers are in the indexes, where keys are not.
    return images.values("number")[:most].count()


def _below(images: ImageQuerySet, number: int | None) -> ImageQuerySet:
    return images.filter(number__lt=number) if number else images


def _by_number(images: ImageQuerySet, below: int | None, need: int) -> list[int]:
    # A sum hides the column's own index: walking through that, for images that are rare, could take all day.
    images = _below(images, below).annotate(place=F("number") + 0)
    return list(images.order_by("-place").values_list("number", flat=True)[:need])


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
