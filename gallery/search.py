"""One search, as a value: it reads and writes its own query string and narrows a queryset of images.

Words go through PostgreSQL full text (web syntax, accents folded, last word as a prefix); only when they match nothing
are near spellings tried. Who may see what is the queryset's business, not this module's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.contrib.postgres.search import SearchQuery, SearchRank, TrigramWordSimilarity
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import F, Q
from django.http import QueryDict

from gallery import tags as tag_names
from gallery.models import SEARCH_CONFIG, TRIGRAM_FIELDS, TaggedImage
from gallery.vocabulary import STOP_WORDS

if TYPE_CHECKING:
    from gallery.querysets import ImageQuerySet

WORDS_LENGTH = 200
#: How much of two words' trigrams must agree for "aple" to mean "apple" (pg_trgm's own 0.6 is too strict for that).
NEARNESS = "0.45"
NEAR_WORDS = 8
TAGS_LIMIT = 10
NEWEST, RELEVANCE = "newest", "relevance"
LAST_WORD = re.compile(r"(?<![-\w\"])[^\W_]{2,}$")


@dataclass(frozen=True)
class ImageSearch:
    words: str = ""
    tags: tuple[str, ...] = ()
    favorites: bool = False
    order: str = ""
    page: int = 1
    #: Whether the words were longer than is searched for.
    is_cut: bool = False

    @classmethod
    def from_querystring(cls, query: QueryDict) -> ImageSearch:
        """Any query string is a search; what is not understood is left out."""
        words = _printable(query.get("q", ""))
        order = query.get("order", "")
        return cls(
            words=words[:WORDS_LENGTH].strip(),
            tags=_known_spellings(query.getlist("tag")),
            favorites=query.get("favorites", "") in {"1", "on", "true"},
            order=order if order in {NEWEST, RELEVANCE} else "",
            page=_page_number(query.get("page", "")),
            is_cut=len(words) > WORDS_LENGTH,
        )

    def to_querystring(self) -> str:
        """The shortest query string that gives this search again."""
        pairs = [("q", self.words)] if self.words else []
        pairs += [("tag", tag) for tag in self.tags]
        pairs += [("favorites", "1")] if self.favorites else []
        pairs += [("order", self.order)] if self.order else []
        pairs += [("page", str(self.page))] if self.page > 1 else []
        return urlencode(pairs)

    @property
    def is_empty(self) -> bool:
        """Whether nothing narrows the images down."""
        return not (self.words or self.tags or self.favorites)

    @property
    def by_relevance(self) -> bool:
        """Best match first; the default when there are words to match."""
        return bool(self.words) and self.order != NEWEST

    def with_tag(self, tag: str) -> ImageSearch:
        return replace(self, tags=tuple(dict.fromkeys([*self.tags, tag])), page=1)

    def without_tag(self, tag: str) -> ImageSearch:
        return replace(self, tags=tuple(other for other in self.tags if other != tag), page=1)

    def with_favorites(self, favorites: bool) -> ImageSearch:
        return replace(self, favorites=favorites, page=1)

    def ordered(self, order: str) -> ImageSearch:
        return replace(self, order=order, page=1)

    def at_page(self, page: int) -> ImageSearch:
        return replace(self, page=page)

    def narrow(self, images: ImageQuerySet, user) -> ImageQuerySet:
        """Those of `images` that have every tag and, if asked, this person's heart; the words come after."""
        for tag in self.tags:
            images = images.filter(pk__in=TaggedImage.objects.filter(tag__name=tag).values("content_object"))
        if self.favorites:
            images = images.filter(favorites__user=user) if user.is_authenticated else images.none()
        return images

    def match(self, images: ImageQuerySet) -> ImageQuerySet:
        """Those of `images` that the words find, in the asked order."""
        if not self.words:
            return images.order_by("-created_at", "-id")
        query = word_query(self.words)
        return self._order(images.filter(search=query).annotate(rank=SearchRank(F("search"), query)))

    def near_matches(self, images: ImageQuerySet) -> ImageQuerySet:
        """Those of `images` in which every word is spelled nearly like some word of theirs, nearest first."""
        words = _plain_words(self.words)
        if not words:
            return images.none()
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('pg_trgm.word_similarity_threshold', %s, false)", [NEARNESS])
        for word in words:
            spelled = [Q((f"{field}__trigram_word_similar", word)) for field in TRIGRAM_FIELDS]
            images = images.filter(Q.create(spelled, Q.OR))
        nearness = TrigramWordSimilarity(" ".join(words), "prompt")
        return images.annotate(nearness=nearness).order_by("-nearness", "-created_at", "-id")

    def _order(self, images: ImageQuerySet) -> ImageQuerySet:
        order = ["-rank"] if self.by_relevance else []
        return images.order_by(*order, "-created_at", "-id")


def word_query(words: str) -> SearchQuery:
    """Web syntax (quotes, OR, minus), where the last word may still be being typed: "red app" finds apples."""
    query = SearchQuery(words, config=SEARCH_CONFIG, search_type="websearch")
    last = LAST_WORD.search(words)
    if not last or words.count('"') % 2:
        return query
    prefix = SearchQuery(f"{last[0]}:*", config=SEARCH_CONFIG, search_type="raw")
    rest = words[: last.start()].strip()
    if rest:
        prefix = SearchQuery(rest, config=SEARCH_CONFIG, search_type="websearch") & prefix
    return query | prefix


def _plain_words(words: str) -> list[str]:
    """Words worth a second look for their spelling; none where the search excludes something or is all punctuation."""
    if re.search(r"(^|\s)-\w", words):
        return []
    plain = [word for word in re.findall(r"\w+", words) if len(word) > 2 and word.lower() not in STOP_WORDS]
    return plain[:NEAR_WORDS]


def _printable(text: str) -> str:
    """The text with whatever does not print (NUL, direction marks) read as a space."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _known_spellings(names: list[str]) -> tuple[str, ...]:
    tags = []
    for name in names[:TAGS_LIMIT]:
        try:
            tags.append(tag_names.normalize(name))
        except ValidationError:
            continue
    return tuple(dict.fromkeys(tags))


def _page_number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 and int(text) > 0 else 1
