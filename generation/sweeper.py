"""Finds what dead workers and lost messages left behind. Safe to run at any time, anywhere, twice at a time."""

import logging
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Case, Q, Value, When
from django.db.models.functions import Now

from generation.models import Generation

logger = logging.getLogger(__name__)

#: Any number that nothing else locks.
LOCK = 0x41697262
WORKER_LOST = "worker-lost"
WORKER_LOST_MESSAGE = (
    "The worker stopped unexpectedly each time it drew this. Try again, with fewer images if it happens once more."
)
#: Longer than the hard time limit of a job and its lease together: such a job should not exist.
TOO_LONG = timedelta(minutes=15)


def sweep() -> list[UUID]:
    """Recover abandoned jobs; return the queued jobs that must be announced. Does nothing while another sweep runs."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return []
        recover()
    _report_stuck()
    return unannounced()


def recover() -> int:
    """Give jobs with an expired lease back to the queue, or fail those that cost a worker its life too often.

    One guarded UPDATE: a job that ends or is renewed at the same moment is left alone. Returns how many it moved.
    """
    given_up = Q(attempts__gte=settings.GENERATION_MAX_ATTEMPTS)
    moved = (
        Generation.objects.running()
        .filter(lease_until__lt=Now())
        .update(
            status=Case(When(given_up, then=Value("failed")), default=Value("queued")),
            error_code=Case(When(given_up, then=Value(WORKER_LOST)), default=Value("")),
            error_message=Case(When(given_up, then=Value(WORKER_LOST_MESSAGE)), default=Value("")),
            finished_at=Case(When(given_up, then=Now())),
            token=None,
            lease_until=None,
            published_at=None,
        )
    )
    if moved:
        logger.warning("%s jobs had lost their worker.", moved)
    return moved


def unannounced() -> list[UUID]:
    """Queued jobs whose wake-up message was never sent, or so long ago that it may be lost."""
    horizon = Now() - timedelta(seconds=settings.GENERATION_REPUBLISH_SECONDS)
    stale = Q(published_at=None) | Q(published_at__lt=horizon)
    return list(Generation.objects.queued().filter(stale).order_by().values_list("pk", flat=True))


def _report_stuck() -> None:
    for pk in Generation.objects.running().filter(started_at__lt=Now() - TOO_LONG).values_list("pk", flat=True):
        logger.error("Job %s has been running for more than %s.", pk, TOO_LONG)
