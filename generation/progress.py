"""How far a running job is, in the cache: written by its worker a few times a second, read by the page that polls.

Losing it costs nothing but a progress bar, so a cache that is away is no fault of the job.
"""

import base64
import io
import logging
import time
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.core.cache import cache
from PIL.Image import Image as Picture
from redis.exceptions import RedisError

from generation.models import Generation
from generation.unclip import Progress

logger = logging.getLogger(__name__)

INTERVAL = 0.2  # seconds between two writes
KEPT = 900  # seconds; longer than any job runs
PREVIEW_SIZE = 96  # pixels
UNAVAILABLE = (RedisError, OSError)

STAGES = {
    "text": "Reading the prompt",
    "prior": "Imagining the picture",
    "inversion": "Looking at the picture",
    "decoder": "Drawing",
    "upsampler": "Adding detail",
    "saving": "Saving",
}


def _key(pk: UUID) -> str:
    return f"generation:{pk}:progress"


class Board:
    """Where one job's worker writes its progress; `share` is the part of the job that the current drawing makes up."""

    def __init__(self, job: Generation) -> None:
        self._key = _key(job.pk)
        self._written = 0.0
        self._fraction = 0.0
        self._previews: list[str] = []

    def show(self, progress: Progress, start: float = 0.0, share: float = 1.0) -> None:
        """Write the state at most every 0.2 s, except the last of a drawing, which is always written."""
        self._fraction = max(self._fraction, min(1.0, start + share * progress.fraction))
        if time.monotonic() - self._written < INTERVAL and progress.fraction < 1:
            return
        if progress.previews:
            self._previews = [_as_data_uri(picture) for picture in progress.previews]
        self._write(progress.stage, progress.step, progress.steps)

    def saving(self, index: int, count: int) -> None:
        self._fraction = 1.0
        self._write("saving", index, count)

    def _write(self, stage: str, step: int, steps: int) -> None:
        state = {
            "stage": stage,
            "label": STAGES.get(stage, stage.capitalize()),
            "step": step,
            "steps": steps,
            "fraction": round(self._fraction, 4),
            "previews": self._previews,
            "updated": time.time(),
        }
        self._written = time.monotonic()
        try:
            cache.set(self._key, state, KEPT)
        except UNAVAILABLE:
            logger.warning("The cache is away; progress is not shown.")


def _as_data_uri(picture: Picture) -> str:
    small = picture.convert("RGB")
    small.thumbnail((PREVIEW_SIZE, PREVIEW_SIZE))
    data = io.BytesIO()
    small.save(data, "WEBP", quality=70, method=0)
    return "data:image/webp;base64," + base64.b64encode(data.getvalue()).decode("ascii")


def attach(jobs: Iterable[Generation]) -> None:
    """Give every job its `progress`, what its worker last wrote or None, in one read."""
    running = [job for job in jobs if job.status == Generation.Status.RUNNING]
    states = _read_many([_key(job.pk) for job in running]) if running else {}
    for job in jobs:
        job.progress = states.get(_key(job.pk))


def _read_many(keys: list[str]) -> dict[str, Any]:
    try:
        return cache.get_many(keys)
    except UNAVAILABLE:
        return {}


def forget(pk: UUID) -> None:
    try:
        cache.delete(_key(pk))
    except UNAVAILABLE:
        logger.warning("The cache is away; the progress of job %s stays until it expires.", pk)
