"""Reads: who may see which images and collections. Every list and every byte goes through here."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.apps import apps
from django.db import models
from django.db.models import Count, Exists, F, Lookup, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.contrib.auth.models import AnonymousUser
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models.sql.compiler import SQLCompiler

    from gallery.models import Collection, Image

TRASH_KEPT = timedelta(days=30)
TILE_FIELDS = ["title", "prompt", "alt_text", "width", "height", "sha256", "rendition_state", "placeholder"]


class IsAny(Lookup):
    """A column's value is one of a list."""

    prepare_rhs = False

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, list]:
        column, params = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s)", [*params, self.rhs]


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
        """What can still be brought back."""
        return self.filter(deleted_at__gt=timezone.now() - TRASH_KEPT)

    def numbered(self, numbers: list[int]) -> ImageQuerySet:
        """The images of these numbers. They travel as one array: reading many parameters costs more than the images."""
        return self.filter(IsAny(F("number"), numbers)) if numbers else self.none()

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

    def findable_by(self, user: AbstractBaseUser | AnonymousUser) -> ImageQuerySet:
        """Images that may be put before this person unasked: what is listed, and their own."""
        return self.alive().filter(Q(visibility="public") | Q(owner=user.pk))

    def shown_in(self, collection: Collection, user: AbstractBaseUser | AnonymousUser) -> ImageQuerySet:
        """The collection's images as far as this person is shown them, with their `position`, in order."""
        shown = self.filter(places__in=collection.places.shown_to(user))
        return shown.annotate(position=F("places__position")).order_by("position", "places__id")


class PlaceQuerySet(models.QuerySet):
    """The places of images in collections."""

    def shown_to(self, user: AbstractBaseUser | AnonymousUser) -> PlaceQuerySet:
        """What this person sees of a collection: never a private image of somebody else.

        An unlisted image is in no list, so a public collection shows it only to the collection's own owner.
        """
        is_unlisted = Q(image__visibility="unlisted")
        is_passed_on = ~Q(collection__visibility="public") | Q(collection__owner=user.pk)
        shown = Q(image__visibility="public") | Q(image__owner=user.pk) | (is_unlisted & is_passed_on)
        return self.filter(shown, image__deleted_at=None)


class CollectionQuerySet(models.QuerySet):
    def visible_to(self, user: AbstractBaseUser | AnonymousUser) -> CollectionQuerySet:
        """Collections this person may open: their own, what is shared, and all of them for moderators."""
        if user.is_staff and user.has_perm("gallery.view_collection"):
            return self
        return self.filter(Q(visibility__in=["public", "unlisted"]) | Q(owner=user.pk))

    def owned_by(self, user: AbstractBaseUser) -> CollectionQuerySet:
        return self.filter(owner=user)

    def listed(self) -> CollectionQuerySet:
        """Collections everybody finds."""
        return self.filter(visibility="public")

    def with_summary(self, user: AbstractBaseUser | AnonymousUser) -> CollectionQuerySet:
        """Annotate `image_count` and `cover_pk` (the chosen cover or the first image), of what this person is shown."""
        places = apps.get_model("gallery", "CollectionImage").objects.shown_to(user)
        inside = places.filter(collection=OuterRef("pk")).order_by()
        count = inside.values("collection").annotate(count=Count("pk")).values("count")
        chosen = inside.filter(image=OuterRef("cover")).values("image")[:1]
        first = inside.order_by("position", "id").values("image")[:1]
        return self.annotate(
            image_count=Coalesce(Subquery(count), 0), cover_pk=Coalesce(Subquery(chosen), Subquery(first))
        )

    def containing(self, image: Image) -> CollectionQuerySet:
        return self.filter(places__image=image)
