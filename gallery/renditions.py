"""Pixels to bytes: the stored PNG, its WebP thumbnail beside it, and downloads in other formats.

Knows pictures and storage names; knows nothing of users or rows. Whatever is encoded here starts from bare pixels, so
no metadata of an earlier file is carried along.
"""

from contextlib import suppress
from io import BytesIO
from typing import IO

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image as Pictures
from PIL.Image import Image as Picture

THUMBNAIL_SIZE = (512, 512)
#: URL ending -> (Pillow's format, media type, options)
FORMATS: dict[str, tuple[str, str, dict]] = {
    "png": ("PNG", "image/png", {"compress_level": 6}),
    "jpg": ("JPEG", "image/jpeg", {"quality": 92, "optimize": True}),
    "webp": ("WEBP", "image/webp", {"quality": 90, "method": 4}),
}


def encode(picture: Picture, ending: str) -> bytes:
    pillow_format, _, options = FORMATS[ending]
    buffer = BytesIO()
    _bare(picture, keep_alpha=ending != "jpg").save(buffer, pillow_format, **options)
    return buffer.getvalue()


def convert(file: IO[bytes], ending: str) -> bytes:
    """The stored picture in the format of `ending`."""
    with Pictures.open(file, formats=["PNG"]) as picture:
        return encode(picture, ending)


def thumbnail_name(name: str) -> str:
    return name.removesuffix(".png") + ".thumbnail.webp"


def make_thumbnail(picture: Picture) -> bytes:
    small = picture.copy()
    small.thumbnail(THUMBNAIL_SIZE)
    return encode(small, "webp")


def thumbnail(name: str) -> bytes:
    """The WebP thumbnail of the picture stored as `name`, made again if its file is gone."""
    try:
        with default_storage.open(thumbnail_name(name)) as file:
            return file.read()
    except FileNotFoundError:
        with default_storage.open(name) as file, Pictures.open(file, formats=["PNG"]) as picture:
            data = make_thumbnail(picture)
        with suppress(OSError):  # a full disk must not hide the picture
            default_storage.save(thumbnail_name(name), ContentFile(data))
        return data


def delete(name: str) -> None:
    """Remove the picture stored as `name` and its thumbnail."""
    default_storage.delete(name)
    default_storage.delete(thumbnail_name(name))


def dominant_color(picture: Picture) -> str:
    """The color that most of the picture is near, as `#rrggbb`."""
    small = _bare(picture, keep_alpha=False).resize((64, 64)).quantize(8)
    _, index = max(small.getcolors())
    red, green, blue = small.getpalette()[index * 3 : index * 3 + 3]
    return f"#{red:02x}{green:02x}{blue:02x}"


def _bare(picture: Picture, keep_alpha: bool) -> Picture:
    """A copy with pixels only; transparency becomes white where the format has none."""
    rgba = picture.convert("RGBA")
    if keep_alpha and rgba.getextrema()[3][0] < 255:
        bare = Pictures.new("RGBA", rgba.size)
        bare.paste(rgba)
        return bare
    bare = Pictures.new("RGB", rgba.size, "white")
    bare.paste(rgba, mask=rgba.getchannel("A"))
    return bare
