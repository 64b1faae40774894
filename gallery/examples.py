"""Pictures that people search by: each is kept small, for a day, under a token that nobody guesses.

They are in the cache and never of the library. What a picture shows is `vectors`' affair.
"""

import secrets
import threading
from io import BytesIO
from typing import IO

from django.core.cache import cache
from PIL import Image as Pictures
from PIL.Image import Image as Picture

from gallery import renditions
from gallery.decoding import decode

KEPT = 86_400  # seconds
#: Pixels along the longer side: as many as CLIP models look at.
EDGE = 320
#: Seconds that one waits until the pictures sent before have been read: a large one takes much memory for a moment.
PATIENCE = 3

_reading = threading.BoundedSemaphore(1)


class Busy(Exception):
    """Other pictures are being read, one at a time."""


class Forgotten(LookupError):
    """No picture is kept under this token, or not any more."""


def keep(file: IO[bytes]) -> str:
    """Keep the picture in `file` for a day and return its token. Raises BadPicture, or Busy."""
    if not _reading.acquire(timeout=PATIENCE):
        raise Busy
    try:
        small = decode(file, EDGE).picture
    finally:
        _reading.release()
    token = secrets.token_urlsafe(16)
    cache.set(_key(token), renditions.encode(small, "webp"), KEPT)
    return token


def read(token: str) -> bytes:
    """The picture as WebP. Raises Forgotten."""
    if data := cache.get(_key(token)):
        return data
    raise Forgotten


def open_picture(token: str) -> Picture:
    """The picture's pixels. Raises Forgotten."""
    with Pictures.open(BytesIO(read(token)), formats=["WEBP"]) as picture:
        return picture.convert("RGB")


def check(token: str) -> None:
    """Raises Forgotten unless the picture is kept."""
    if not cache.has_key(_key(token)):
        raise Forgotten


def _key(token: str) -> str:
    return f"example:{token}"
