"""Every write that people ask for: submit, cancel and retry jobs. Knows nothing of requests, pages and workers."""

import secrets
from functools import partial

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Now

from accounts.models import User
from generation import demo, fairness, progress, runtime, tasks
from generation.models import Generation
from generation.request import MAX_SEED, JobRequest

QUEUE_FULL = "queue-full"
NO_CHECKPOINT = "no-checkpoint"
KEY_REUSED = "key-reused"


def submit(
    owner: User,
    request: JobRequest,
    *,
    idempotency_key: str | None = None,
    priority: int = Generation.Priority.NORMAL,
) -> Generation:
    """Accept the request: once this returns, the job survives whatever crashes. The same key gives the same job.

    Raises ValidationError with the code `no-checkpoint`, `queue-full` or `key-reused`.
    """
    _require_checkpoint()
    with transaction.atomic():
        clock = fairness.lock_clock(owner)
        if idempotency_key and (known := _find(owner, idempotency_key, request)):
            return known
        if priority == Generation.Priority.NORMAL:
            _require_room(owner)
        job = Generation.objects.create(
            owner=owner,
            operation=request.operation,
            request=request.as_json(),
            parent=request.parent,
            prompt=request.prompt,
            style=request.style,
            count=request.count,
            seed=secrets.randbelow(MAX_SEED) if request.seed is None else request.seed,
            visibility=request.visibility,
            priority=priority,
            vtime=fairness.next_vtime(clock, request.count),
            idempotency_key=idempotency_key,
        )
        _announce(job)
    return job


def cancel(job: Generation) -> Generation:
    """End a job that has not ended yet; its worker notices at its next step. Images that are stored stay."""
    Generation.objects.active().filter(pk=job.pk).update(
        status=Generation.Status.CANCELED, token=None, lease_until=None, finished_at=Now()
    )
    progress.forget(job.pk)
    job.refresh_from_db()
    return job


def retry(job: Generation) -> Generation:
    """Queue an ended job again, at the back, for the images that it still lacks. A second retry changes nothing.

    Raises ValidationError with the code `no-checkpoint` or `queue-full`.
    """
    _require_checkpoint()
    with transaction.atomic():
        clock = fairness.lock_clock(job.owner)
        # Only a retry takes a job out of these states, and the owner's clock lets one through at a time.
        job.refresh_from_db()
        if not job.can_retry:
            return job
        _require_room(job.owner)
        Generation.objects.filter(pk=job.pk).update(
            status=Generation.Status.QUEUED,
            vtime=fairness.next_vtime(clock, job.count),
            attempts=0,
            error_code="",
            error_message="",
            published_at=None,
            started_at=None,
            finished_at=None,
        )
        _announce(job)
    job.refresh_from_db()
    return job


def submit_demo() -> list[Generation]:
    """Draw the demo images, public and owned by the site itself, unless that was asked before."""
    if runtime.checkpoint_problem():
        return []
    owner = _site_user()
    return [
        submit(owner, request, idempotency_key=f"demo-{number}", priority=Generation.Priority.BACKGROUND)
        for number, request in enumerate(demo.REQUESTS, start=1)
    ]


def _site_user() -> User:
    user, created = User.objects.get_or_create(username="airbrush", defaults={"email": "airbrush@localhost"})
    if created:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    return user


def _require_checkpoint() -> None:
    if problem := runtime.checkpoint_problem():
        raise ValidationError(problem, code=NO_CHECKPOINT)


def _require_room(owner: User) -> None:
    limit = settings.GENERATION_MAX_QUEUED_PER_USER
    if Generation.objects.owned_by(owner).queued().count() >= limit:
        raise ValidationError(
            f"You already have {limit} {'job' if limit == 1 else 'jobs'} in the queue. "
            "Wait until one has started, or cancel one.",
            code=QUEUE_FULL,
        )


def _find(owner: User, key: str, request: JobRequest) -> Generation | None:
    known = Generation.objects.owned_by(owner).filter(idempotency_key=key).first()
    if known and known.request != request.as_json():
        raise ValidationError("This key was used for another request before.", code=KEY_REUSED)
    return known


def _announce(job: Generation) -> None:
    transaction.on_commit(partial(tasks.wake, [job.pk]), robust=True)
