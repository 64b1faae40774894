"""Takes files that people send into quarantine, or says why not. Looks at no byte of theirs but to count and hash them.

What becomes of a file in quarantine is `intake`'s affair.
"""

import hashlib
import logging

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Q, QuerySet, Sum
from django.template.defaultfilters import filesizeformat

from gallery import messages
from gallery.models import Image, Upload

logger = logging.getLogger(__name__)

FOLDER = "uploads"
UNFINISHED = [Upload.Status.WAITING, Upload.Status.READING]


def receive(owner, file: UploadedFile) -> Upload:
    """Keep the file for a worker to read. Whatever comes of it, the row says so."""
    upload = Upload(owner=owner, name=_name(file), byte_size=file.size)
    if problem := _problem(owner, file.size):
        return _refuse(upload, problem)
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    upload.sha256 = digest.hexdigest()
    if twin := twin_of(upload):
        upload.status, upload.image = Upload.Status.DUPLICATE, twin
        upload.save(force_insert=True)
        return upload
    return _quarantine(upload, file)


def twin_of(upload: Upload) -> Image | None:
    """The image of the same owner that came of the same bytes, or is stored in them; the trash included."""
    owned = Image.objects.owned_by(upload.owner)
    sent = Q(uploads__sha256=upload.sha256, uploads__status=Upload.Status.DONE)
    return owned.filter(sent | Q(sha256=upload.sha256)).order_by("deleted_at", "created_at").first()


def room(owner) -> tuple[int, int]:
    """How many more images, and how many more bytes, this person may bring."""
    kept = Image.objects.owned_by(owner).filter(source=Image.Source.UPLOAD)
    waiting = owner.uploads.filter(status__in=UNFINISHED)
    images = settings.UPLOAD_MAX_IMAGES_PER_USER - kept.count() - waiting.count()
    return images, settings.UPLOAD_MAX_BYTES_PER_USER - _bytes_of(kept) - _bytes_of(waiting)


def problem_of_size(byte_size: int) -> str:
    """Why nobody may send so large a file, as a sentence; empty if it is none."""
    if byte_size == 0:
        return "The file is empty."
    if byte_size > settings.UPLOAD_MAX_BYTES:
        return f"The file is larger than {filesizeformat(settings.UPLOAD_MAX_BYTES)}."
    return ""


def _problem(owner, byte_size: int) -> str:
    """Why the file is refused at the door, as a sentence; empty if it is not."""
    if problem := problem_of_size(byte_size):
        return problem
    images, size = room(owner)
    if images < 1:
        most = settings.UPLOAD_MAX_IMAGES_PER_USER
        return f"You have brought {most} images, which is as many as you may. Delete some and empty the trash."
    if byte_size > size:
        most = filesizeformat(settings.UPLOAD_MAX_BYTES_PER_USER)
        return f"Your uploads would take more than {most}. Delete some and empty the trash."
    return ""


def _quarantine(upload: Upload, file: UploadedFile) -> Upload:
    try:
        upload.file.name = default_storage.save(f"{FOLDER}/{upload.pk}", file)
    except OSError as problem:
        logger.error("An upload cannot be stored: %s", problem)
        return _refuse(upload, "The server has no room for the file, or cannot write it. Try again later.")
    with transaction.atomic():
        upload.save(force_insert=True)
        messages.announce("gallery.tasks.take_in", str(upload.pk))
    return upload


def _refuse(upload: Upload, problem: str) -> Upload:
    upload.status, upload.error = Upload.Status.FAILED, problem
    upload.save(force_insert=True)
    return upload


def _name(file: UploadedFile) -> str:
    shown = "".join(char for char in file.name or "" if char.isprintable())
    return shown[-200:] or "unnamed"


def _bytes_of(rows: QuerySet) -> int:
    return rows.aggregate(total=Sum("byte_size"))["total"] or 0
