"""Where a search looks for the newest of what it finds."""

import re

import pytest
from django.contrib.auth.models import AnonymousUser
from hypothesis import given
from hypothesis import strategies as st

from gallery import facts, scopes, services
from gallery.found import find, wide_enough
from gallery.models import Image
from gallery.search import ImageSearch
from tests.factories import ImageFactory

NUMBERS = st.integers(1, 1 << 24)
#: The last number of the sparse library: some of its images are in the newest block of each size, most are not.
LAST = (1 << 18) + 700


def numbers_of(keys):
    """The numbers that blocks with these keys hold."""
    for key in keys:
        level, block = map(int, re.fullmatch(r"=n(\d+)\.(\d+)", key).groups())
        yield range(block << level, (block + 1) << level)


@given(number=NUMBERS, count=NUMBERS)
def test_blocks_hold_the_numbers_below_and_few_more(number, count):
    blocks = list(numbers_of(facts.newest_below(number, count)))
    if not blocks:
        return
    assert all(after.start == before.stop for before, after in zip(blocks[1:], blocks, strict=False))
    assert blocks[0].stop >= number > blocks[-1].start
    assert number - blocks[-1].start >= count
    assert blocks[0].stop - blocks[-1].start <= count + 2 * len(blocks[0])


@given(number=NUMBERS, count=NUMBERS)
def test_there_are_no_blocks_where_they_would_be_all(number, count):
    smallest = 1 << facts.LEVELS[0]
    if count >= number:
        assert facts.newest_below(number, count) == []
    if count <= smallest and number > 2 * smallest:
        assert facts.newest_below(number, count)


@given(number=NUMBERS, count=st.integers(1, facts.BLOCKS << facts.LEVELS[-1]))
def test_few_keys_name_them(number, count):
    assert len(facts.newest_below(number, count)) <= facts.BLOCKS + 2


@given(size=st.integers(1 << 10, 1 << 24), seen=st.integers(1, 1000), need=st.integers(1, 1001))
def test_a_wider_part_holds_enough_by_what_was_seen(size, seen, need):
    wider = wide_enough(size, seen, need)
    assert wider >= 2 * size
    assert wider * seen >= size * need


def test_little_that_was_seen_tells_little():
    few, many = wide_enough(1 << 13, 2, 180), wide_enough(1 << 13, 20, 1800)
    assert few > 2 * many


@pytest.fixture
def sparse_library(alice):
    """Images whose numbers are as those of a large library: many apart, and the older the further."""
    for place in range(40):
        tags = {"red"} | ({"apple"} if place % 2 else {"pear"}) | ({"rare"} if place in {17, 35} else set())
        image = ImageFactory(
            owner=alice,
            prompt=f"a red {'apple' if place % 2 else 'pear'}",
            tags=tags,
            style="photo" if place % 3 else "sketch",
            visibility="private" if place % 5 == 0 else "public",
        )
        Image.objects.filter(pk=image.pk).update(number=LAST - 7 * place**3)
    services.trash(Image.objects.get(number=LAST - 7))


@pytest.mark.parametrize(
    "search",
    [
        ImageSearch(),
        ImageSearch(tags=("red", "apple")),
        ImageSearch(any_tags=("apple", "rare"), no_tags=("pear",)),
        ImageSearch(no_tags=("apple",)),
        ImageSearch(tags=("rare",), style="photo"),
        ImageSearch(words="apple"),
        ImageSearch(words='"red" -pear', tags=("red",)),
        ImageSearch(words="appl"),
        ImageSearch(words="appl", no_tags=("rare",)),
        ImageSearch(words="cow"),
    ],
    ids=ImageSearch.to_querystring,
)
@pytest.mark.parametrize("scope", [scopes.LISTED, scopes.OWNED], ids=lambda scope: scope.name)
def test_the_newest_are_found_wherever_they_are(sparse_library, alice, scope, search):
    found = find(scope, search, alice if scope is scopes.OWNED else AnonymousUser())
    everything = sorted((image.number for image in scope.images(alice) if fits(image, search)), reverse=True)
    middle = everything[len(everything) // 2] if everything else None
    for need in (1, 5, 100):
        assert found.newest(None, need) == everything[:need]
        assert found.newest(middle, need) == [number for number in everything if number < (middle or 0)][:need]
        assert found.count(need) == min(need, len(everything))
    part = found.part_with(3)
    assert part is None or set(part.values_list("number", flat=True)) <= set(everything)


def fits(image, search):
    """Whether a search finds the image, told word by word."""
    tags, words = set(image.tags.names()), image.prompt.split()
    for word in search.words.replace('"', "").split():
        is_there = any(other.startswith(word.lstrip("-")) for other in words)
        if is_there == word.startswith("-"):
            return False
    return (
        tags >= set(search.tags)
        and (not search.any_tags or bool(tags & set(search.any_tags)))
        and not tags & set(search.no_tags)
        and search.style in ("", image.style)
    )
