"""Makes the renditions of stored images, one image a transaction. Knows nothing of messages and requests.

The image's row is locked meanwhile: a second worker passes it over, and a deletion waits and then finds every file.
"""

import logging
from uuid import UUID

from django.db import transaction

from gallery import renditions
from gallery.models import Image

logger = logging.getLogger(__name__)

BATCH = 4


def make(image_id: UUID | str) -> None:
    """Make the image's renditions, unless they are there or another worker is at it."""
    waiting = Image.objects.filter(pk=image_id, rendition_state=Image.Renditions.WAITING)
    with transaction.atomic():
        image = waiting.select_for_update(skip_locked=True, no_key=True).first()
        if image:
            image.rendition_state = _render(image)
            image.save(update_fields=["rendition_state"])


def make_some() -> bool:
    """Make the renditions of the next few images that lack them; return whether there may be more."""
    waiting = Image.objects.filter(rendition_state=Image.Renditions.WAITING).order_by("-created_at", "-id")
    keys = list(waiting.values_list("pk", flat=True)[:BATCH])
    for key in keys:
        make(key)
    return len(keys) == BATCH


def _render(image: Image) -> str:
    try:
        pictures = renditions.render(image.file.name)
    except (OSError, SyntaxError) as problem:
        logger.warning("Image %s cannot be read and gets no renditions: %s", image.pk, problem)
        return Image.Renditions.LOST
    renditions.replace(pictures)
    return Image.Renditions.READY
