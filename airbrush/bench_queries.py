"""What `bench_search` asks of one library, as two people ask it, and how long the answers take.

Anonymous searches what everybody finds; the owner searches a library of their own, most of it private. Beside each
row stands the naive way: ILIKE, a join for each tag, OFFSET, and no index over vectors.
"""

import random
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.db import OperationalError, connection
from django.db.models import Count, Q
from pgvector.django import CosineDistance
from taggit.models import Tag

from airbrush import bench_library as library
from gallery import completion, facets, meaning, pages, scopes, tag_counts, vectors
from gallery.found import find
from gallery.listing import list_images, tiles
from gallery.models import Image
from gallery.search import NEWEST, ImageSearch

SEARCHES = 24
#: How often each search is asked after it was asked once to warm up.
REPEATED = 3
#: Naive answers take seconds: few are enough.
NAIVE_SEARCHES = 2
PATIENCE = 20  # seconds, after which a naive answer counts as that long
TARGETS = 40
NEAREST = 20
#: The share of the library that the narrowest filter leaves.
RARE = 0.001

Times = tuple[float, float]


class Report:
    """Milliseconds of each row (p50, p95), of the naive way (p50), recall, and the sizes of indexes."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.rows: dict[str, Times] = {}
        self.naive: dict[str, float] = {}
        owner = get_user_model().objects.get(pk=library.OWNER)
        known = targets(size)
        for scope, person, who in ((scopes.LISTED, AnonymousUser(), "anonymous"), (scopes.OWNED, owner, "owner")):
            with meanings_known(known):
                for name, ask, asked in Questions(scope, person, known).rows():
                    self.rows[f"{name}, {who}"] = timed(ask, asked)
        for name, ask, asked in naive_rows():
            self.naive[f"{name}, anonymous"] = naive_time(ask, asked)
        self.recall = recalls(size, known)
        self.indexes, self.bytes = disk()


def timed(ask: Callable, asked: Sequence) -> Times:
    for one in asked:
        ask(one)
    times = sorted(milliseconds(ask, one) for _ in range(REPEATED) for one in asked)
    return statistics.median(times), times[int(len(times) * 0.95)]


def milliseconds(ask: Callable, one: object) -> float:
    started = time.perf_counter()
    ask(one)
    return (time.perf_counter() - started) * 1000


def naive_time(ask: Callable, asked: Sequence) -> float:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, false)", [f"{PATIENCE}s"])
        try:
            return statistics.median(milliseconds(ask, one) for one in asked[:NAIVE_SEARCHES])
        except OperationalError:
            return PATIENCE * 1000
        finally:
            cursor.execute("SELECT set_config('statement_timeout', '0', false)")


def targets(size: int) -> list[meaning.Meaning]:
    """Places near images: what a query's meaning is."""
    noise = np.random.default_rng(11)
    _, batch = next(library.vectors(size))
    rows = batch[:TARGETS] + 0.03 * noise.standard_normal((TARGETS, library.DIMENSIONS))
    return [meaning.Meaning(tuple(map(float, row / np.linalg.norm(row))), library.CLIP_MODEL) for row in rows]


@contextmanager
def meanings_known(known: list[meaning.Meaning]) -> Iterator[None]:
    """The embed worker has answered before, so every meaning is in the cache; the cache's own time is not measured."""
    choose = random.Random(5)
    of_text = vectors.of_text
    vectors.of_text = lambda text: choose.choice(known)
    yield
    vectors.of_text = of_text


class Questions:
    def __init__(self, scope: scopes.Scope, person: AnonymousUser, known: list[meaning.Meaning]) -> None:
        self.scope, self.person, self.known = scope, person, known
        self.random = random.Random(3)
        self.words = [self.word() for _ in range(SEARCHES)]
        self.words += [f"{self.word(library.LOOKS)} {self.word(library.THINGS)}" for _ in range(SEARCHES // 2)]
        self.tags = [self.word(library.vocabulary()) for _ in range(SEARCHES)]

    def word(self, among: Sequence[str] = ()) -> str:
        """A word as people draw it: the common ones more often, and some that are rare."""
        among = among or (library.THINGS if self.random.random() < 0.7 else library.vocabulary())
        return among[int(6 * (1 + len(among) / 6) ** self.random.random()) - 6]

    def list(self, search: ImageSearch) -> None:
        list_images(self.scope, search, self.person, with_counts=False)

    def nearest(self, target: meaning.Meaning) -> None:
        """The images close to a meaning, whatever their words: what hybrid search has beside words alone."""
        search = ImageSearch()
        found = find(self.scope, search, self.person)
        tiles(found, search, meaning.nearest(found, target), self.person)

    def count(self, search: ImageSearch) -> None:
        facets.count(find(self.scope, search, self.person), self.scope.places(self.person))

    def suggest(self, start: str) -> None:
        completion.complete(self.person, start)

    def rows(self) -> Iterator[tuple[str, Callable, list]]:
        own = self.scope.images(self.person).order_by("?").values_list("pk", flat=True)
        two = [(self.word(library.THINGS), self.word(library.LOOKS)) for _ in range(SEARCHES)]
        words = [ImageSearch(words=word) for word in self.words]
        # Quotes ask for words alone.
        exact = [ImageSearch(words=" ".join(f'"{word}"' for word in words.split())) for words in self.words]
        yield "words", self.list, exact
        yield "words + 2 tags", self.list, [ImageSearch(words=f'"{tags[0]}"', tags=tags) for tags in two]
        yield "tag none-of", self.list, [ImageSearch(no_tags=(tag,)) for tag in self.tags]
        yield "meaning", self.nearest, self.known
        yield "hybrid", self.list, words
        yield "similar", self.list, [ImageSearch(like=key) for key in own[:SEARCHES]]
        filters = [ImageSearch(style=style) for style in library.STYLES] + [
            ImageSearch(tags=(tag,)) for tag in self.tags
        ]
        yield "facets", self.count, [ImageSearch(), *exact, *filters]
        yield "newest page", self.list, [ImageSearch(order=NEWEST)] * SEARCHES
        yield "page 50 by keyset", self.list, [self.far()] * SEARCHES
        yield "tag autocomplete", self.suggest, [tag[:length] for tag in self.tags for length in (1, 2, 3)]

    def far(self) -> ImageSearch:
        """The search that goes on after the 49th page, or half-way through fewer images."""
        numbers = self.scope.images(self.person).order_by("-number").values_list("number", flat=True)
        skipped = min(49 * pages.PAGE_SIZE, numbers.count() // 2)
        search = ImageSearch()
        return search.changed(after=pages.write_place((numbers[skipped],), self.scope, search))


def naive_rows() -> Iterator[tuple[str, Callable, list]]:
    """The same for an anonymous person, as one writes it first."""
    images = Image.objects.filter(visibility="public", deleted_at=None).order_by("-created_at", "-id")

    def having(word: str) -> Q:
        return Q(title__icontains=word) | Q(prompt__icontains=word) | Q(alt_text__icontains=word)

    def near(target: meaning.Meaning) -> list:
        found = images.filter(embeddings__clip_model=target.clip_model)
        return list(found.order_by(CosineDistance("embeddings__vector", list(target.vector)))[: pages.PAGE_SIZE])

    def page(found: object, start: int = 0) -> list:
        return list(found[start : start + pages.PAGE_SIZE])

    def counts(word: str) -> list:
        names = ("style", "color_name", "license", "visibility", "checkpoint")
        return [list(images.filter(having(word)).order_by().values(name).annotate(Count("pk"))) for name in names]

    def tags(start: str) -> list:
        listed = Q(gallery_taggedimage_items__content_object__visibility="public")
        found = Tag.objects.filter(name__istartswith=start).annotate(number=Count("gallery_taggedimage_items", listed))
        return list(found.order_by("-number")[:10])

    known = targets(library.BATCH)
    yield "words", lambda word: page(images.filter(having(word))), ["lantern", "wizard"]
    yield (
        "words + 2 tags",
        lambda word: page(images.filter(having(word)).filter(tags__name=word).filter(tags__name="green").distinct()),
        ["lantern", "wizard"],
    )
    yield "tag none-of", lambda tag: page(images.exclude(tags__name=tag)), ["lantern", "wizard"]
    yield "meaning", near, known
    yield "similar", near, known
    yield "facets", counts, ["lantern", "wizard"]
    yield "newest page", lambda _: page(images), [1, 2]
    yield "page 50 by keyset", lambda _: page(images, 49 * pages.PAGE_SIZE), [1, 2]
    yield "tag autocomplete", tags, ["a", "ko"]


def recalls(size: int, known: list[meaning.Meaning]) -> dict[str, tuple[float, bool]]:
    """Of the nearest 20 the share that a search finds, with filters that leave much and little; and whether it fills
    the page as far as there are images."""
    listed = dict(tag_counts.commonest(None, library.TAGS))
    rare = min(listed, key=lambda tag: abs(listed[tag] - max(RARE * size, pages.PAGE_SIZE)))
    searches = {
        "everything public": ImageSearch(),
        "one style": ImageSearch(style=library.STYLES[2]),
        "one common tag": ImageSearch(tags=(library.THINGS[0],)),
        f"a tag on {listed[rare] / size:.2%}": ImageSearch(tags=(rare,)),
    }
    finds = {name: find(scopes.LISTED, search, AnonymousUser()) for name, search in searches.items()}
    allowed = {name: np.fromiter(found.all().values_list("number", flat=True), int) for name, found in finds.items()}
    truth = exactly_nearest(size, known, allowed)
    found = {}
    for name, images in finds.items():
        near = [meaning.nearest(images, target) for target in known]
        hits = [len(set(numbers[:NEAREST]) & set(exact)) for numbers, exact in zip(near, truth[name], strict=True)]
        wanted = min(meaning.NEAR, len(allowed[name]))
        recall = sum(hits) / (len(known) * min(NEAREST, len(allowed[name])))
        found[name] = (recall, all(len(numbers) == wanted for numbers in near))
    return found


def exactly_nearest(size: int, known: list[meaning.Meaning], allowed: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The numbers of the nearest images, by computing every distance."""
    wanted = np.array([target.vector for target in known], np.float32)
    nearness = np.concatenate([wanted @ batch.T for _, batch in library.vectors(size)], axis=1)
    best = {}
    for name, numbers in allowed.items():
        order = np.argpartition(-nearness[:, numbers - 1], NEAREST, axis=1)[:, :NEAREST]
        best[name] = numbers[order]
    return best


def disk() -> tuple[dict[str, tuple[float, int]], int]:
    """Seconds to build and bytes of each index, the largest first; and the bytes of the whole database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, seconds, pg_relation_size(name::regclass) FROM bench_index ORDER BY 3 DESC LIMIT 8"
        )
        indexes = {name: (seconds, size) for name, seconds, size in cursor.fetchall()}
        cursor.execute("SELECT pg_database_size(current_database())")
        return indexes, cursor.fetchone()[0]
