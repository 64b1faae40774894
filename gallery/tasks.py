"""The messages. They carry no work, only the news that there may be some; to be delivered twice does no harm."""

import logging

from celery import Task, shared_task
from kombu.exceptions import OperationalError

from gallery import housekeeping, rendering

logger = logging.getLogger(__name__)


@shared_task(name="gallery.tasks.purge")
def purge() -> None:
    housekeeping.purge_trash()
    housekeeping.collect_orphans()


@shared_task(name="gallery.tasks.make_renditions")
def make_renditions(image_id: str) -> None:
    rendering.make(image_id)


@shared_task(name="gallery.tasks.make_missing_renditions")
def make_missing_renditions() -> None:
    """Make the renditions of a few images whose message was lost, then pass the news on if there are more."""
    if rendering.make_some():
        announce(make_missing_renditions)


def announce(task: Task, *arguments: str) -> None:
    """Send a message. One that cannot be sent is left for beat, which finds the work by its row."""
    try:
        task.delay(*arguments)
    except (OperationalError, OSError) as problem:
        logger.warning("The message broker is away; the work is found later. %s", problem)
