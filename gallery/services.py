"""Every write to the library: adding images, tagging, favoring, sharing, trashing.

Knows nothing of how a picture came to be, nor of requests. A caller that does not pass an image of its own user has
already failed: look images up through `Image.objects.visible_to` or `owned_by` first.
"""

import hashlib
from collections.abc import Iterable, Sequence
from contextlib import contextmanager
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone
from PIL.Image import Image as Picture
from taggit.models import Tag

from gallery import colors, gist, messages, renditions, synonyms, tags
from gallery.models import Favorite, Image, ImageEmbedding, TaggedImage


class NotStored(OSError):
    """The picture could not be saved: the disk is full or cannot be written."""

    def __str__(self) -> str:
        return str(self.__doc__)


def add_image(
    *,
    owner,
    picture: Picture,
    prompt: str = "",
    style: str = "",
    seed: int | None = None,
    checkpoint: str = "",
    tags: Iterable[str] = (),
    visibility: str = Image.Visibility.PRIVATE,
    source: str = Image.Source.GENERATED,
    title: str = "",
    alt_text: str = "",
    taken_at: datetime | None = None,
    embedding: Sequence[float] | None = None,
    clip_model: str = "",
) -> Image:
    """Store the picture's files, then its row, tags and embedding in one transaction.

    When it raises, nothing is left behind. Inside a caller's own transaction, a later rollback of that leaves the files
    for `collect_orphans`.
    """
    data = renditions.encode(picture, "png")
    image = _image_of(picture, data)
    image.owner, image.visibility, image.source = owner, visibility, source
    image.prompt, image.title, image.alt_text = prompt, title, alt_text
    image.style, image.seed, image.checkpoint, image.taken_at = style, seed, checkpoint, taken_at
    with _stored(image, data, renditions.make_thumbnail(picture)), transaction.atomic():
        image.save(force_insert=True)
        _attach(image, tags)
        if embedding is not None:
            add_embedding(image, clip_model, embedding)
        messages.announce("gallery.tasks.make_renditions", str(image.pk))
    return image


def _image_of(picture: Picture, data: bytes) -> Image:
    dominant_color = gist.dominant_color(picture)
    return Image(
        width=picture.width,
        height=picture.height,
        byte_size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        dominant_color=dominant_color,
        color_name=colors.name_of(dominant_color),
        placeholder=gist.placeholder(picture),
        perceptual_hash=gist.perceptual_hash(picture),
    )


@contextmanager
def _stored(image: Image, data: bytes, thumbnail: bytes):
    """Keep the image's two files only if the block succeeds."""
    name = f"{renditions.FOLDER}/{image.sha256[:2]}/{image.sha256}.png"
    try:
        image.file.name = name = default_storage.save(name, ContentFile(data))
        default_storage.save(renditions.thumbnail_name(name), ContentFile(thumbnail))
        yield
    except BaseException as problem:
        if image.file:
            renditions.delete(name)
        if isinstance(problem, OSError):
            raise NotStored from problem
        raise


def _attach(image: Image, names: Iterable[str]) -> None:
    """Tag the image with `names` in one statement, so that its search text is written once."""
    TaggedImage.objects.bulk_create(
        [TaggedImage(content_object=image, tag=tag) for tag in tags_named(names)], ignore_conflicts=True
    )


def tags_named(names: Iterable[str]) -> list[Tag]:
    """The tags of these names, made where there are none. Raises ValidationError for a name that is none."""
    wanted = synonyms.resolve(names)
    known = {tag.name: tag for tag in Tag.objects.filter(name__in=wanted)}
    return [known.get(name) or Tag.objects.get_or_create(name=name)[0] for name in wanted]


@transaction.atomic
def add_tag(image: Image, name: str) -> str:
    """Tag the image; return the tag as it is stored. Raises ValidationError for an empty name or one tag too many."""
    (name,) = synonyms.resolve([name])
    Image.objects.select_for_update().get(pk=image.pk)
    others = image.tagged_images.exclude(tag__name=name).count()
    if others >= tags.TAGS_PER_IMAGE:
        raise ValidationError(f"An image has at most {tags.TAGS_PER_IMAGE} tags.")
    _attach(image, [name])
    return name


def add_embedding(image: Image, clip_model: str, vector: Sequence[float]) -> None:
    """Give the image its place in a CLIP model's space; one that is there already stays."""
    embedding = ImageEmbedding(image=image, clip_model=clip_model, vector=list(vector))
    ImageEmbedding.objects.bulk_create([embedding], ignore_conflicts=True)


def remove_tag(image: Image, name: str) -> None:
    image.tagged_images.filter(tag__name=name).delete()


def favorite(user, image: Image) -> None:
    Favorite.objects.get_or_create(user=user, image=image)


def unfavorite(user, image: Image) -> None:
    Favorite.objects.filter(user=user, image=image).delete()


def set_visibility(image: Image, value: str) -> None:
    if value not in Image.Visibility.values:
        raise ValidationError("Choose private, unlisted or public.")
    image.visibility = value
    image.save(update_fields=["visibility"])


def trash(image: Image) -> None:
    """Hide the image everywhere but in its owner's trash."""
    image.deleted_at = image.deleted_at or timezone.now()
    image.save(update_fields=["deleted_at"])


def restore(image: Image) -> None:
    image.deleted_at = None
    image.save(update_fields=["deleted_at"])


def remake_renditions(image: Image) -> None:
    """Have the image's renditions made again: a file of them is gone."""
    ready = Image.objects.filter(pk=image.pk, rendition_state=Image.Renditions.READY)
    if ready.update(rendition_state=Image.Renditions.WAITING):
        messages.announce("gallery.tasks.make_renditions", str(image.pk))
