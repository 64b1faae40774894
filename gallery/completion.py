"""Tags that begin with what is typed, and how many images have them, of those that this person may find.

The numbers come from the kept sums in `TagCount`: what everybody finds and what is one's own, less what is both. So
an answer costs the same in a library of a million images.
"""

from django.core.exceptions import ValidationError
from django.db.models import Count, Q, Sum
from taggit.models import Tag

from gallery import tags
from gallery.models import Image, TagCount, TaggedImage
from gallery.tag_counts import Counted

OFFERED = 10


def complete(user, typed: str) -> list[Counted]:
    """The commonest tags that begin with `typed`, or have another word that does."""
    try:
        start = tags.normalize(typed)
    except ValidationError:
        return []
    beginning = Q(name__startswith=start) | Q(synonyms__alias__startswith=start)
    kept = TagCount.objects.filter(Q(owner=None) | Q(owner=user.pk), tag__in=Tag.objects.filter(beginning).values("pk"))
    sums = kept.values_list("tag__name").annotate(number=Sum("count")).filter(number__gt=0).order_by("-number")
    found = dict(sums[: 2 * OFFERED])
    twice = _own_and_listed(user, list(found))
    counted = [Counted(name, number - twice.get(name, 0)) for name, number in found.items()]
    return sorted(counted, key=lambda tag: (-tag.count, tag.name))[:OFFERED]


def _own_and_listed(user, names: list[str]) -> dict[str, int]:
    """How many of this person's own images with each tag everybody finds, too."""
    if not (user.is_authenticated and names):
        return {}
    both = Image.objects.listed().filter(owner=user).values("pk")
    tagged = TaggedImage.objects.filter(tag__name__in=names, content_object__in=both)
    return dict(tagged.values_list("tag__name").annotate(number=Count("pk")))
