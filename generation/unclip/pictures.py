"""Pictures as people bring them: opened with care, turned upright, and made plain 8-bit RGB. Free of torch."""

import math
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from generation.unclip.errors import PictureInvalid

MAX_EDGE = 20_000
MAX_PIXELS = 100_000_000
#: Modes with more than eight bits a channel, and the value that is white in each.
DEEP = {"I;16": 65535, "I;16L": 65535, "I;16B": 65535, "I;16N": 65535, "I": 65535, "F": 1}


def open_picture(source: str | Path | BinaryIO) -> Image.Image:
    """The first frame of a picture file, upright, decoded, RGB or RGBA.

    Its size is looked at before it is decoded. Raises PictureInvalid for what is no picture, is cut off or too large.
    """
    try:
        with Image.open(source) as picture:
            return upright(picture)
    except FileNotFoundError as exc:
        raise PictureInvalid(f"There is no picture at {source}.") from exc
    except UnidentifiedImageError as exc:
        raise PictureInvalid("This is not a picture in a format that can be read; bring a PNG, JPEG or WebP.") from exc
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as exc:
        raise _too_large() from exc
    except (OSError, SyntaxError, ValueError, EOFError) as exc:
        raise PictureInvalid(f"The picture is damaged or cut off: {exc}.") from exc


def upright(picture: Image.Image) -> Image.Image:
    """The picture turned as its EXIF says, as 8-bit RGB, or RGBA where it has transparency. Raises PictureInvalid."""
    if max(picture.size) > MAX_EDGE or math.prod(picture.size) > MAX_PIXELS:
        raise _too_large(picture.size)
    picture = ImageOps.exif_transpose(picture)
    if white := DEEP.get(picture.mode):
        values = np.asarray(picture, np.float64)
        if not np.isfinite(values).all():
            raise PictureInvalid("The picture holds values that are not numbers.")
        picture = Image.fromarray((values / white * 255).round().clip(0, 255).astype(np.uint8))
    return picture.convert("RGBA" if picture.has_transparency_data else "RGB")


def flatten(picture: Image.Image) -> Image.Image:
    """The picture, upright, on white where it is transparent."""
    picture = upright(picture)
    if picture.mode == "RGB":
        return picture
    return Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture).convert("RGB")


def square(picture: Image.Image, edge: int) -> Image.Image:
    """The picture flattened, its middle cropped to a square of `edge` pixels."""
    flat = flatten(picture)
    side = min(flat.size)
    left, top = (flat.width - side) // 2, (flat.height - side) // 2
    return flat.resize((edge, edge), Image.Resampling.LANCZOS, box=(left, top, left + side, top + side))


def hole(mask: Image.Image, size: tuple[int, int]) -> np.ndarray:
    """(H, W) booleans, True where `mask` is transparent: what is to be drawn anew. Raises PictureInvalid."""
    if mask.size != size:
        wanted, given = (f"{width} x {height}" for width, height in (size, mask.size))
        raise PictureInvalid(f"The mask must be as large as the picture: {wanted} pixels, not {given}.")
    mask = upright(mask)
    transparent = np.asarray(mask.getchannel("A")) == 0 if mask.mode == "RGBA" else np.zeros(1, bool)
    if not transparent.any():
        raise PictureInvalid("The mask has no transparent part; make transparent what is to be drawn anew.")
    return transparent


def _too_large(size: tuple[int, int] | None = None) -> PictureInvalid:
    given = f" of {size[0]:,} x {size[1]:,} pixels" if size else ""
    most = f"{MAX_EDGE:,} pixels an edge and {MAX_PIXELS // 10**6} megapixels"
    return PictureInvalid(f"The picture{given} is too large; at most {most} can be read.")
