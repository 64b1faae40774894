"""Acts on many images at once: one statement each, whether there are three images or thirty thousand.

Each act takes the images of one owner as a queryset and returns how many it has changed. Knows nothing of requests.
"""

from collections.abc import Iterable
from datetime import datetime

from django.core.exceptions import ValidationError
from django.utils import timezone
from taggit.models import Tag

from gallery import services, synonyms, tags
from gallery.models import Favorite, Image, TaggedImage
from gallery.querysets import ImageQuerySet
from gallery.sets import insert_for_each

#: New tags come in the order they were named, as long as there is room.
TAG = f"""
    WITH wanted AS (SELECT * FROM unnest(%s::int[]) WITH ORDINALITY AS tag (id, place)),
    fresh AS (
        SELECT chosen.id AS image, wanted.id AS tag,
            row_number() OVER (PARTITION BY chosen.id ORDER BY wanted.place)
                + (SELECT count(*) FROM gallery_taggedimage WHERE content_object_id = chosen.id) AS number
        FROM {{chosen}} CROSS JOIN wanted
        WHERE NOT EXISTS (
            SELECT FROM gallery_taggedimage WHERE content_object_id = chosen.id AND tag_id = wanted.id
        )
    )
    INSERT INTO gallery_taggedimage (content_object_id, tag_id)
    SELECT image, tag FROM fresh WHERE number <= {tags.TAGS_PER_IMAGE}
    ON CONFLICT DO NOTHING
"""
FAVORITE = """
    INSERT INTO gallery_favorite (user_id, created_at, image_id)
    SELECT %s, statement_timestamp(), id FROM {chosen} ON CONFLICT DO NOTHING
"""


def tag(images: ImageQuerySet, names: Iterable[str]) -> int:
    """Raises ValidationError for a name that is none."""
    keys = [tag.pk for tag in services.tags_named(names)]
    return insert_for_each(images, TAG, keys, image="content_object_id")


def untag(images: ImageQuerySet, names: Iterable[str]) -> int:
    """Raises ValidationError for a name that is none."""
    wanted = Tag.objects.filter(name__in=synonyms.resolve(names))
    tagged = TaggedImage.objects.filter(content_object__in=images.values("pk"), tag__in=wanted)
    changed = tagged.values("content_object").distinct().count()
    tagged.delete()
    return changed


def favorite(images: ImageQuerySet, user) -> int:
    return insert_for_each(images, FAVORITE, user.pk)


def unfavorite(images: ImageQuerySet, user) -> int:
    removed, _ = Favorite.objects.filter(user=user, image__in=images.values("pk")).delete()
    return removed


def set_visibility(images: ImageQuerySet, value: str) -> int:
    if value not in Image.Visibility.values:
        raise ValidationError("Choose private, unlisted or public.")
    return images.exclude(visibility=value).update(visibility=value)


def trash(images: ImageQuerySet) -> tuple[int, datetime]:
    """Put the images into the trash; return also the moment, by which `restore` knows them again."""
    moment = timezone.now()
    return images.filter(deleted_at=None).update(deleted_at=moment), moment


def restore(images: ImageQuerySet, moment: datetime) -> int:
    """Take back what of the images was put into the trash at that moment."""
    return images.filter(deleted_at=moment).update(deleted_at=None)
