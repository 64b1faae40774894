"""The messages. They carry no work, only the news that there may be some; to be delivered twice does no harm."""

import logging
from collections.abc import Iterable
from uuid import UUID

from celery import shared_task
from django.db.models.functions import Now
from kombu.exceptions import OperationalError

from gallery import messages, suggestions
from generation import embeddings, leases, runner, runtime, sweeper, zero_shot
from generation.models import Generation

logger = logging.getLogger(__name__)


@shared_task(name="generation.tasks.render_next")
def render_next() -> None:
    """Draw the fairest job that may start, then pass the news on if there is another."""
    job = leases.claim()
    if job is None:
        return
    try:
        runner.run(job, runtime.engine)
        messages.announce("generation.tasks.embed_keywords")
    finally:
        if Generation.objects.claimable().exists():
            wake()


@shared_task(name="generation.tasks.sweep")
def sweep() -> None:
    """Recover abandoned jobs and repeat messages that may be lost; beat sends it every few seconds."""
    if unannounced := sweeper.sweep():
        wake(unannounced)


@shared_task(name="generation.tasks.embed_missing")
def embed_missing(after: str = "") -> None:
    """Embed a batch of images that the current CLIP model does not know yet, and go on with the next."""
    engine = runtime.engine()
    if not after:
        embeddings.prepare_index(engine)
    if last := embeddings.embed_batch(engine, after):
        embed_missing.delay(str(last))
        messages.announce("generation.tasks.embed_keywords")


@shared_task(name="generation.tasks.embed_keywords")
def embed_keywords() -> None:
    """Compare a batch of embedded images with all keywords, suggest tags by them, and go on with the next."""
    if suggestions.are_due() and zero_shot.suggest_batch(runtime.engine()):
        messages.announce("generation.tasks.embed_keywords")


@shared_task(name="generation.tasks.embed_text")
def embed_text(text: str) -> None:
    """Tell the search what a text means."""
    embeddings.tell_meaning(runtime.engine(), text)


@shared_task(name="generation.tasks.embed_picture")
def embed_picture(token: str) -> None:
    """Tell the search what a picture shows that somebody searches by."""
    embeddings.tell_picture(runtime.engine(), token)


def wake(jobs: Iterable[UUID] = ()) -> None:
    """Tell a render worker that there is work. A message that cannot be sent is the sweeper's to repeat."""
    try:
        render_next.delay()
    except (OperationalError, OSError) as problem:
        logger.warning("The message broker is away; the sweeper will announce the job. %s", problem)
    else:
        Generation.objects.queued().filter(pk__in=jobs).update(published_at=Now())
