"""Draws one picture at the size of the set, with its transparency where it has any."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import resvg_py
from PIL import Image, ImageOps, UnidentifiedImageError

from generation.unclip.errors import PictureInvalid
from generation.unclip.pictures import open_picture, square

from .looks import LOOKS
from .palette import dominant_color
from .sources import Drawing

QUALITY = 90
#: Less ink than this share of the square is a broken drawing or a hairline.
LEAST_COVER = 0.015
#: A picture file must have at least this many pixels along its shorter edge; the base picture has as many.
LEAST_EDGE = 64
#: A picture with more opaque pixels than this share fills its frame; a thing cut out leaves corners free.
SOLID_COVER = 0.98
_ANIMATIONS = frozenset({"GIF", "PNG", "WEBP", "AVIF"})


@dataclass(frozen=True)
class Rendered:
    """A WebP file, and the dominant color word of the subject, where it has one.

    It has alpha unless the picture fills its frame, so that no background is seen.
    """

    webp: bytes
    color: str | None
    fills_frame: bool = False


class Unrenderable(Exception):
    """The picture is broken, nearly empty or otherwise of no use; the message says why."""


def render(drawing: Drawing, size: int) -> Rendered:
    """The drawing in a square of `size` pixels. Raises Unrenderable."""
    if isinstance(drawing.content, Path):
        return _picture_file(drawing, drawing.content, size)
    look = LOOKS.get(drawing.style, lambda picture: picture)
    webp = _webp(look(_draw(drawing.content, size)))
    # Judged as training will see it, after compression.
    rgba = np.asarray(Image.open(io.BytesIO(webp)).convert("RGBA"))
    cover = (rgba[..., 3] >= 128).mean()
    if cover < LEAST_COVER:
        raise Unrenderable(f"{drawing.source}: {drawing.concept} is nearly empty")
    return Rendered(webp, None if drawing.is_framed else dominant_color(rgba), fills_frame=bool(cover > SOLID_COVER))


def _draw(content: str | bytes, size: int) -> Image.Image:
    try:
        if isinstance(content, str):
            content = bytes(resvg_py.svg_to_bytes(svg_string=_sized(content, size), skip_system_fonts=True))
        picture = Image.open(io.BytesIO(content)).convert("RGBA")
    except (ValueError, RuntimeError, UnidentifiedImageError) as exc:
        raise Unrenderable(str(exc)) from exc
    if picture.size != (size, size):
        picture.thumbnail((size, size), Image.Resampling.LANCZOS)
        picture = _fitted(picture, size)
    return picture


def _sized(svg: str, size: int) -> str:
    return svg.replace("<svg ", f'<svg width="{size}" height="{size}" ', 1)


def _picture_file(drawing: Drawing, path: Path, size: int) -> Rendered:
    """A photo or painting, its middle cropped to a square; a thing cut out is fitted whole instead.

    Where the caption speaks of a background, transparency is made white.
    """
    try:
        with path.open("rb") as file:
            picture = _still(file)
    except (PictureInvalid, OSError) as exc:
        raise Unrenderable(str(exc)) from exc
    if min(picture.size) < LEAST_EDGE:
        given = f"{picture.width} x {picture.height}"
        raise Unrenderable(f"The picture is too small: {given} pixels, and each edge must have {LEAST_EDGE}.")
    alpha = np.asarray(picture.getchannel("A")) if picture.mode == "RGBA" else np.full(1, 255)
    cover = (alpha >= 128).mean()
    if cover < LEAST_COVER:
        raise Unrenderable("The picture is nearly empty.")
    if cover > SOLID_COVER or "background" in drawing.subject.lower():
        whole = square(ImageOps.crop(picture, round(drawing.trim * min(picture.size))), size)
        color = dominant_color(_middle(whole)) if drawing.has_color else None
        # White things are gray in the shade.
        color = None if color == "gray" else color
        return Rendered(_webp(whole), color, fills_frame=True)
    return Rendered(_webp(_fitted(ImageOps.contain(picture, (size, size), Image.Resampling.LANCZOS), size)), None)


def _still(file: BinaryIO) -> Image.Image:
    """Raises PictureInvalid, for animations too: which of their frames a caption means, nobody can tell."""
    picture = open_picture(file)
    file.seek(0)
    with Image.open(file) as opened:
        if opened.format in _ANIMATIONS and getattr(opened, "is_animated", False):
            raise PictureInvalid("The picture is animated; save the frame that the caption describes.")
    return picture


def _middle(picture: Image.Image) -> np.ndarray:
    """The inner ninth of a picture, where its subject is, as RGBA."""
    third = picture.width // 3
    return np.asarray(picture.crop((third, third, 2 * third, 2 * third)).convert("RGBA"))


def _webp(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", quality=QUALITY)
    return buffer.getvalue()


def _fitted(picture: Image.Image, size: int) -> Image.Image:
    """A picture of at most `size` pixels in the middle of a transparent square."""
    whole = Image.new("RGBA", (size, size))
    whole.paste(picture, ((size - picture.width) // 2, (size - picture.height) // 2))
    return whole
