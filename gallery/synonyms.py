"""One tag for each idea: other words lead to it, and tags that mean the same become one."""

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from django.db import connection, transaction
from taggit.models import Tag

from gallery import tags
from gallery.models import TaggedImage, TagSynonym

if TYPE_CHECKING:
    from gallery.search import ImageSearch

MOVE = """
    INSERT INTO gallery_taggedimage (content_object_id, tag_id)
    SELECT DISTINCT content_object_id, %s::int FROM gallery_taggedimage WHERE tag_id = ANY(%s)
    ON CONFLICT DO NOTHING
"""


def resolve(names: Iterable[str]) -> list[str]:
    """The names in the spelling of their tags, other words replaced, each once. ValidationError for what is none."""
    wanted = list(dict.fromkeys(tags.normalize(name) for name in names))
    known = dict(TagSynonym.objects.filter(alias__in=wanted).values_list("alias", "tag__name")) if wanted else {}
    return list(dict.fromkeys(known.get(name, name) for name in wanted))


def meant(search: "ImageSearch") -> "ImageSearch":
    """The search with the tags that its tags mean."""
    kinds = {"tags": search.tags, "any_tags": search.any_tags, "no_tags": search.no_tags}
    return replace(search, **{kind: tuple(resolve(names)) for kind, names in kinds.items()})


@transaction.atomic
def merge(others: Iterable[Tag], into: Tag) -> int:
    """Let one tag stand for the others too, and keep their names as words for it; return how many were merged."""
    merged = {tag.pk: tag.name for tag in others if tag.pk != into.pk}
    with connection.cursor() as cursor:
        cursor.execute(MOVE, [into.pk, list(merged)])
    TaggedImage.objects.filter(tag__in=merged).delete()
    TagSynonym.objects.filter(tag__in=merged).update(tag=into)
    TagSynonym.objects.filter(alias=into.name).delete()
    TagSynonym.objects.bulk_create(
        [TagSynonym(alias=name, tag=into) for name in merged.values()],
        update_conflicts=True,
        update_fields=["tag"],
        unique_fields=["alias"],
    )
    Tag.objects.filter(pk__in=merged).delete()
    return len(merged)
