"""Makes images of the files in quarantine, in a worker. The row is the truth; a message only says that there is one.

An upload whose worker dies is tried once more; one that costs a second worker its life is refused.
"""

import logging
import re
from datetime import timedelta
from pathlib import PurePath
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from gallery import messages, services
from gallery.decoding import BadPicture, Decoded, decode
from gallery.models import Image, Upload
from gallery.uploads import twin_of

logger = logging.getLogger(__name__)

ATTEMPTS = 2
#: Longer than a task may take: who is at it by then is dead.
TOO_LONG = timedelta(minutes=15)
#: A message that has not been followed for this long may be lost.
UNHEARD = timedelta(minutes=2)
BATCH = 50
#: Names that cameras and systems give, which say nothing of the picture.
CAMERA_NAME = re.compile(
    r"(img|dsc[nf]?|pxl|mvimg|p|gopr|image|photo|screenshot|unnamed|untitled)?[\W\d_]*", re.IGNORECASE
)


def take_in(upload_id: UUID | str) -> None:
    """Make an image of the upload, unless another worker is at it or has done it."""
    waiting = Upload.objects.filter(pk=upload_id, status=Upload.Status.WAITING)
    if not waiting.update(status=Upload.Status.READING, attempts=F("attempts") + 1, started_at=Now()):
        return
    upload = Upload.objects.select_related("owner").get(pk=upload_id)
    try:
        with upload.file.open() as file:
            _add(upload, decode(file))
    except (BadPicture, services.NotStored) as problem:
        _finish(upload, Upload.Status.FAILED, error=str(problem))
    except FileNotFoundError:
        _finish(upload, Upload.Status.FAILED, error="The file is lost. Send it again.")
    except Exception:
        _finish(upload, Upload.Status.FAILED, error="The picture could not be added, through no fault of yours.")
        raise


def recover() -> list[UUID]:
    """Free the uploads of dead workers; return the waiting ones that must be announced again."""
    dead = Upload.objects.filter(status=Upload.Status.READING, started_at__lt=Now() - TOO_LONG)
    for upload in dead.filter(attempts__gte=ATTEMPTS):
        _finish(upload, Upload.Status.FAILED, error="The picture could not be read within the time there is for one.")
    dead.filter(attempts__lt=ATTEMPTS).update(status=Upload.Status.WAITING)
    unheard = Q(started_at=None, created_at__lt=Now() - UNHEARD) | Q(started_at__isnull=False)
    waiting = Upload.objects.filter(unheard, status=Upload.Status.WAITING).order_by("created_at")
    return list(waiting.values_list("pk", flat=True)[:BATCH])


def _add(upload: Upload, decoded: Decoded) -> None:
    if twin := twin_of(upload):
        return _finish(upload, Upload.Status.DUPLICATE, image=twin)
    details = decoded.details
    try:
        with transaction.atomic():
            image = services.add_image(
                owner=upload.owner,
                picture=decoded.picture,
                source=Image.Source.UPLOAD,
                title=details.title or _title(upload.name),
                alt_text=details.description,
                tags=details.keywords,
                taken_at=details.taken_at,
            )
            _finish(upload, Upload.Status.DONE, image=image, note=decoded.note)
            messages.announce(settings.GALLERY_EMBED_TASK)
    except IntegrityError:  # the same file, sent twice at once, was read by two workers: the other one was first
        _finish(upload, Upload.Status.DUPLICATE, image=twin_of(upload))


def _finish(upload: Upload, status: str, *, image: Image | None = None, error: str = "", note: str = "") -> None:
    """Say what became of the upload, and let the quarantined bytes go."""
    quarantined, storage = upload.file.name, upload.file.storage
    values = {"status": status, "image": image, "error": error, "note": note, "file": ""}
    Upload.objects.filter(pk=upload.pk).update(**values)
    transaction.on_commit(lambda: storage.delete(quarantined), robust=True)


def _title(name: str) -> str:
    """A title from a file's name, if it has words: "red-bicycle.jpg" is "red bicycle", "IMG_1234.HEIC" is nothing."""
    stem = PurePath(name).stem
    return "" if CAMERA_NAME.fullmatch(stem) else " ".join(re.split(r"[\s_+-]+", stem)).strip()
