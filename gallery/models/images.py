"""What the library keeps: images, their tags, who favored them, and their embeddings.

The database itself keeps what searches read: `tag_names` and `favorite_count` by triggers, `search` and `facts` as
generated columns, so that they are right whichever way tags, hearts and images are written.
"""

import uuid
from math import log

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models, transaction
from django.db.models import Func, Value
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.urls import reverse
from django.utils.text import slugify
from pgvector.django import VectorField
from taggit.managers import TaggableManager
from taggit.models import TaggedItemBase

from gallery import renditions
from gallery.querysets import ImageQuerySet

#: PostgreSQL text search configuration made by migration 0001: English stems, accents folded.
SEARCH_CONFIG = "airbrush"
PROMPT_LENGTH = 1000
#: The shapes of tiles, width in percent of height. A picture between two of them loses a little at its edges.
RATIOS = (50, 56, 60, 67, 75, 80, 90, 100, 110, 125, 133, 150, 167, 178, 200, 240, 300)
#: What the function of migration 0013 makes an image's `facts` of, in its order.
FACT_FIELDS = ["number", "owner_id", "visibility", "deleted_at", "created_at", "width", "height"]
FACT_FIELDS += ["style", "color_name", "license", "checkpoint", "tag_names"]
ALIVE = models.Q(deleted_at__isnull=True)
LISTED = models.Q(visibility="public", deleted_at=None)


class TaggedImage(TaggedItemBase):
    content_object = models.ForeignKey("Image", models.CASCADE, related_name="tagged_images")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tag", "content_object"], name="one_tag_once_an_image")]


class Image(models.Model):
    class Visibility(models.TextChoices):
        #: Only its owner sees it.
        PRIVATE = "private"
        #: Whoever has the link sees it; it is in no list.
        UNLISTED = "unlisted"
        #: Everybody sees it, in Explore and in search.
        PUBLIC = "public"

    class License(models.TextChoices):
        #: Nobody but the owner may use it.
        ALL_RIGHTS_RESERVED = "all-rights-reserved"
        #: Anybody may use it who names the owner.
        CC_BY = "cc-by-4.0", "CC BY 4.0"
        #: Anybody may use it for anything.
        CC0 = "cc0-1.0", "CC0 1.0"

    class Source(models.TextChoices):
        #: Drawn here, from a prompt.
        GENERATED = "generated"
        #: Brought by a person.
        UPLOAD = "upload"

    class Renditions(models.TextChoices):
        #: They are to be made; until then the thumbnail stands in.
        WAITING = "waiting"
        #: They lie beside the file.
        READY = "ready"
        #: The file cannot be read, so there will be none.
        LOST = "lost"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    #: The order in which images came: the newest has the largest. Hardly any number is left out.
    number = models.BigIntegerField(
        unique=True, editable=False, db_default=Func(Value("gallery_image_number"), function="nextval")
    )
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="images")
    file = models.FileField(max_length=200, unique=True)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    byte_size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64, db_index=True)
    title = models.CharField(max_length=200, blank=True)
    alt_text = models.CharField(max_length=500, blank=True)
    prompt = models.TextField(max_length=PROMPT_LENGTH, blank=True)
    tag_names = models.TextField(editable=False, default="", db_default="")
    visibility = models.CharField(max_length=10, choices=Visibility.choices, default=Visibility.PRIVATE)
    license = models.CharField(max_length=30, choices=License.choices, default=License.ALL_RIGHTS_RESERVED)
    source = models.CharField(max_length=10, choices=Source.choices, default=Source.GENERATED)
    style = models.CharField(max_length=40, blank=True)
    seed = models.BigIntegerField(null=True, blank=True)
    checkpoint = models.CharField(max_length=200, blank=True)
    rendition_state = models.CharField(
        max_length=10,
        choices=Renditions.choices,
        default=Renditions.WAITING,
        db_default=Renditions.WAITING,
        editable=False,
    )
    dominant_color = models.CharField(max_length=7, blank=True)
    #: A tiny picture as a data address, to be seen while the real one comes.
    placeholder = models.CharField(max_length=1000, default="", db_default="", editable=False)
    perceptual_hash = models.BigIntegerField(null=True, editable=False)
    #: When the photograph was taken, if its file says so.
    taken_at = models.DateTimeField(null=True, blank=True)
    #: One of the twelve names in `colors`.
    color_name = models.CharField(max_length=10, blank=True, editable=False, default="", db_default="")
    favorite_count = models.PositiveIntegerField(editable=False, default=0, db_default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    search = models.GeneratedField(
        expression=(
            SearchVector("title", weight="A", config=SEARCH_CONFIG)
            + SearchVector("tag_names", weight="A", config=SEARCH_CONFIG)
            + SearchVector("prompt", weight="B", config=SEARCH_CONFIG)
            + SearchVector("alt_text", weight="C", config=SEARCH_CONFIG)
        ),
        output_field=SearchVectorField(),
        db_persist=True,
    )
    #: All that a search can filter by, as keys such as "=sphoto"; facts.py tells their names.
    facts = models.GeneratedField(
        expression=Func(*FACT_FIELDS, function="gallery_facts"), output_field=SearchVectorField(), db_persist=True
    )

    tags = TaggableManager(through=TaggedImage, blank=True)
    objects = ImageQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        indexes = [
            models.Index(fields=["owner", "-number"], include=["id"], name="image_owned", condition=ALIVE),
            models.Index(fields=["-number"], name="image_listed", condition=LISTED),
            models.Index(fields=["-favorite_count", "-number"], name="image_listed_favorites", condition=LISTED),
            models.Index(fields=["deleted_at"], name="image_trash", condition=models.Q(deleted_at__isnull=False)),
            models.Index(
                fields=["-created_at", "-id"],
                name="image_without_renditions",
                condition=models.Q(rendition_state="waiting"),
            ),
            GinIndex(fields=["search", "facts"], name="image_search", fastupdate=False),
        ]

    def __str__(self) -> str:
        return self.title or self.prompt[:80] or str(self.id)

    def get_absolute_url(self) -> str:
        return reverse("gallery:image-detail", args=[self.id])

    def file_name(self, ending: str) -> str:
        """What the image is called when it is taken home."""
        return f"{slugify(str(self))[:60].strip('-') or 'image'}-{str(self.id)[:8]}.{ending}"

    @property
    def alt(self) -> str:
        """What a screen reader says of the picture; never empty."""
        return self.alt_text or self.title or self.prompt or "Image without a description"

    @property
    def version(self) -> str:
        """What changes in an address when the pixels do, so that browsers may keep what they have fetched."""
        return self.sha256[:12]

    @property
    def ratio(self) -> int:
        """Width in percent of the height, as one of the ratios that the stylesheet knows."""
        return min(RATIOS, key=lambda ratio: abs(log(ratio * self.height / self.width / 100)))

    @property
    def sources(self) -> list[tuple[str, str]]:
        """The media type and the `srcset` of each format that renditions are there in, the best first."""
        if self.rendition_state != self.Renditions.READY:
            return []
        folder = reverse("gallery:image-rendition", args=[self.id, self.version, 0, "webp"]).removesuffix("0.webp")
        steps = renditions.steps(self.width)
        return [
            (media_type, ", ".join(f"{folder}{step}.{ending} {min(step, self.width)}w" for step in steps))
            for ending, (_, media_type, _) in renditions.RENDITION_FORMATS.items()
        ]

    @property
    def style_label(self) -> str:
        return self.style.replace("-", " ")

    @property
    def is_public(self) -> bool:
        return self.visibility == self.Visibility.PUBLIC

    @property
    def is_deleted(self) -> bool:
        return self.deleted_at is not None


@receiver(post_delete, sender=Image)
def delete_files(sender, instance: Image, **kwargs) -> None:
    """Remove an image's files once its row is gone for good."""
    name = instance.file.name
    transaction.on_commit(lambda: renditions.delete(name), robust=True)


class Favorite(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="favorites")
    image = models.ForeignKey(Image, models.CASCADE, related_name="favorites")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["user", "image"], name="one_favorite_an_image")]

    def __str__(self) -> str:
        return f"{self.user} likes {self.image}"


class ImageEmbedding(models.Model):
    """An image's place in a CLIP model's space: the key it is found by and can be drawn again from."""

    image = models.ForeignKey(Image, models.CASCADE, related_name="embeddings")
    clip_model = models.CharField(max_length=120)
    vector = VectorField()
    #: Whether it has been compared with all keywords, and tags suggested by them.
    is_compared = models.BooleanField(editable=False, default=False, db_default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["image", "clip_model"], name="one_embedding_a_clip_model")]
        indexes = [models.Index(fields=["clip_model", "id"], name="uncompared", condition=models.Q(is_compared=False))]

    def __str__(self) -> str:
        return f"{self.image} in {self.clip_model}"
