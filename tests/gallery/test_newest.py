"""Where a search looks for the newest of what it finds."""

import re

from hypothesis import given
from hypothesis import strategies as st

from gallery import facts
from gallery.found import wide_enough

NUMBERS = st.integers(1, 1 << 24)


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
