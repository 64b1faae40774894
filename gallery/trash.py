"""The trash of one person, as a whole: brought back, or emptied. One image at a time is the business of `services`.

Emptying ends the 30 days of everything in it at once, so that it is seen no more; a worker then deletes rows and files.
"""

from django.db import transaction
from django.utils import timezone

from gallery import messages
from gallery.models import Image
from gallery.querysets import TRASH_KEPT

BATCH = 100


def restore_all(owner) -> int:
    """Bring back everything that is in the trash; return how many images."""
    return Image.objects.owned_by(owner).trashed().update(deleted_at=None)


def empty(owner) -> int:
    """Give up everything that is in the trash; return how many images."""
    with transaction.atomic():
        given_up = Image.objects.owned_by(owner).trashed().update(deleted_at=timezone.now() - TRASH_KEPT)
        messages.announce("gallery.tasks.purge_trash")
    return given_up


def purge() -> int:
    """Delete for good, with its files, what is in the trash no more; return how many images."""
    deleted = 0
    while batch := _purge_some():
        deleted += batch
    return deleted


@transaction.atomic
def _purge_some() -> int:
    ended = Image.objects.filter(deleted_at__lte=timezone.now() - TRASH_KEPT).select_for_update(skip_locked=True)
    keys = list(ended.values_list("pk", flat=True)[:BATCH])
    Image.objects.filter(pk__in=keys).delete()
    return len(keys)
