"""Runs one claimed job: has the engine draw the images that are still missing, and keeps each as it is stored.

Image k is drawn from the job's seed + k, whatever was stored before, so a job that starts again ends with the same
images. Knows nothing of queues and messages.
"""

import logging
from collections.abc import Callable
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from django.db import transaction

from gallery import tags
from gallery.services import add_image
from generation import failures, leases, progress
from generation.embeddings import ImageLost, embedding_of
from generation.models import Generation, Output
from generation.unclip import Cancelled, Drawing, Progress, Sample, TextToImage, Variations

if TYPE_CHECKING:
    from generation.unclip.engine import Engine

logger = logging.getLogger(__name__)


def run(job: Generation, load_engine: Callable[[], "Engine"]) -> None:
    """Draw and store what the job lacks, then close it. A fault is told to the owner; an unexpected one is raised, too.

    The engine is loaded under the lease: a checkpoint that does not load is a fault of the job like any other.
    """
    try:
        with leases.Lease(job) as lease:
            _draw(job, load_engine(), lease)
    except (Cancelled, leases.LeaseLost):
        logger.info("Job %s was canceled or taken over.", job.pk)
    except Exception as problem:
        code, sentence = failures.describe(problem)
        leases.fail(job, code, sentence)
        logger.warning("Job %s failed: %s", job.pk, sentence, exc_info=problem)
        if code == failures.UNEXPECTED:
            raise
    finally:
        progress.forget(job.pk)


def _draw(job: Generation, engine: "Engine", lease: leases.Lease) -> None:
    board = progress.Board(job)
    missing = _missing(job)
    total, done = sum(map(len, missing)), 0
    for indices in missing:
        report = partial(_report, lease, board, start=done / total, share=len(indices) / total)
        samples = engine.generate(_drawing(job, engine, indices), on_progress=report)
        for index, sample in zip(indices, samples, strict=True):
            board.saving(index + 1, job.count)
            _store(job, index, sample, engine)
        done += len(indices)
    leases.finish(job, _checkpoint_of(engine))


def _drawing(job: Generation, engine: "Engine", indices: range) -> Drawing:
    """What the engine is asked for. Raises ImageLost where the image to vary is gone."""
    many = {"count": len(indices), "seed": job.seed + indices.start}
    if job.operation == Generation.Operation.VARIATIONS:
        if job.parent is None:
            raise ImageLost
        return Variations(embedding_of(job.parent, engine), **many)
    return TextToImage(job.full_prompt, **many)


def _report(lease: leases.Lease, board: progress.Board, state: Progress, *, start: float, share: float) -> None:
    if not lease.is_held():
        raise Cancelled
    board.show(state, start, share)


def _missing(job: Generation) -> list[range]:
    """The indices that are not stored yet, as runs of consecutive ones: the engine draws each run at once."""
    stored = set(job.outputs.values_list("index", flat=True))
    missing = [index for index in range(job.count) if index not in stored]
    runs = [[index for _, index in run] for _, run in groupby(enumerate(missing), lambda pair: pair[1] - pair[0])]
    return [range(run[0], run[-1] + 1) for run in runs]


@transaction.atomic
def _store(job: Generation, index: int, sample: Sample, engine: "Engine") -> None:
    """Add the image and its place in the job together, while the claim stands. Raises LeaseLost."""
    leases.lock(job)
    image = add_image(
        owner=job.owner,
        picture=sample.image,
        prompt=job.prompt,
        style=job.style,
        seed=sample.seed,
        checkpoint=_checkpoint_of(engine),
        tags=job.parent.tags.names() if job.parent else tags.suggest(job.full_prompt, job.style),
        visibility=job.visibility,
        alt_text=(f"Variation of: {job.full_prompt}" if job.parent else job.full_prompt)[:500],
        embedding=sample.image_embedding,
        clip_model=engine.clip_model,
    )
    Output.objects.create(generation=job, index=index, image=image)


def _checkpoint_of(engine: "Engine") -> str:
    """The checkpoint's name, as everybody may read it: of a folder on this machine, the last part only."""
    path = Path(engine.checkpoint)
    return (path.name if path.is_absolute() else engine.checkpoint)[:200]
