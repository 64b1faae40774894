"""Reads: who may see which images. Every list and every byte goes through here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import apps
from django.db import models
from django.db.models import Exists, OuterRef, Q, Value

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.contrib.auth.models import AnonymousUser

TILE_FIELDS = ["title", "prompt", "alt_text", "width", "height", "sha256", "rendition_state", "placeholder"]


class ImageQuerySet(models.QuerySet):
    def visible_to(self, user: AbstractBaseUser | AnonymousUser) -> ImageQuerySet:
        """Images this person may open: their own (trash included), what is shared, and all of them for moderators."""
        if user.is_staff and user.has_perm("gallery.view_image"):
            return self
        shared = Q(visibility__in=["public", "unlisted"], deleted_at=None)
        return self.filter(shared | Q(owner=user) if user.is_authenticated else shared)

    def owned_by(self, user: AbstractBaseUser) -> ImageQuerySet:
        return self.filter(owner=user)

    def listed(self) -> ImageQuerySet:
        """Images everybody finds in Explore and in search."""
        return self.filter(visibility="public", deleted_at=None)

    def alive(self) -> ImageQuerySet:
        return self.filter(deleted_at=None)

    def trashed(self) -> ImageQuerySet:
        return self.exclude(deleted_at=None)

    def favored_by(self, user: AbstractBaseUser) -> ImageQuerySet:
        """This person's favorites, as far as they may still see them."""
        return self.alive().visible_to(user).filter(favorites__user=user)

    def with_favorite(self, user: AbstractBaseUser | AnonymousUser) -> ImageQuerySet:
        """Annotate `is_favorite`: whether this person has put a heart on the image."""
        if not user.is_authenticated:
            return self.annotate(is_favorite=Value(False, models.BooleanField()))
        favorites = apps.get_model("gallery", "Favorite").objects
        return self.annotate(is_favorite=Exists(favorites.filter(user=user, image=OuterRef("pk"))))

    def tiles(self, user: AbstractBaseUser | AnonymousUser) -> ImageQuerySet:
        """What a grid shows of each image, and no more."""
        return self.with_favorite(user).only(*TILE_FIELDS)
