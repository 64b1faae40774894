"""Draws one SVG or WebP picture at the size of the set, with its transparency."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
import resvg_py
from PIL import Image, UnidentifiedImageError

from .looks import LOOKS
from .palette import dominant_color
from .sources import Drawing

QUALITY = 90
#: Less ink than this share of the square is a broken drawing or a hairline.
LEAST_COVER = 0.015


@dataclass(frozen=True)
class Rendered:
    """A WebP file with alpha, and the dominant color word of the subject, where it has one."""

    webp: bytes
    color: str | None


class Unrenderable(Exception):
    """The drawing is broken, or nearly empty."""


def render(drawing: Drawing, size: int) -> Rendered:
    """Raises Unrenderable."""
    buffer = io.BytesIO()
    look = LOOKS.get(drawing.style, lambda picture: picture)
    look(_draw(drawing.content, size)).save(buffer, "WEBP", quality=QUALITY)
    # Judged as training will see it, after compression.
    rgba = np.asarray(Image.open(buffer).convert("RGBA"))
    if (rgba[..., 3] >= 128).mean() < LEAST_COVER:
        raise Unrenderable(f"{drawing.source}: {drawing.concept} is nearly empty")
    return Rendered(buffer.getvalue(), None if drawing.is_framed else dominant_color(rgba))


def _draw(content: str | bytes, size: int) -> Image.Image:
    try:
        if isinstance(content, str):
            content = bytes(resvg_py.svg_to_bytes(svg_string=_sized(content, size), skip_system_fonts=True))
        picture = Image.open(io.BytesIO(content)).convert("RGBA")
    except (ValueError, RuntimeError, UnidentifiedImageError) as exc:
        raise Unrenderable(str(exc)) from exc
    if picture.size != (size, size):
        picture.thumbnail((size, size), Image.Resampling.LANCZOS)
        square = Image.new("RGBA", (size, size))
        square.paste(picture, ((size - picture.width) // 2, (size - picture.height) // 2))
        picture = square
    return picture


def _sized(svg: str, size: int) -> str:
    return svg.replace("<svg ", f'<svg width="{size}" height="{size}" ', 1)
