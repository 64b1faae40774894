"""Collections: a person's own choice of images, in an order of their own."""

import uuid

from django.conf import settings
from django.db import models
from django.urls import reverse

from gallery.models.images import Image
from gallery.querysets import CollectionQuerySet, PlaceQuerySet

TITLE_LENGTH = 120
DESCRIPTION_LENGTH = 2000


class Collection(models.Model):
    class Visibility(models.TextChoices):
        #: Only its owner opens it.
        PRIVATE = "private"
        #: Whoever has the link opens it; it is in no list.
        UNLISTED = "unlisted"
        #: Everybody finds it among the public collections.
        PUBLIC = "public"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="collections")
    title = models.CharField(max_length=TITLE_LENGTH)
    description = models.TextField(max_length=DESCRIPTION_LENGTH, blank=True)
    visibility = models.CharField(max_length=10, choices=Visibility.choices, default=Visibility.PRIVATE)
    cover = models.ForeignKey(Image, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    images = models.ManyToManyField(Image, through="CollectionImage", related_name="collections")
    objects = CollectionQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["owner", "-created_at", "-id"], name="collection_owner_newest"),
            models.Index(
                fields=["-created_at", "-id"],
                name="collection_public_newest",
                condition=models.Q(visibility="public"),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("gallery:collection-detail", args=[self.id])

    @property
    def is_public(self) -> bool:
        return self.visibility == self.Visibility.PUBLIC


class CollectionImage(models.Model):
    """An image's place in a collection. Places may have gaps; `gallery.collections` keeps them apart."""

    collection = models.ForeignKey(Collection, models.CASCADE, related_name="places")
    image = models.ForeignKey(Image, models.CASCADE, related_name="places")
    position = models.PositiveIntegerField()

    objects = PlaceQuerySet.as_manager()

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["collection", "image"], name="one_image_once_a_collection")]
        indexes = [models.Index(fields=["collection", "position"], name="collection_order")]

    def __str__(self) -> str:
        return f"{self.image} in {self.collection}"
