"""Every write to collections: making them, filling them, and keeping their order.

Knows nothing of requests. Callers pass collections of their own user and images this user may see.
"""

from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Max

from gallery.models import Collection, CollectionImage, Image
from gallery.models.collections import TITLE_LENGTH
from gallery.querysets import ImageQuerySet
from gallery.sets import insert_for_each

INSERT = """
    INSERT INTO gallery_collectionimage (collection_id, image_id, position)
    SELECT %s::uuid, id, %s + row_number() OVER (ORDER BY created_at DESC, id DESC) FROM {chosen}
    ON CONFLICT DO NOTHING
"""


def create(owner, title: str, description: str = "", visibility: str = Collection.Visibility.PRIVATE) -> Collection:
    return Collection.objects.create(owner=owner, title=title, description=description, visibility=visibility)


def named(owner, title: str) -> Collection:
    """This person's newest collection of that title, made if there is none. Raises ValidationError."""
    title = normalize(title)
    return Collection.objects.owned_by(owner).filter(title__iexact=title).first() or create(owner, title)


def normalize(title: str) -> str:
    """The title on one line, without what does not print. Raises ValidationError when empty or too long."""
    title = " ".join("".join(char if char.isprintable() else " " for char in title).split())
    if not title:
        raise ValidationError("A collection needs a name.")
    if len(title) > TITLE_LENGTH:
        raise ValidationError(f"A collection's name has at most {TITLE_LENGTH} characters.")
    return title


def change(collection: Collection, title: str, description: str, visibility: str) -> None:
    collection.title, collection.description, collection.visibility = title, description, visibility
    collection.save(update_fields=["title", "description", "visibility"])


def delete(collection: Collection) -> None:
    """Forget the collection; its images stay in the library."""
    collection.delete()


@transaction.atomic
def add_images(collection: Collection, images: ImageQuerySet) -> int:
    """Put the images at the end, the newest first; return how many were not in it before."""
    _lock(collection)
    last = collection.places.aggregate(last=Max("position", default=0))["last"]
    return insert_for_each(images, INSERT, collection.pk, last)


def remove_images(collection: Collection, images: ImageQuerySet) -> int:
    """Take the images out; return how many were in it."""
    removed, _ = collection.places.filter(image__in=images.values("pk")).delete()
    if collection.cover_id and not collection.places.filter(image=collection.cover_id).exists():
        set_cover(collection, None)
    return removed


def set_cover(collection: Collection, image: Image | None) -> None:
    collection.cover = image
    collection.save(update_fields=["cover"])


@transaction.atomic
def move_before(collection: Collection, image_id: UUID, other_id: UUID | None) -> None:
    """Put the image right before another, or at the end. Raises CollectionImage.DoesNotExist for what is not in it."""
    _lock(collection)
    place = collection.places.get(image=image_id)
    end = collection.places.aggregate(end=Max("position") + 1)["end"]
    target = collection.places.get(image=other_id).position if other_id else end
    _move(place, target)


@transaction.atomic
def move_by_one(collection: Collection, image_id: UUID, later: bool) -> None:
    """Let the image change places with the one before or after it, of those that the owner is shown."""
    _lock(collection)
    place = collection.places.get(image=image_id)
    shown = collection.places.shown_to(collection.owner)
    if later:
        if after := shown.filter(position__gt=place.position).order_by("position").first():
            _move(place, after.position + 1)
    elif before := shown.filter(position__lt=place.position).order_by("-position").first():
        _move(place, before.position)


def _move(place: CollectionImage, target: int) -> None:
    """Give the image the place before `target`; those in between move up by one."""
    others = CollectionImage.objects.filter(collection=place.collection_id)
    if target > place.position:
        target -= 1
        others.filter(position__gt=place.position, position__lte=target).update(position=F("position") - 1)
    else:
        others.filter(position__gte=target, position__lt=place.position).update(position=F("position") + 1)
    place.position = target
    place.save(update_fields=["position"])


def _lock(collection: Collection) -> None:
    """Let one change of a collection's order wait for the other."""
    Collection.objects.select_for_update().get(pk=collection.pk)
