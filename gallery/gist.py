"""The gist of a picture in a few bytes: its dominant color, a blurred placeholder, and a hash of what it looks like.

Knows pictures only. The hash is the usual DCT one: the signs of the low frequencies of the picture in 32 x 32 grays
against their median, so it stays nearly the same when a picture is scaled, compressed or tinted.
"""

from base64 import b64encode
from io import BytesIO
from math import cos, pi
from operator import mul
from statistics import median

from PIL.Image import Image as Picture
from PIL.Image import Resampling

from gallery.renditions import bare

#: Pixels along the longer side of the placeholder.
PLACEHOLDER_SIZE = 16
GRAYS = 32
#: Frequencies along each side; their square is the number of the hash's bits.
FREQUENCIES = 8
#: Where no frequency is stronger, about one gray of 256, there is nothing to tell pictures apart by.
FAINT = 500.0
_WAVES = [[cos(pi * k * (2 * x + 1) / (2 * GRAYS)) for x in range(GRAYS)] for k in range(FREQUENCIES)]


def dominant_color(picture: Picture) -> str:
    """The color that most of the picture is near, as `#rrggbb`."""
    small = bare(picture.resize((64, 64)), keep_alpha=False).quantize(8)
    _, index = max(small.getcolors())
    red, green, blue = small.getpalette()[index * 3 : index * 3 + 3]
    return f"#{red:02x}{green:02x}{blue:02x}"


def placeholder(picture: Picture) -> str:
    """A tiny WebP as a data address, some hundred bytes; empty where the picture is seen through."""
    scale = PLACEHOLDER_SIZE / max(picture.size)
    size = [max(1, round(side * scale)) for side in picture.size]
    small = bare(picture.resize(size, reducing_gap=2.0), keep_alpha=True)
    if small.mode == "RGBA":
        return ""
    buffer = BytesIO()
    small.save(buffer, "WEBP", quality=40, method=6)
    return f"data:image/webp;base64,{b64encode(buffer.getvalue()).decode()}"


def perceptual_hash(picture: Picture) -> int | None:
    """64 bits as a signed integer, of which pictures that look alike share nearly all; None for a plain surface."""
    small = bare(picture.resize((GRAYS, GRAYS), Resampling.BOX), keep_alpha=False).convert("L")
    pixels = list(small.tobytes())
    rows = [pixels[start : start + GRAYS] for start in range(0, len(pixels), GRAYS)]
    across = [[sum(map(mul, wave, row)) for row in rows] for wave in _WAVES]
    strengths = [sum(map(mul, wave, column)) for column in across for wave in _WAVES]
    if max(map(abs, strengths[1:])) < FAINT:
        return None
    middle = median(strengths[1:])
    bits = sum(1 << place for place, strength in enumerate(strengths) if strength > middle)
    return bits - (1 << 64) if bits >> 63 else bits
