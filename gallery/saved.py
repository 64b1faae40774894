"""Searches that a person keeps under a name, to be used on any list of images. Knows nothing of requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Lower
from django.http import QueryDict

from gallery.models import SavedSearch
from gallery.models.searches import NAME_LENGTH
from gallery.search import ImageSearch, printable

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.contrib.auth.models import AnonymousUser
    from django.db.models import QuerySet

LIMIT = 50


def kept_by(user: AbstractBaseUser | AnonymousUser) -> QuerySet[SavedSearch] | None:
    """What this person keeps, by name; None for whoever can keep nothing."""
    return SavedSearch.objects.filter(owner=user) if user.is_authenticated else None


@transaction.atomic
def save(owner: AbstractBaseUser, name: str, query: str) -> SavedSearch:
    """Keep the search of this query string, from its first page on. Raises ValidationError."""
    name = _normalize(name)
    search = ImageSearch.from_querystring(QueryDict(query)).changed()
    if search.picture:
        raise ValidationError("A search by a picture cannot be saved: the picture itself is kept for a day only.")
    if search.is_empty:
        raise ValidationError("There is nothing to save: search for words or choose a filter first.")
    # One person's saves wait for each other: two at once could both be the last that is allowed, or share a name.
    get_user_model().objects.select_for_update().get(pk=owner.pk)
    kept = SavedSearch.objects.filter(owner=owner)
    if kept.alias(lower=Lower("name")).filter(lower=Lower(Value(name))).exists():
        raise ValidationError(f"You already have a saved search named “{name}”. Choose another name.")
    if kept.count() >= LIMIT:
        raise ValidationError(f"You have {LIMIT} saved searches, as many as are kept. Remove one first.")
    return SavedSearch.objects.create(owner=owner, name=name, query=search.to_querystring())


def forget(search: SavedSearch) -> None:
    search.delete()


def _normalize(name: str) -> str:
    name = printable(name)
    if not name:
        raise ValidationError("A saved search needs a name.")
    if len(name) > NAME_LENGTH:
        raise ValidationError(f"A saved search's name has at most {NAME_LENGTH} characters.")
    return name
