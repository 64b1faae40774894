"""Tags by how many images have them: the tags page, and words that may have been meant.

A person is told of tags on images that everybody finds, or, with `owner`, on that person's own; of no others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import F, QuerySet, Sum
from taggit.models import Tag

from gallery.models import TagCount

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser

#: How many tags spelled nearest to a word are looked at.
NEAREST = 10


class Counted(NamedTuple):
    name: str
    count: int


def commonest(owner: AbstractBaseUser | None, most: int) -> list[Counted]:
    return _counted(_sums(owner).order_by("-number", "name")[:most])


def spelled_like(owner: AbstractBaseUser | None, word: str) -> str | None:
    """The tag whose spelling is nearest to the word's, the commoner one of two as near."""
    tags = Tag.objects.filter(name__trigram_similar=word).annotate(nearness=TrigramSimilarity("name", word))
    names = dict(tags.order_by("-nearness")[:NEAREST].values_list("name", "nearness"))
    counts = dict(_counted(_sums(owner).filter(tag__name__in=names)))
    return max(counts, key=lambda name: (names[name], counts[name]), default=None)


def _sums(owner: AbstractBaseUser | None) -> QuerySet:
    counts = TagCount.objects.filter(owner=owner) if owner else TagCount.objects.filter(owner=None)
    return counts.values("tag").annotate(name=F("tag__name"), number=Sum("count")).filter(number__gt=0)


def _counted(sums: QuerySet) -> list[Counted]:
    return [Counted(row["name"], row["number"]) for row in sums]
