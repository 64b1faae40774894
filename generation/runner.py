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
from django.db.models import QuerySet

from gallery import renditions, tags
from gallery.models import Image
from gallery.services import add_image
from generation import drawings, failures, leases, progress
from generation.models import Draft, Generation, Output
from generation.unclip import Cancelled, Progress, Sample

if TYPE_CHECKING:
    from generation.unclip.engine import Engine

logger = logging.getLogger(__name__)

#: What a screen reader says of an image before the words it was drawn from.
ORIGINS = {
    Generation.Operation.VARIATIONS: "Variation of: ",
    Generation.Operation.BLEND: "Blend with: ",
    Generation.Operation.TEXT_DIFF: "Changed to: ",
    Generation.Operation.RECONSTRUCTION: "Drawn again: ",
    Generation.Operation.EDIT: "Edited: ",
    Generation.Operation.OUTPAINT: "Extended: ",
    Generation.Operation.UPSAMPLE: "Enlarged: ",
}


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
    missing = [part for run in _missing(job) for part in drawings.together(job, run)]
    total, done = sum(map(len, missing)), 0
    for indices in missing:
        report = partial(_report, lease, board, start=done / total, share=len(indices) / total)
        samples = engine.generate(drawings.drawing(job, engine, indices), on_progress=report)
        for index, sample in zip(indices, samples, strict=True):
            board.saving(index + 1, job.count)
            _store(job, index, sample, engine)
        done += len(indices)
    leases.finish(job, _checkpoint_of(engine))


def _report(lease: leases.Lease, board: progress.Board, state: Progress, *, start: float, share: float) -> None:
    if not lease.is_held():
        raise Cancelled
    board.show(state, start, share)


def _missing(job: Generation) -> list[range]:
    """The indices that are not stored yet, as runs of consecutive ones: the engine draws each run at once."""
    stored = set(_results(job).values_list("index", flat=True))
    missing = [index for index in range(job.count) if index not in stored]
    runs = [[index for _, index in run] for _, run in groupby(enumerate(missing), lambda pair: pair[1] - pair[0])]
    return [range(run[0], run[-1] + 1) for run in runs]


def _results(job: Generation) -> QuerySet[Output] | QuerySet[Draft]:
    return job.drafts if job.operation == Generation.Operation.DRAFTS else job.outputs


@transaction.atomic
def _store(job: Generation, index: int, sample: Sample, engine: "Engine") -> None:
    """Add the picture and its place in the job together, while the claim stands. Raises LeaseLost."""
    leases.lock(job)
    if job.operation == Generation.Operation.DRAFTS:
        picture = renditions.encode(sample.image, "png")
        Draft.objects.create(generation=job, index=index, picture=picture, embedding=list(sample.image_embedding))
    else:
        Output.objects.create(generation=job, index=index, image=_add_image(job, sample, engine))


def _add_image(job: Generation, sample: Sample, engine: "Engine") -> Image:
    known = job.parent.tags.names() if job.parent else ()
    said = () if job.operation == Generation.Operation.VARIATIONS else tags.suggest(job.full_prompt, job.style)
    lead = ORIGINS.get(job.operation, "")
    return add_image(
        owner=job.owner,
        picture=sample.image,
        prompt=job.prompt,
        style=job.style,
        seed=sample.seed,
        checkpoint=_checkpoint_of(engine),
        tags=list(dict.fromkeys([*known, *said]))[: tags.TAGS_PER_IMAGE],
        visibility=job.visibility,
        alt_text=f"{lead}{job.full_prompt}"[:500],
        embedding=sample.image_embedding,
        clip_model=engine.clip_model,
    )


def _checkpoint_of(engine: "Engine") -> str:
    """The checkpoint's name, as everybody may read it: of a folder on this machine, the last part only."""
    path = Path(engine.checkpoint)
    return (path.name if path.is_absolute() else engine.checkpoint)[:200]
