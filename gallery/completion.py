"""Tags that begin with what is typed, and how many images have them, of those that this person may find."""

from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db.models import Count, Q
from taggit.models import Tag

from gallery import tags
from gallery.models import Image, TaggedImage

OFFERED = 10


class Counted(NamedTuple):
    name: str
    count: int


def complete(user, typed: str) -> list[Counted]:
    """The commonest tags that begin with `typed`, or have another word that does."""
    try:
        start = tags.normalize(typed)
    except ValidationError:
        return []
    beginning = Q(name__startswith=start) | Q(synonyms__alias__startswith=start)
    candidates = Tag.objects.filter(beginning).values("pk")
    tagged = TaggedImage.objects.filter(tag__in=candidates, content_object__in=Image.objects.findable_by(user))
    counts = tagged.values_list("tag__name").annotate(count=Count("pk")).order_by("-count", "tag__name")
    return [Counted(*row) for row in counts[:OFFERED]]
