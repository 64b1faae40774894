"""Finds images that look nearly the same as one, however many images there are.

Of the four bands of sixteen bits in hashes at most `NEARNESS` bits apart, one at least differs in at most one bit
(multi-index hashing, arXiv 1307.2982). The bands are indexed, by functions and an index of the database; each band and
its sixteen neighbors are looked up, and only what is found there is compared bit by bit.
"""

from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.expressions import RawSQL

from gallery.models import Image
from gallery.querysets import ImageQuerySet

NEARNESS = 6
SHOWN = 12


class BitCount(Func):
    template = "bit_count((%(expressions)s)::bit(64))"
    output_field = models.IntegerField()


def near_duplicates(image: Image, user) -> ImageQuerySet:
    """The images most like `image` among this person's own and the public ones; never what is in no list."""
    if image.perceptual_hash is None:
        return Image.objects.none()
    listed = Q(visibility=Image.Visibility.PUBLIC)
    mine = listed | Q(owner=user) if user.is_authenticated else listed
    near = RawSQL("SELECT gallery_near_hashes(%s, %s)", [image.perceptual_hash, NEARNESS])
    pattern = Value(image.perceptual_hash, models.BigIntegerField())
    found = Image.objects.alive().filter(mine, pk__in=near).exclude(pk=image.pk)
    found = found.alias(distance=BitCount(F("perceptual_hash").bitxor(pattern)))
    return found.tiles(user).order_by("distance", "-created_at", "-id")[:SHOWN]
