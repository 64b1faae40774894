"""Cleaning up what has been kept for long enough, and files that no row names. Safe to run twice."""

from datetime import timedelta

from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone

from gallery import renditions, uploads
from gallery.models import Image, Upload

UPLOADS_KEPT = timedelta(days=30)
#: A file this young without a row may belong to a transaction that has not committed yet.
ORPHAN_AGE = timedelta(hours=24)

COMPACT = """
WITH several AS (
    SELECT tag_id, owner_id FROM gallery_tagcount GROUP BY tag_id, owner_id HAVING count(*) > 1
), summed AS (
    DELETE FROM gallery_tagcount AS counted USING several
    WHERE counted.tag_id = several.tag_id AND counted.owner_id IS NOT DISTINCT FROM several.owner_id
    RETURNING counted.*
)
INSERT INTO gallery_tagcount (tag_id, owner_id, count, hidden)
SELECT tag_id, owner_id, sum(count), sum(hidden) FROM summed GROUP BY tag_id, owner_id HAVING sum(count) <> 0
"""


def forget_uploads() -> int:
    """Delete the rows of uploads that came to nothing 30 days ago; return how many."""
    nothing = [Upload.Status.FAILED, Upload.Status.DUPLICATE]
    _, deleted = Upload.objects.filter(status__in=nothing, created_at__lt=timezone.now() - UPLOADS_KEPT).delete()
    return deleted.get(Upload._meta.label, 0)


def collect_orphans() -> int:
    """Delete files that no row names, left by a crash between file and row; return how many."""
    quarantined = set(Upload.objects.exclude(file="").values_list("file", flat=True))
    return _collect(uploads.FOLDER, quarantined) + sum(
        _collect(f"{renditions.FOLDER}/{folder}", _image_files(f"{renditions.FOLDER}/{folder}/"))
        for folder in _listed(renditions.FOLDER)[0]
    )


def _image_files(prefix: str) -> set[str]:
    stored = Image.objects.filter(file__startswith=prefix).values_list("file", flat=True)
    return {name for file in stored for name in renditions.names(file)}


def _listed(folder: str) -> tuple[list[str], list[str]]:
    try:
        return default_storage.listdir(folder)
    except FileNotFoundError:
        return [], []


def _collect(folder: str, kept: set[str]) -> int:
    _, files = _listed(folder)
    orphans = [name for file in files if (name := f"{folder}/{file}") not in kept and _is_old(name)]
    for name in orphans:
        default_storage.delete(name)
    return len(orphans)


def _is_old(name: str) -> bool:
    return default_storage.get_modified_time(name) < timezone.now() - ORPHAN_AGE


def compact_tag_counts() -> None:
    """Sum up the changes that triggers have added; what is added meanwhile stays."""
    with connection.cursor() as cursor:
        cursor.execute(COMPACT)
