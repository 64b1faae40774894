"""Cleaning up: what has been in the trash for long enough, and files that no row names. Safe to run twice."""

from datetime import timedelta

from django.core.files.storage import default_storage
from django.utils import timezone

from gallery import renditions
from gallery.models import Image

TRASH_KEPT = timedelta(days=30)
#: A file this young without a row may belong to a transaction that has not committed yet.
ORPHAN_AGE = timedelta(hours=24)


def purge_trash() -> int:
    """Delete for good what has been in the trash for 30 days; return how many images."""
    old = Image.objects.filter(deleted_at__lt=timezone.now() - TRASH_KEPT)
    _, deleted = old.delete()
    return deleted.get(Image._meta.label, 0)


def collect_orphans() -> int:
    """Delete files that no row names, left by a crash between file and row; return how many."""
    try:
        folders, _ = default_storage.listdir(renditions.FOLDER)
    except FileNotFoundError:
        return 0
    return sum(_collect_in(f"{renditions.FOLDER}/{folder}") for folder in folders)


def _collect_in(folder: str) -> int:
    stored = Image.objects.filter(file__startswith=folder + "/").values_list("file", flat=True)
    kept = {name for file in stored for name in renditions.names(file)}
    _, files = default_storage.listdir(folder)
    orphans = [name for file in files if (name := f"{folder}/{file}") not in kept and _is_old(name)]
    for name in orphans:
        default_storage.delete(name)
    return len(orphans)


def _is_old(name: str) -> bool:
    return default_storage.get_modified_time(name) < timezone.now() - ORPHAN_AGE
