"""The shapes of a picture to choose from, where the checkpoint draws more than squares."""

from dataclasses import dataclass
from math import sqrt

from generation.unclip import SIDE_STEP


@dataclass(frozen=True)
class Shape:
    key: str
    label: str
    across: int
    down: int

    def sides(self, edge: int) -> tuple[int, int]:
        """Width and height in pixels, about as many in all as in a square of `edge`."""
        unit = edge / sqrt(self.across * self.down)
        width, height = (max(1, round(unit * part / SIDE_STEP)) * SIDE_STEP for part in (self.across, self.down))
        return width, height


SHAPES = (
    Shape("", "Square", 1, 1),
    Shape("portrait", "Portrait 3:4", 3, 4),
    Shape("landscape", "Landscape 4:3", 4, 3),
    Shape("tall", "Tall 9:16", 9, 16),
    Shape("wide", "Wide 16:9", 16, 9),
)
_BY_KEY = {shape.key: shape for shape in SHAPES}


def find_shape(key: str) -> Shape | None:
    return _BY_KEY.get(key)
