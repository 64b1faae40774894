"""Pixels to bytes: the stored PNG, the thumbnail and renditions beside it, and downloads in other formats.

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

FOLDER = "images"
THUMBNAIL_SIZE = (512, 512)
#: The widths, in pixels, that pages choose from.
WIDTHS = (256, 512, 1024)
#: A rendition is at most so many times as tall as its step is wide.
TALLEST = 4
#: Pixels along a side, more than which the format cannot hold.
WEBP_LIMIT = 16383
#: URL ending -> (Pillow's format, media type, options)
FORMATS: dict[str, tuple[str, str, dict]] = {
    "png": ("PNG", "image/png", {"compress_level": 3}),  # for photographs as small as 6, in a third of the time
    "jpg": ("JPEG", "image/jpeg", {"quality": 92, "optimize": True}),
    "webp": ("WEBP", "image/webp", {"quality": 90, "method": 4}),
}
#: The same for renditions, which pages show; the smaller one first.
RENDITION_FORMATS: dict[str, tuple[str, str, dict]] = {
    "avif": ("AVIF", "image/avif", {"quality": 65, "speed": 8}),
    "webp": ("WEBP", "image/webp", {"quality": 82, "method": 4}),
}


def encode(picture: Picture, ending: str) -> bytes:
    return _encode(picture, *FORMATS[ending])


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


def steps(width: int) -> list[int]:
    """Which of `WIDTHS` a picture so wide has a rendition for. The last one may be as wide as the picture only."""
    return [step for below, step in zip((0, *WIDTHS), WIDTHS, strict=False) if below < width]


def rendition_name(name: str, step: int, ending: str) -> str:
    return f"{name.removesuffix('.png')}.{step}.{ending}"


def render(picture: Picture, name: str) -> dict[str, bytes]:
    """Every rendition of the picture stored as `name`, by the name it is to be stored under."""
    made = {}
    for step in steps(picture.width):
        small = _narrowed(picture, step)
        for ending, recipe in RENDITION_FORMATS.items():
            made[rendition_name(name, step, ending)] = _encode(small, *recipe)
    return made


def replace(files: dict[str, bytes]) -> None:
    for name, data in files.items():
        default_storage.delete(name)  # otherwise the storage would take another name
        default_storage.save(name, ContentFile(data))


def rendition(name: str, step: int, ending: str) -> bytes:
    with default_storage.open(rendition_name(name, step, ending)) as file:
        return file.read()


def names(name: str) -> list[str]:
    """Every file there may be of the picture stored as `name`, itself first."""
    small = [rendition_name(name, step, ending) for step in WIDTHS for ending in RENDITION_FORMATS]
    return [name, thumbnail_name(name), *small]


def delete(name: str) -> None:
    """Remove the picture stored as `name` and all that was made of it."""
    for file in names(name):
        default_storage.delete(file)


def bare(picture: Picture, keep_alpha: bool) -> Picture:
    """A copy with pixels only; transparency becomes white where it is not kept."""
    if picture.mode == "RGB":
        plain = Pictures.new("RGB", picture.size)
        plain.paste(picture)
        return plain
    rgba = picture.convert("RGBA")
    if keep_alpha and rgba.getextrema()[3][0] < 255:
        plain = Pictures.new("RGBA", rgba.size)
        plain.paste(rgba)
        return plain
    plain = Pictures.new("RGB", rgba.size, "white")
    plain.paste(rgba, mask=rgba.getchannel("A"))
    return plain


def _narrowed(picture: Picture, width: int) -> Picture:
    """The picture at most so wide, and a very tall one at most so many times as tall as a page can show."""
    small = picture.copy()
    small.thumbnail((width, width * TALLEST), Pictures.Resampling.LANCZOS, reducing_gap=3.0)
    return small


def _encode(picture: Picture, pillow_format: str, media_type: str, options: dict) -> bytes:
    buffer = BytesIO()
    plain = bare(picture, keep_alpha=pillow_format != "JPEG")
    if pillow_format == "WEBP":
        plain.thumbnail((WEBP_LIMIT, WEBP_LIMIT))
    plain.save(buffer, pillow_format, **options)
    return buffer.getvalue()
