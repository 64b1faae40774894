"""Where an edit draws: squares that cover the part to be drawn anew, with what is around it in view. Free of torch."""

from collections.abc import Iterator

import numpy as np
from PIL import Image

Box = tuple[int, int, int, int]
#: How much of its surroundings a window shows, as a share of the hole's longer edge.
AROUND = 0.5


def windows(hole: np.ndarray, least: int) -> Iterator[Box]:
    """Boxes (left, top, right, bottom) that cover the True part of `hole` (H, W), squares as far as the picture goes.

    One square that holds the whole hole, at least `least` pixels wide, where the picture has room for it; else squares
    as wide as the picture is, side by side along it with half of each in common.
    """
    height, width = hole.shape
    rows, columns = np.flatnonzero(hole.any(axis=1)), np.flatnonzero(hole.any(axis=0))
    tall, wide = rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1
    edge = min(max(round(max(tall, wide) * (1 + AROUND)), least), width, height)
    for top in _starts(rows[0], rows[-1] + 1, edge, height):
        for left in _starts(columns[0], columns[-1] + 1, edge, width):
            if hole[top : top + edge, left : left + edge].any():
                yield left, top, left + edge, top + edge


def _starts(first: int, last: int, edge: int, length: int) -> list[int]:
    """Where windows of `edge` begin so that they cover first..last within 0..length."""
    if last - first <= edge:
        middle = (first + last - edge) // 2
        return [int(min(max(middle, 0), length - edge))]
    stops = range(int(first), int(last) - edge, max(1, edge // 2))
    return [*stops, int(last) - edge]


def paste(canvas: Image.Image, drawn: Image.Image, box: Box, hole: np.ndarray) -> None:
    """Puts `drawn`, scaled to `box`, into the canvas where the hole is; every other pixel stays as it is."""
    left, top, right, bottom = box
    fitted = drawn.resize((right - left, bottom - top), Image.Resampling.LANCZOS)
    canvas.paste(fitted, (left, top), Image.fromarray(hole[top:bottom, left:right]))
