"""One page of images for a search, with what the page says around them: how many, whether near, which tags go on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core.paginator import Page, Paginator
from django.db.models import Count
from taggit.models import Tag

from gallery import synonyms
from gallery.models import TaggedImage
from gallery.search import NEWEST, RELEVANCE

if TYPE_CHECKING:
    from gallery.models import TaggedImage
    from gallery.querysets import ImageQuerySet
from gallery.search import ImageSearch

PAGE_SIZE = 60
CHIPS = 16
#: Chips are a way on, not statistics: past this many images they are counted among the newest only.
COUNTED = 2000


@dataclass(frozen=True)
class Listing:
    search: ImageSearch
    page: Page
    #: Nothing matched the words as they are spelled; these are near.
    is_near: bool
    #: The commonest tags among the images found that are not searched for yet, each with its `count`.
    tags: list[Tag]

    @property
    def is_counted(self) -> bool:
        """Whether the tags' counts are of all images found."""
        return self.page.paginator.count <= COUNTED

    @property
    def next(self) -> ImageSearch | None:
        return self.search.at_page(self.page.next_page_number()) if self.page.has_next() else None

    @property
    def previous(self) -> ImageSearch | None:
        return self.search.at_page(self.page.previous_page_number()) if self.page.has_previous() else None

    @property
    def active_tags(self) -> list[tuple[str, ImageSearch]]:
        """Each tag searched for, with the search that drops it."""
        return [(tag, self.search.without_tag(tag)) for tag in self.search.tags]

    @property
    def further_tags(self) -> list[tuple[Tag, ImageSearch]]:
        """Each common tag of the images found, with the search that adds it."""
        return [(tag, self.search.with_tag(tag.name)) for tag in self.tags]

    @property
    def orders(self) -> list[tuple[str, bool, ImageSearch]]:
        """The orders to choose from: label, whether it is the present one, the search with it."""
        if not self.search.words:
            return []
        best = self.search.by_relevance
        return [
            ("Best match", best, self.search.ordered(RELEVANCE)),
            ("Newest", not best, self.search.ordered(NEWEST)),
        ]

    @property
    def with_favorites(self) -> ImageSearch:
        return self.search.with_favorites(not self.search.favorites)


def list_images(images: ImageQuerySet, search: ImageSearch, user) -> Listing:
    """The asked page of those of `images` that the search finds; a page out of range is the nearest there is."""
    search = synonyms.meant(search)
    narrowed = search.narrow(images, user)
    found = search.match(narrowed)
    paginator = Paginator(found.tiles(user), PAGE_SIZE)
    is_near = bool(search.words) and paginator.count == 0
    if is_near:
        found = search.near_matches(narrowed)
        paginator = Paginator(found.tiles(user), PAGE_SIZE)
    page = paginator.get_page(search.page)
    return Listing(
        search=search.at_page(page.number),
        page=page,
        is_near=is_near and paginator.count > 0,
        tags=_chips(found, search),
    )


def _chips(found: ImageQuerySet, search: ImageSearch) -> list[Tag]:
    newest = found.order_by("-created_at", "-id")[:COUNTED]
    counted = tag_counts(newest, CHIPS + len(search.tags))
    return [tag for tag in counted if tag.name not in search.tags][:CHIPS]


def tag_counts(images: ImageQuerySet, most: int) -> list[Tag]:
    """The `most` common tags of `images`, each with its `count`, the commonest first."""
    tagged = TaggedImage.objects.filter(content_object__in=images.values("pk"))
    counts = dict(tagged.values_list("tag").annotate(count=Count("pk")).order_by("-count", "tag")[:most])
    tags = list(Tag.objects.filter(pk__in=counts))
    for tag in tags:
        tag.count = counts[tag.pk]
    return sorted(tags, key=lambda tag: (-tag.count, tag.name))
