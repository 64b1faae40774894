"""Where a search looks: a set of images that a person may see, and the keys by which the search index knows the set."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gallery import facts
from gallery.models import CollectionImage, Image

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.contrib.auth.models import AnonymousUser

    from gallery.querysets import ImageQuerySet, PlaceQuerySet


@dataclass(frozen=True)
class Scope:
    name: str
    images: Callable[[AbstractBaseUser | AnonymousUser], ImageQuerySet]
    #: The key that these images have and no other; None where a person has too few of them to need an index.
    key: Callable[[AbstractBaseUser | AnonymousUser], str | None]
    #: The images' places in the collections that are offered as a facet; none where it cannot be offered.
    places: Callable[[AbstractBaseUser | AnonymousUser], PlaceQuerySet] | None = None


def _in_public(user: AbstractBaseUser | AnonymousUser) -> PlaceQuerySet:
    return CollectionImage.objects.shown_to(user).filter(collection__visibility="public")


def _in_own(user: AbstractBaseUser | AnonymousUser) -> PlaceQuerySet:
    return CollectionImage.objects.shown_to(user).filter(collection__owner=user.pk)


LISTED = Scope("listed", lambda user: Image.objects.listed(), lambda user: facts.LISTED, _in_public)
OWNED = Scope("owned", lambda user: Image.objects.owned_by(user).alive(), lambda user: facts.owned_by(user.pk), _in_own)
FAVORED = Scope("favored", lambda user: Image.objects.favored_by(user), lambda user: None, _in_own)
TRASHED = Scope("trashed", lambda user: Image.objects.owned_by(user).trashed(), lambda user: None)
#: What may be put before a person unasked; only searched for images like one, never by words.
FINDABLE = Scope("findable", lambda user: Image.objects.findable_by(user), lambda user: None)
