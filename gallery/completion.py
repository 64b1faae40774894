"""Tags that begin with what is typed, and how many images have them, of those that this person may find.

The numbers come from the kept sums in `TagCount`: what everybody finds, and what one alone finds. So an answer costs
the same in a library of a million images.
"""

from collections import Counter
from itertools import starmap

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet, Sum
from taggit.models import Tag

from gallery import tags
from gallery.models import TagCount
from gallery.tag_counts import Counted

OFFERED = 10


def complete(user, typed: str) -> list[Counted]:
    """The commonest tags that begin with `typed`, or have another word that does."""
    try:
        start = tags.normalize(typed)
    except ValidationError:
        return []
    beginning = Q(name__startswith=start) | Q(synonyms__alias__startswith=start)
    kept = TagCount.objects.filter(tag__in=Tag.objects.filter(beginning).values("pk"))
    numbers = _sums(kept.filter(owner=None), "count")
    if user.is_authenticated:
        numbers += _sums(kept.filter(owner=user), "hidden")
    return sorted(starmap(Counted, numbers.items()), key=lambda tag: (-tag.count, tag.name))[:OFFERED]


def _sums(kept: QuerySet, number: str) -> Counter[str]:
    # Two sums, each along the index, are quicker than one of both.
    sums = kept.values_list("tag__name").annotate(number=Sum(number)).filter(number__gt=0).order_by()
    return Counter(dict(sums))
