"""Who may work on a job: claim it, keep it, close it.

A claim writes a fresh token into the row. Every later write of the worker names that token, so that a worker that was
frozen, cut off or canceled can do no harm when it comes back. Knows nothing of drawing.
"""

import logging
import threading
import uuid
from datetime import timedelta

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Now

from generation import fairness
from generation.models import Generation
from generation.querysets import GenerationQuerySet

logger = logging.getLogger(__name__)

#: A claim takes milliseconds. The server ends one whose worker froze in the middle, so that the queue goes on.
CLAIM_TIMEOUT = "60s"
#: The database went away for a moment. Nobody can have taken the job meanwhile, for that goes through the database too.
DISCONNECTED = (OperationalError, InterfaceError)


class LeaseLost(Exception):
    """The job was canceled, or given to another worker."""


def claim() -> Generation | None:
    """Take the fairest job that may start, or None. No two workers ever get the same one."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('idle_in_transaction_session_timeout', %s, true)", [CLAIM_TIMEOUT])
        fairness.lock_queue()
        job = Generation.objects.claimable().select_for_update(skip_locked=True, of=("self",)).first()
        if job is None:
            return None
        Generation.objects.filter(pk=job.pk).update(
            status=Generation.Status.RUNNING,
            token=uuid.uuid4(),
            lease_until=_lease_end(),
            attempts=F("attempts") + 1,
            started_at=Now(),
        )
        fairness.advance_queue(job.vtime)
        job.refresh_from_db()
    return job


def _lease_end() -> CombinedExpression:
    return Now() + timedelta(seconds=settings.GENERATION_LEASE_SECONDS)


def mine(job: Generation) -> GenerationQuerySet:
    """The job's row, as long as this worker's claim on it stands; nothing afterwards."""
    return Generation.objects.running().filter(pk=job.pk, token=job.token)


def lock(job: Generation) -> None:
    """Hold the row to the end of the transaction, so that it is not lost between check and write. Raises LeaseLost."""
    if not mine(job).select_for_update().first():
        raise LeaseLost


def finish(job: Generation, checkpoint: str) -> None:
    """Close the job as done. Raises LeaseLost."""
    if not _close(job, status=Generation.Status.SUCCEEDED, checkpoint=checkpoint, error_code="", error_message=""):
        raise LeaseLost


def fail(job: Generation, code: str, message: str) -> bool:
    """Close the job with a sentence for its owner; False where it is no longer this worker's to close."""
    return _close(job, status=Generation.Status.FAILED, error_code=code, error_message=message[:500])


def _close(job: Generation, **fields: str) -> bool:
    closed = mine(job).update(token=None, lease_until=None, finished_at=Now(), **fields)
    if closed:
        job.refresh_from_db()
    return bool(closed)


class Lease:
    """Keeps a claimed job for as long as the block runs, by a thread that renews the lease at every heartbeat."""

    def __init__(self, job: Generation) -> None:
        self.job = job
        self._stop = threading.Event()
        self._lost = threading.Event()
        self._thread = threading.Thread(target=self._keep, name=f"lease-{job.pk}", daemon=True)

    def __enter__(self) -> "Lease":
        self._thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._stop.set()
        self._thread.join()

    def is_held(self) -> bool:
        """False once the job was canceled or given to another worker."""
        try:
            return not self._lost.is_set() and mine(self.job).exists()
        except DISCONNECTED:
            logger.warning("Cannot ask whether job %s is still ours; going on.", self.job.pk)
            connection.close()
            return True

    def _keep(self) -> None:
        try:
            while not self._stop.wait(settings.GENERATION_HEARTBEAT_SECONDS):
                self._renew()
        finally:
            connection.close()

    def _renew(self) -> None:
        try:
            if not mine(self.job).update(lease_until=_lease_end()):
                self._lost.set()
                self._stop.set()
        except DISCONNECTED:
            logger.warning("Cannot renew the lease of job %s; trying again.", self.job.pk)
            connection.close()
