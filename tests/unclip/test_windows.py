import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from generation.unclip.windows import paste, windows


def a_hole(size: tuple[int, int], box: tuple[int, int, int, int]) -> np.ndarray:
    left, top, right, bottom = box
    hole = np.zeros((size[1], size[0]), bool)
    hole[top:bottom, left:right] = True
    return hole


@given(st.tuples(st.integers(8, 400), st.integers(8, 400)), st.data())
def test_windows_are_squares_that_cover_the_hole(size, data):
    left, top = (data.draw(st.integers(0, edge - 1)) for edge in size)
    right, bottom = data.draw(st.integers(left + 1, size[0])), data.draw(st.integers(top + 1, size[1]))
    hole = a_hole(size, (left, top, right, bottom))
    covered = np.zeros_like(hole)
    for x0, y0, x1, y1 in windows(hole, 64):
        assert 0 <= x0 < x1 <= size[0]
        assert 0 <= y0 < y1 <= size[1]
        assert x1 - x0 == y1 - y0
        covered[y0:y1, x0:x1] = True
    assert covered[hole].all()


@pytest.mark.parametrize(
    ("size", "box", "count"),
    [
        ((256, 256), (100, 100, 140, 140), 1),
        ((384, 256), (256, 0, 384, 256), 1),
        ((512, 128), (0, 0, 512, 128), 7),
    ],
)
def test_as_few_windows_as_are_needed(size, box, count):
    assert len(list(windows(a_hole(size, box), 256))) == count


def test_paste_changes_the_hole_alone():
    canvas, hole = Image.new("RGB", (8, 8), "white"), a_hole((8, 8), (2, 2, 5, 6))
    paste(canvas, Image.new("RGB", (3, 3), "red"), (0, 0, 8, 8), hole)
    assert (np.asarray(canvas)[hole] == (255, 0, 0)).all()
    assert (np.asarray(canvas)[~hole] == 255).all()
