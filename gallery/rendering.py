"""Makes the renditions of stored images, one image a transaction. Knows nothing of messages and requests.

The image's row is locked meanwhile: a second worker passes it over, and a deletion waits and then finds every file.
"""

import logging
from uuid import UUID

from django.db import transaction
from PIL import Image as Pictures
from PIL.Image import Image as Picture

from gallery import gist, renditions
from gallery.models import Image

logger = logging.getLogger(__name__)

BATCH = 4


def make(image_id: UUID | str) -> None:
    """Make the image's renditions, unless they are there or another worker is at it."""
    waiting = Image.objects.filter(pk=image_id, rendition_state=Image.Renditions.WAITING)
    with transaction.atomic():
        image = waiting.select_for_update(skip_locked=True, no_key=True).first()
        if image:
            _render(image)
            image.save(update_fields=["rendition_state", "placeholder", "perceptual_hash"])


def make_some() -> bool:
    """Make the renditions of the next few images that lack them; return whether there may be more."""
    waiting = Image.objects.filter(rendition_state=Image.Renditions.WAITING).order_by("-created_at", "-id")
    keys = list(waiting.values_list("pk", flat=True)[:BATCH])
    for key in keys:
        make(key)
    return len(keys) == BATCH


def _render(image: Image) -> None:
    try:
        with image.file.open() as file, Pictures.open(file, formats=["PNG"]) as picture:
            files = renditions.render(picture, image.file.name)
            _complete(image, picture)
    except (OSError, SyntaxError) as problem:
        logger.warning("Image %s cannot be read and gets no renditions: %s", image.pk, problem)
        image.rendition_state = Image.Renditions.LOST
    else:
        renditions.replace(files)
        image.rendition_state = Image.Renditions.READY


def _complete(image: Image, picture: Picture) -> None:
    """Add what images lack that were stored before the library knew of it."""
    image.placeholder = image.placeholder or gist.placeholder(picture)
    if image.perceptual_hash is None:
        image.perceptual_hash = gist.perceptual_hash(picture)
