"""Where a search looks: a set of images that a person may see, and the keys by which the search index knows the set."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gallery import facts
from gallery.models import Image

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.contrib.auth.models import AnonymousUser

    from gallery.querysets import ImageQuerySet


@dataclass(frozen=True)
class Scope:
    name: str
    images: Callable[[AbstractBaseUser | AnonymousUser], ImageQuerySet]
    #: The key that these images have and no other; None where a person has too few of them to need an index.
    key: Callable[[AbstractBaseUser | AnonymousUser], str | None]


LISTED = Scope("listed", lambda user: Image.objects.listed(), lambda user: facts.LISTED)
OWNED = Scope("owned", lambda user: Image.objects.owned_by(user).alive(), lambda user: facts.owned_by(user.pk))
FAVORED = Scope("favored", lambda user: Image.objects.favored_by(user), lambda user: None)
TRASHED = Scope("trashed", lambda user: Image.objects.owned_by(user).trashed(), lambda user: None)
#: What may be put before a person unasked; only searched for images like one, never by words.
FINDABLE = Scope("findable", lambda user: Image.objects.findable_by(user), lambda user: None)
