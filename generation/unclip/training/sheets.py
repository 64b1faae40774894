"""Contact sheets: many pictures in one, to judge a model at a glance."""

from collections.abc import Sequence

from PIL import Image


def grid(pictures: Sequence[Image.Image], columns: int, gap: int = 2) -> Image.Image:
    """The pictures row by row on white, all of the first one's size."""
    width, height = pictures[0].size
    rows = -(-len(pictures) // columns)
    sheet = Image.new("RGB", (columns * (width + gap) + gap, rows * (height + gap) + gap), "white")
    for place, picture in enumerate(pictures):
        row, column = divmod(place, columns)
        sheet.paste(picture, (gap + column * (width + gap), gap + row * (height + gap)))
    return sheet
