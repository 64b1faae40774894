"""What a person may have meant whose words find nothing: each word that no image has, spelled like the nearest tag."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gallery import scopes, tag_counts, words
from gallery.found import find
from gallery.search import ImageSearch

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.contrib.auth.models import AnonymousUser

    from gallery.scopes import Scope


def meant(scope: Scope, search: ImageSearch, user: AbstractBaseUser | AnonymousUser) -> ImageSearch | None:
    """The search in other words, or None where none come near."""
    owner = None if scope is scopes.LISTED else user
    text = search.words
    for word in words.spelled(search.words):
        if find(scope, ImageSearch(words=f'"{word}"'), user).count(1):
            continue
        if (tag := tag_counts.spelled_like(owner, word.lower())) and tag != word.lower():
            text = re.sub(rf"\b{re.escape(word)}\b", tag, text)
    return search.changed(words=text) if text != search.words else None
