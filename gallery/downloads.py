"""A collection as one zip: the images' files and a table of what is known of them, made while it is sent.

Neither the files nor the zip are ever whole in memory or on disk. Knows nothing of requests; whoever calls says whom
the images are for.
"""

import csv
import io
from collections.abc import Iterator
from uuid import UUID

from django.core.files import File
from zipstream import ZIP_DEFLATED, ZipStream

from gallery.models import Image
from gallery.querysets import ImageQuerySet

#: How many rows are held at a time.
ROWS = 200
TABLE = "metadata.csv"
#: Columns by their names in the IPTC Photo Metadata Standard; `SourceFile` first, as ExifTool reads tables.
COLUMNS = [
    "SourceFile", "Title", "Description", "AltTextAccessibility", "Keywords", "Creator", "CopyrightNotice",
    "UsageTerms", "DigitalSourceType", "AIPromptInformation", "AISystemUsed", "DateCreated",
]  # fmt: skip
TRAINED_ALGORITHMIC_MEDIA = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
TERMS = {
    Image.License.ALL_RIGHTS_RESERVED: "All rights reserved",
    Image.License.CC_BY: "https://creativecommons.org/licenses/by/4.0/",
    Image.License.CC0: "https://creativecommons.org/publicdomain/zero/1.0/",
}
#: What begins a formula where a spreadsheet opens the table; a quote before it keeps it text.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def stream(images: ImageQuerySet) -> Iterator[bytes]:
    """The zip of the images, in their order. An image whose file is lost, or that is gone meanwhile, is left out."""
    archive = ZipStream()
    names: dict[UUID, str] = {}
    for image in _in_order(images, list(images.values_list("pk", flat=True))):
        name = f"{len(names) + 1:04d}-{image.file_name('png')}"
        try:
            file = image.file.open()
        except FileNotFoundError:
            continue
        archive.add(_bytes_of(file), name)
        yield from archive.all_files()
        names[image.pk] = name
    archive.add(_table(images, names), TABLE, compress_type=ZIP_DEFLATED)
    yield from archive.finalize()


def row(image: Image, name: str) -> list[str]:
    """What the table says of an image, in the order of `COLUMNS`."""
    is_generated = image.source == Image.Source.GENERATED
    return [
        name,
        image.title,
        image.alt_text or image.prompt,
        image.alt,
        image.tag_names,
        str(image.owner),
        _copyright(image),
        TERMS[Image.License(image.license)],
        TRAINED_ALGORITHMIC_MEDIA if is_generated else "",
        image.prompt if is_generated else "",
        image.checkpoint if is_generated else "",
        image.created_at.isoformat(timespec="seconds"),
    ]


def _copyright(image: Image) -> str:
    if image.license == Image.License.CC0:
        return "No rights reserved"
    return f"© {image.created_at.year} {image.owner}"


def _in_order(images: ImageQuerySet, keys: list[UUID]) -> Iterator[Image]:
    """The images of the keys, a few rows at a time; without those that are not among `images` any more."""
    for start in range(0, len(keys), ROWS):
        some = keys[start : start + ROWS]
        found = {image.pk: image for image in images.select_related("owner").filter(pk__in=some)}
        yield from (found[key] for key in some if key in found)


def _bytes_of(file: File) -> Iterator[bytes]:
    with file:
        yield from file.chunks()


def _table(images: ImageQuerySet, names: dict[UUID, str]) -> Iterator[bytes]:
    yield _line(COLUMNS)
    for image in _in_order(images, list(names)):
        yield _line([_plain(value) for value in row(image, names[image.pk])])


def _line(values: list[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerow(values)
    return text.getvalue().encode()


def _plain(value: str) -> str:
    return f"'{value}" if value.startswith(FORMULA) else value
