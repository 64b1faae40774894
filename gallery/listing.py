"""One page of images for a search, with all that the page says around them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.contrib.postgres.search import SearchHeadline
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce, NullIf
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from gallery import examples, facets, meaning, pages, scopes, spelling, synonyms, vectors
from gallery.facets import Counts
from gallery.found import Found, find
from gallery.models import SEARCH_CONFIG, Image
from gallery.pages import PAGE_SIZE
from gallery.search import FAVORITES, NEWEST, RELEVANCE, ImageSearch

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.contrib.auth.models import AnonymousUser

    from gallery.meaning import Meaning
    from gallery.models import Collection
    from gallery.scopes import Scope

    Person = AbstractBaseUser | AnonymousUser

#: How many images like one its page shows.
SIMILAR = 12
#: How a tag narrows the images down: label -> field of the search.
TAG_WAYS = {"all of": "tags", "any of": "any_tags", "none of": "no_tags"}
#: Signs that no text has, around each word found until the text is escaped.
MARK, UNMARK = "\ue000", "\ue001"


@dataclass(frozen=True)
class Listing:
    search: ImageSearch
    images: list[Image]
    next: ImageSearch | None
    #: None on the pages after the first, which say nothing around the images, and while a picture is looked at.
    counts: Counts | None
    #: The counts without the tags of which one is enough, where there are such: what other tags would add to them.
    wider_counts: Counts | None = None
    #: The one whose images are searched.
    collection: Collection | None = None
    #: The search in other words that may have been meant; its images are these if `is_respelled`.
    meant: ImageSearch | None = None
    is_respelled: bool = False
    #: Whether images close in meaning are missing because the worker did not answer in time.
    is_late: bool = False
    #: Whether the picture to search by is not kept any more, and so the rest of the search answers.
    is_forgotten: bool = False
    #: Whether the search said to go on from a place of another search, and so begins anew.
    is_lost: bool = False

    @property
    def counted_search(self) -> ImageSearch:
        """The search whose images are counted: what is done with all images is done with these."""
        return self.meant.changed() if self.is_respelled and self.meant else self.search.changed()

    @property
    def has_numbers(self) -> bool:
        """Whether the counts are of what is found: not of a part of it, nor of images sorted by likeness."""
        return bool(self.counts and self.counts.is_exact and not self.search.by_likeness)

    @property
    def chosen(self) -> list[tuple[str, str, ImageSearch]]:
        """What narrows the images down, a collection by its title."""
        return [
            (kind, self.collection.title if kind == "collection" and self.collection else value, without)
            for kind, value, without in self.search.chosen
        ]

    @property
    def orders(self) -> list[tuple[str, bool, ImageSearch]]:
        """The orders to choose from: label, whether it is the present one, the search with it."""
        if self.search.by_likeness:
            return []
        present = self.search.order or (RELEVANCE if self.search.words else NEWEST)
        labels = {RELEVANCE: "Best match", NEWEST: "Newest", FAVORITES: "Most favorited"}
        default = RELEVANCE if self.search.words else NEWEST
        return [
            (label, order == present, self.search.changed(order="" if order == default else order))
            for order, label in labels.items()
            if order != RELEVANCE or self.search.words
        ]

    @property
    def facets(self) -> list[tuple[str, list[facets.Value]]]:
        return self.counts.facets(self.counted_search) if self.counts else []

    @property
    def tags(self) -> list[facets.Value]:
        return self.counts.tags(self.counted_search) if self.counts else []

    @property
    def tag_ways(self) -> list[tuple[str, list[tuple[str, bool, ImageSearch]]]]:
        """The tags searched for and the commonest beside them: for each its ways, as label, whether it is so now,
        and the search where it is the other way about."""
        search, counts = self.counted_search, self.wider_counts or self.counts
        tags = [*search.every_tag, *(one.value for one in (counts.tags(search) if counts else ()))]
        return [(tag, [(label, *search.turned(tag, field)) for label, field in TAG_WAYS.items()]) for tag in tags]

    @property
    def with_favorites(self) -> ImageSearch:
        return self.search.changed(favorites=not self.search.favorites)


def list_images(scope: Scope, search: ImageSearch, user: Person, with_counts: bool = True) -> Listing:
    """What `search` finds in the scope, from the place on that it names; the first page has counts, if wanted."""
    search = synonyms.meant(search)
    found = find(scope, search, user)
    search = replace(search, collection=found.collection.pk if found.collection else None)
    place = pages.read_place(scope, search)
    try:
        target = _target(search, user)
    except examples.Forgotten:
        return replace(list_images(scope, replace(search, picture=""), user, with_counts), is_forgotten=True)
    is_late = (search.by_meaning or search.by_likeness) and target is None
    near = _near(found, search, target)
    page = _page(found, search, place, near)
    places = scope.places and scope.places(user)
    is_counted = with_counts and not place and not (search.picture and is_late)
    listing = Listing(
        search=search,
        images=tiles(found, search, page.numbers, user),
        next=replace(search, after=pages.write_place(page.next, scope, search)) if page.next else None,
        counts=facets.count(found, places) if is_counted else None,
        wider_counts=_without_any_tags(scope, search, user) if is_counted and search.any_tags else None,
        collection=found.collection,
        is_late=is_late,
        is_lost=bool(search.after) and place is None,
    )
    if search.words and listing.counts and not listing.counts.total:
        return _or_meant(scope, listing, user)
    return listing


def _without_any_tags(scope: Scope, search: ImageSearch, user: Person) -> Counts:
    return facets.count(find(scope, replace(search, any_tags=()), user))


def _or_meant(scope: Scope, listing: Listing, user: Person) -> Listing:
    """Other words, where these find nothing; and where nothing is close in meaning either, what those words find."""
    meant = spelling.meant(scope, listing.search, user)
    if not meant or listing.images:
        return replace(listing, meant=meant)
    other = list_images(scope, meant, user)
    if not other.images:
        return listing
    return replace(other, meant=meant, is_respelled=True, search=listing.search)


def _target(search: ImageSearch, user: Person) -> Meaning | None:
    """What the images are to be near to, if the search says so and it is known in time."""
    if search.like:
        image = Image.objects.visible_to(user).filter(pk=search.like).first()
        return meaning.of_image(image) if image else None
    if search.picture:
        return vectors.of_picture(search.picture)
    return vectors.of_text(search.words) if search.by_meaning else None


def similar_images(image: Image, user: Person, most: int = SIMILAR) -> list[Image]:
    """The images most like `image` of those that this person may find."""
    return _nearest_findable(meaning.of_image(image), Q(pk=image.pk), user, most)


def similar_to_collection(collection: Collection, user: Person, most: int = PAGE_SIZE) -> list[Image]:
    """The images nearest to the middle of what this person is shown of the collection, without those in it."""
    middle = meaning.of_images(Image.objects.shown_in(collection, user))
    return _nearest_findable(middle, Q(pk__in=collection.places.values("image")), user, most)


def _nearest_findable(target: Meaning | None, left_out: Q, user: Person, most: int) -> list[Image]:
    if target is None:
        return []
    found = find(scopes.FINDABLE, ImageSearch(), user)
    others = replace(found, images=found.images.exclude(left_out))
    return tiles(others, ImageSearch(), meaning.nearest(others, target, most), user)


def _near(found: Found, search: ImageSearch, target: Meaning | None) -> list[int]:
    if target is None:
        return []
    if search.like:
        others = replace(found, images=found.images.exclude(pk=search.like))
        return meaning.nearest(others, target)
    return meaning.nearest(found if search.picture else found.without_words, target)


def _page(found: Found, search: ImageSearch, place: pages.Place | None, near: list[int]) -> pages.Page:
    if search.by_likeness:
        return pages.Page(near, None)
    if search.by_relevance:
        return pages.best_match(found, place, near)
    return (pages.most_favorited if search.by_favorites else pages.newest)(found, place)


def tiles(found: Found, search: ImageSearch, numbers: list[int], user: Person) -> list[Image]:
    """The images of these numbers in their order, each with its `marked` text; only such as the scope holds."""
    images = found.images.tiles(user).annotate(place=F("number")).numbered(numbers)
    if search.words:
        text = Coalesce(NullIf("alt_text", Value("")), NullIf("title", Value("")), "prompt")
        images = images.annotate(
            headline=SearchHeadline(
                text,
                found.query,
                config=SEARCH_CONFIG,
                start_sel=MARK,
                stop_sel=UNMARK,
                highlight_all=True,
            )
        )
    by_number = {image.place: image for image in images}
    found_images = [by_number[number] for number in numbers if number in by_number]
    for image in found_images:
        image.marked = marked(image.headline) if search.words and image.headline else image.alt
    return found_images


def marked(headline: str) -> SafeString:
    """The text with every word found in `<mark>`, and nothing else of it read as markup."""
    text = re.sub(f"{MARK}(.*?){UNMARK}", r"<mark>\1</mark>", escape(headline), flags=re.DOTALL)
    return mark_safe(text.replace(MARK, "").replace(UNMARK, ""))
