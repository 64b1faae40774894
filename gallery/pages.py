"""One page of what a search finds, in each order, and where the next page begins.

A place to go on from is a few whole numbers; what they mean is the order's own business. They are bound to the search:
those of another one lead nowhere.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gallery.found import BATCH
from gallery.meaning import fuse

if TYPE_CHECKING:
    from gallery.found import Found
    from gallery.scopes import Scope
    from gallery.search import ImageSearch

PAGE_SIZE = 60
#: Up to so many images are sorted by their hearts; with more, hearts lead to images.
SORTED = 5000

Place = tuple[int, ...]


@dataclass(frozen=True)
class Page:
    numbers: list[int]
    next: Place | None


def newest(found: Found, place: Place | None) -> Page:
    rows = found.newest(place[0] if place else None, PAGE_SIZE + 1)
    page = rows[:PAGE_SIZE]
    return Page(page, (page[-1],) if len(rows) > PAGE_SIZE else None)


def most_favorited(found: Found, place: Place | None) -> Page:
    are_few = found.is_picked and found.count(SORTED + 1) <= SORTED
    rows = found.most_favorited((place[0], place[1]) if place else None, PAGE_SIZE + 1, are_few)
    page = rows[:PAGE_SIZE]
    return Page([number for _, number in page], page[-1] if len(rows) > PAGE_SIZE else None)


def best_match(found: Found, place: Place | None, near: list[int]) -> Page:
    """Images with the words, sorted batch by batch, and among those of the first batch the ones close in meaning."""
    top, shown, batch_number = place or (0, 0, 0)
    batch = found.newest(top or None, BATCH)
    ranked = fuse(found.ranked(batch), near) if batch_number == 0 else found.ranked([*set(batch).difference(near)])
    page = ranked[shown : shown + PAGE_SIZE]
    if shown + PAGE_SIZE < len(ranked):
        # An image that comes meanwhile must not push the others on.
        return Page(page, (top or max(ranked) + 1, shown + PAGE_SIZE, batch_number))
    return Page(page, (batch[-1], 0, batch_number + 1) if len(batch) == BATCH else None)


def write_place(place: Place, scope: Scope, search: ImageSearch) -> str:
    return "-".join([_mark(scope, search), *map(str, place)])


def read_place(scope: Scope, search: ImageSearch) -> Place | None:
    """Where the search says to go on; None where it says nothing, or what another search said."""
    mark, *numbers = search.after.split("-")
    known = mark == _mark(scope, search) and all(text.isascii() and text.isdigit() for text in numbers)
    place = tuple(int(text[:18]) for text in numbers) if known else ()
    return place if len(place) == _length(search) else None


def _length(search: ImageSearch) -> int:
    """How many numbers a place has in the order of the search."""
    if search.by_relevance:
        return 3
    return 2 if search.by_favorites else 1


def _mark(scope: Scope, search: ImageSearch) -> str:
    text = f"{scope.name}?{search.changed().to_querystring()}"
    return hashlib.sha256(text.encode()).hexdigest()[:8]
