"""One search, as a value: it reads and writes its own query string. What it finds is found.py's business."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlencode
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import QueryDict

from gallery import colors, tags, words
from gallery.models import Image

WORDS_LENGTH = 200
VALUE_LENGTH = 200
TAGS_LIMIT = 10
NEWEST, RELEVANCE, FAVORITES = "newest", "relevance", "favorites"
ORIENTATIONS = ("landscape", "portrait", "square")
#: Facets whose values are known beforehand; any other value is left out. Styles and checkpoints are free text.
KNOWN = {
    "orientation": ORIENTATIONS,
    "color": colors.NAMES,
    "license": tuple(Image.License.values),
    "visibility": tuple(Image.Visibility.values),
}
FACETS = ("style", "orientation", "color", "license", "visibility", "checkpoint")
#: `tag:apple`, `-tag:"fire truck"`: tags typed among the words.
TYPED_TAG = re.compile(r"(?<!\S)(-?)tag:(?:\"([^\"]*)\"?|(\S*))", re.IGNORECASE)
#: What a picture to search by is known by.
TOKEN = re.compile(r"[\w-]{22}", re.ASCII)
#: Parameter -> field, where several tags may stand.
TAG_FIELDS = {"tag": "tags", "any": "any_tags", "not": "no_tags"}


@dataclass(frozen=True)
class ImageSearch:
    words: str = ""
    #: All of these, one of these, none of these.
    tags: tuple[str, ...] = ()
    any_tags: tuple[str, ...] = ()
    no_tags: tuple[str, ...] = ()
    favorites: bool = False
    style: str = ""
    orientation: str = ""
    color: str = ""
    license: str = ""
    visibility: str = ""
    checkpoint: str = ""
    #: Only images of this one; left out by `find` for whoever may not open it.
    collection: UUID | None = None
    since: date | None = None
    until: date | None = None
    #: An image, to find others like it.
    like: UUID | None = None
    #: The token of a picture that somebody has sent, to find images like it.
    picture: str = ""
    order: str = ""
    #: Where to go on, as the last page said.
    after: str = ""
    #: Whether the words were longer than is searched for.
    is_cut: bool = False

    @classmethod
    def from_querystring(cls, query: QueryDict) -> ImageSearch:
        """Any query string is a search; what is not understood is left out."""
        text = printable(query.get("q", ""))
        typed = [(minus, quoted or plain) for minus, quoted, plain in TYPED_TAG.findall(text)]
        rest = " ".join(TYPED_TAG.sub(" ", text).split())
        order = query.get("order", "")
        return cls(
            words=rest[:WORDS_LENGTH].strip(),
            tags=_known_spellings([*query.getlist("tag"), *(name for minus, name in typed if not minus)]),
            any_tags=_known_spellings(query.getlist("any")),
            no_tags=_known_spellings([*query.getlist("not"), *(name for minus, name in typed if minus)]),
            favorites=query.get("favorites", "") in {"1", "on", "true"},
            **{name: _facet(name, query.get(name, "")) for name in FACETS},
            collection=_uuid(query.get("collection", "")),
            since=_date(query.get("from", "")),
            until=_date(query.get("to", "")),
            like=_uuid(query.get("like", "")),
            picture=picture if TOKEN.fullmatch(picture := query.get("picture", "")) else "",
            order=order if order in {NEWEST, RELEVANCE, FAVORITES} else "",
            after=query.get("after", "")[:VALUE_LENGTH],
            is_cut=len(rest) > WORDS_LENGTH,
        )

    def to_querystring(self) -> str:
        """The shortest query string that gives this search again."""
        pairs = [("q", self.words)]
        pairs += [(name, tag) for name, field in TAG_FIELDS.items() for tag in getattr(self, field)]
        pairs += [("favorites", "1" if self.favorites else "")]
        pairs += [(name, getattr(self, name)) for name in FACETS]
        pairs += [("collection", self.collection), ("from", self.since), ("to", self.until)]
        pairs += [("like", self.like), ("picture", self.picture)]
        pairs += [("order", self.order), ("after", self.after)]
        return urlencode([(name, value) for name, value in pairs if value])

    @property
    def filters(self) -> ImageSearch:
        """What a search for something else carries along."""
        return self.changed(words="", like=None, picture="")

    @property
    def hidden_fields(self) -> list[tuple[str, str]]:
        """What a form that asks for other words carries along, as names and values."""
        query = QueryDict(self.filters.to_querystring())
        return [(name, value) for name, values in query.lists() for value in values]

    @property
    def is_empty(self) -> bool:
        """Whether nothing narrows the images down."""
        return not replace(self, order="", after="").to_querystring()

    @property
    def is_lasting(self) -> bool:
        """Whether it is worth keeping: a picture to search by is gone after a day."""
        return not self.is_empty and not self.picture

    @property
    def by_likeness(self) -> bool:
        """Whether the images are to be like another one."""
        return bool(self.like or self.picture)

    @property
    def by_relevance(self) -> bool:
        """Best match first; the default when there are words, or an image, to match."""
        return self.by_likeness or bool(self.words and self.order in {"", RELEVANCE})

    @property
    def by_favorites(self) -> bool:
        return self.order == FAVORITES

    @property
    def by_meaning(self) -> bool:
        """Whether images without these words may answer too, if they are close in meaning."""
        return self.by_relevance and not self.by_likeness and words.are_plain(self.words)

    @property
    def without_likeness(self) -> ImageSearch:
        return self.changed(like=None, picture="")

    @property
    def chosen(self) -> list[tuple[str, str, ImageSearch]]:
        """Whatever narrows the images down beside the words: its kind, its value, and the search without it."""
        chosen = [
            (name, tag, self.without_tag(tag)) for name, field in TAG_FIELDS.items() for tag in getattr(self, field)
        ]
        chosen += [(name, getattr(self, name), self.changed(**{name: ""})) for name in FACETS if getattr(self, name)]
        chosen += [("collection", str(self.collection), self.changed(collection=None))] if self.collection else []
        chosen += [("from", self.since.isoformat(), self.changed(since=None))] if self.since else []
        chosen += [("to", self.until.isoformat(), self.changed(until=None))] if self.until else []
        return chosen

    def changed(self, **values: object) -> ImageSearch:
        """The search with other values, from its first page on."""
        return replace(self, **{"after": "", **values})

    @property
    def every_tag(self) -> list[str]:
        return [tag for field in TAG_FIELDS.values() for tag in getattr(self, field)]

    def with_tag(self, tag: str, field: str = "tags") -> ImageSearch:
        """The search with the tag in one of TAG_FIELDS, and in none of the others."""
        without = self.without_tag(tag)
        return replace(without, **{field: (*getattr(without, field), tag)})

    def without_tag(self, tag: str) -> ImageSearch:
        fields = TAG_FIELDS.values()
        return self.changed(**{name: tuple(other for other in getattr(self, name) if other != tag) for name in fields})

    def turned(self, tag: str, field: str) -> tuple[bool, ImageSearch]:
        """Whether the tag is in this field, and the search where it is the other way about."""
        is_there = tag in getattr(self, field)
        return is_there, self.without_tag(tag) if is_there else self.with_tag(tag, field)


def printable(text: str) -> str:
    """The text with whatever does not print (NUL, direction marks) read as a space."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _known_spellings(names: list[str]) -> tuple[str, ...]:
    found = []
    for name in names[:TAGS_LIMIT]:
        try:
            found.append(tags.normalize(name))
        except ValidationError:
            continue
    return tuple(dict.fromkeys(found))


def _facet(name: str, value: str) -> str:
    value = printable(value)[:VALUE_LENGTH]
    return value if name not in KNOWN or value in KNOWN[name] else ""


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if len(text) == 36 else None
    except ValueError:
        return None
