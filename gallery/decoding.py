"""A file that somebody sent to a plain picture: upright, 8 bits, sRGB. Trusts nothing that the file says.

Runs in a worker, except for pictures to search by, which are shrunk at once. What cannot become a picture raises a
BadPicture, whose docstring is the sentence for the sender.
"""

import warnings
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from typing import IO

import pi_heif
from PIL import Image as Pictures
from PIL import ImageCms, ImageOps, UnidentifiedImageError
from PIL.Image import Image as Picture

from gallery import metadata

pi_heif.register_heif_opener()

FORMATS = ["JPEG", "PNG", "WEBP", "AVIF", "GIF", "HEIF"]
LONGEST_EDGE = 20_000
MOST_PIXELS = 100_000_000
#: Modes in which pixels can be averaged.
SMOOTH = {"RGB", "RGBA", "L", "LA", "CMYK"}
FIRST_FRAME = "Only the first picture of the animation was kept."


class BadPicture(Exception):
    def __str__(self) -> str:
        return str(self.__doc__)


class NotAPicture(BadPicture):
    """This is not a JPEG, PNG, WebP, AVIF, HEIC or GIF picture."""


class TooManyPixels(BadPicture):
    """The picture is too large: at most 20,000 pixels along each side and 100 million in all."""


class Damaged(BadPicture):
    """The file is damaged or did not arrive whole. Try to save it again in your picture program."""


@dataclass(frozen=True)
class Decoded:
    picture: Picture
    details: metadata.Details
    #: What was left out, as a sentence for the sender.
    note: str = ""


def decode(file: IO[bytes], edge: int = LONGEST_EDGE) -> Decoded:
    """Read the picture in `file`. Its size is known, and refused if too large, before a pixel is decoded.

    It is made at most `edge` pixels along a side, before it is copied and, where its format can, while it is read.
    """
    picture = _open(file)
    if max(picture.size) > LONGEST_EDGE or picture.width * picture.height > MOST_PIXELS:
        raise TooManyPixels
    try:
        details = metadata.read(picture)
        is_animation = picture.format in {"GIF", "PNG", "WEBP", "AVIF"} and getattr(picture, "is_animated", False)
        if picture.mode in SMOOTH:
            picture.thumbnail((edge, edge))
        plain = _plain(ImageOps.exif_transpose(picture))
        plain.thumbnail((edge, edge))
    except Exception as problem:  # Pillow's readers raise nearly anything on bytes that break their formats' rules
        raise Damaged from problem
    return Decoded(plain, details, FIRST_FRAME if is_animation else "")


def _open(file: IO[bytes]) -> Picture:
    try:
        with warnings.catch_warnings(action="ignore", category=Pictures.DecompressionBombWarning):
            return Pictures.open(file, formats=FORMATS)
    except Pictures.DecompressionBombError as problem:
        raise TooManyPixels from problem
    except UnidentifiedImageError as problem:
        raise NotAPicture from problem
    except Exception as problem:  # as above: some formats break as early as in their header
        raise Damaged from problem


def _plain(picture: Picture) -> Picture:
    """RGB, or RGBA where something is seen through."""
    if picture.mode == "I" or picture.mode.startswith("I;16"):
        picture = picture.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    sees_through = "transparency" in picture.info or picture.mode in {"RGBA", "RGBa", "LA", "La", "PA"}
    if picture.mode not in {"RGB", "L", "CMYK"}:
        profile = picture.info.get("icc_profile")
        picture = picture.convert("RGBA" if sees_through else "RGB")
        picture.info["icc_profile"] = profile
    alpha = picture.getchannel("A") if picture.mode == "RGBA" else None
    plain = _in_srgb(picture.convert("RGB") if alpha else picture, picture.info.get("icc_profile"))
    if alpha:
        plain.putalpha(alpha)
    return plain


def _in_srgb(picture: Picture, profile: bytes | None) -> Picture:
    """The picture's colors as a browser shows them; a profile that does not fit the picture is passed over."""
    if profile:
        with suppress(ImageCms.PyCMSError, OSError, ValueError, TypeError):
            srgb = ImageCms.createProfile("sRGB")
            return ImageCms.profileToProfile(picture, BytesIO(profile), srgb, outputMode="RGB")
    return picture.convert("RGB")
