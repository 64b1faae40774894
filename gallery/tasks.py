"""The messages. They carry no work, only the news that there may be some; to be delivered twice does no harm."""

from celery import shared_task

from gallery import housekeeping, intake, messages, rendering, trash


@shared_task(name="gallery.tasks.purge")
def purge() -> None:
    trash.purge()
    housekeeping.forget_uploads()
    housekeeping.collect_orphans()


@shared_task(name="gallery.tasks.purge_trash")
def purge_trash() -> None:
    trash.purge()


@shared_task(name="gallery.tasks.compact_tag_counts")
def compact_tag_counts() -> None:
    housekeeping.compact_tag_counts()


@shared_task(name="gallery.tasks.make_renditions")
def make_renditions(image_id: str) -> None:
    rendering.make(image_id)


@shared_task(name="gallery.tasks.make_missing_renditions")
def make_missing_renditions() -> None:
    """Make the renditions of a few images whose message was lost, then pass the news on if there are more."""
    if rendering.make_some():
        messages.announce("gallery.tasks.make_missing_renditions")


@shared_task(name="gallery.tasks.take_in")
def take_in(upload_id: str) -> None:
    intake.take_in(upload_id)


@shared_task(name="gallery.tasks.sweep_uploads")
def sweep_uploads() -> None:
    """Recover uploads whose worker died, and announce again those whose message may be lost."""
    for upload_id in intake.recover():
        messages.announce("gallery.tasks.take_in", str(upload_id))
