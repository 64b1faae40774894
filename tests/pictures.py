"""Pictures for tests: with something to see in them, and the same each time."""

import random

from PIL import Image as Pictures
from PIL import ImageDraw


def scene(seed: int, size: tuple[int, int] = (300, 200)) -> Pictures.Image:
    """A few colored shapes, other ones for each seed."""
    dice = random.Random(seed)
    picture = Pictures.new("RGB", size, tuple(dice.choices(range(256), k=3)))
    draw = ImageDraw.Draw(picture)
    for _ in range(12):
        left, top = dice.randrange(size[0]), dice.randrange(size[1])
        right, bottom = left + dice.randrange(size[0] // 2), top + dice.randrange(size[1] // 2)
        draw.ellipse((left, top, right, bottom), tuple(dice.choices(range(256), k=3)))
    return picture
