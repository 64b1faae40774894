"""What a file says of its picture: title, description, keywords and date, from IPTC, XMP and EXIF, in this order.

Where it was taken, by whom and with what is not read. Damaged metadata counts as none: the picture is what matters.
"""

import logging
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from django.core.exceptions import ValidationError
from PIL import ExifTags, IptcImagePlugin
from PIL.Image import Image as Picture

from gallery import tags

logger = logging.getLogger(__name__)

TITLE_LENGTH = 200
DESCRIPTION_LENGTH = 500
#: IPTC records: (2, number).
IPTC_TITLE, IPTC_KEYWORDS, IPTC_DESCRIPTION = 5, 25, 120


@dataclass(frozen=True)
class Details:
    title: str = ""
    description: str = ""
    keywords: tuple[str, ...] = ()
    taken_at: datetime | None = None


def read(picture: Picture) -> Details:
    iptc, xmp, exif = (_careful(source, picture) for source in (_iptc, _xmp, _exif))
    said = [iptc, xmp, exif]
    keywords = next((found for source in said if (found := _tags(source.get("keywords", [])))), [])
    return Details(
        title=_first(said, "title")[:TITLE_LENGTH],
        description=_first(said, "description")[:DESCRIPTION_LENGTH],
        keywords=tuple(keywords),
        taken_at=_moment(exif.get("taken", [])),
    )


def _careful(source, picture: Picture) -> dict[str, list[str]]:
    try:
        return source(picture)
    except Exception as problem:  # these readers raise nearly anything on bytes that break their formats' rules
        logger.info("Metadata that cannot be read was passed over: %s", problem)
        return {}


def _iptc(picture: Picture) -> dict[str, list[str]]:
    records = IptcImagePlugin.getiptcinfo(picture) or {}
    numbers = {"title": IPTC_TITLE, "keywords": IPTC_KEYWORDS, "description": IPTC_DESCRIPTION}
    return {name: [_text(raw) for raw in _listed(records.get((2, number)))] for name, number in numbers.items()}


def _xmp(picture: Picture) -> dict[str, list[str]]:
    root = picture.getxmp().get("xmpmeta") or {}
    blocks = _listed((root.get("RDF") or {}).get("Description"))
    names = {"title": "title", "keywords": "subject", "description": "description"}
    return {name: [word for block in blocks for word in _words(block.get(key))] for name, key in names.items()}


def _exif(picture: Picture) -> dict[str, list[str]]:
    exif = picture.getexif()
    camera = exif.get_ifd(ExifTags.IFD.Exif)
    windows = {name: _wide(exif.get(tag)) for name, tag in (("title", 0x9C9B), ("keywords", 0x9C9E))}
    return {
        "title": [windows["title"]],
        "keywords": windows["keywords"].split(";"),
        "description": [_text(exif.get(ExifTags.Base.ImageDescription))],
        "taken": [_text(camera.get(tag)) for tag in (ExifTags.Base.DateTimeOriginal, ExifTags.Base.OffsetTimeOriginal)],
    }


def _listed(value: object) -> list:
    return value if isinstance(value, list) else [value] if value is not None else []


def _words(value: object) -> Iterator[str]:
    """The texts in an XMP value, whether it is plain, one in several languages, or a bag."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for part in value:
            yield from _words(part)
    elif isinstance(value, dict):
        for name in ("Alt", "Bag", "Seq", "li", "text"):
            yield from _words(value.get(name))


def _text(raw: object) -> str:
    if not isinstance(raw, bytes):
        return str(raw or "")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _wide(raw: object) -> str:
    data = bytes(raw) if isinstance(raw, (bytes, tuple)) else b""
    return data.decode("utf-16-le", "replace")


def _first(said: list[dict[str, list[str]]], name: str) -> str:
    texts = (_clean(text) for source in said for text in source.get(name, []))
    return next((text for text in texts if text), "")


def _clean(text: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _tags(words: list[str]) -> list[str]:
    found: dict[str, None] = {}
    for word in words:
        with suppress(ValidationError):
            found[tags.normalize(word)] = None
    return list(found)[: tags.TAGS_PER_IMAGE]


def _moment(taken: list[str]) -> datetime | None:
    """EXIF's date, in its own time zone if it names one."""
    date, offset = [*taken, "", ""][:2]
    with suppress(ValueError):
        return datetime.strptime(f"{date.strip()} {offset.strip()}", "%Y:%m:%d %H:%M:%S %z")
    with suppress(ValueError):
        return datetime.strptime(date.strip(), "%Y:%m:%d %H:%M:%S").replace(tzinfo=UTC)
    return None
