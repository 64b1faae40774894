"""Whether drawing in few steps costs quality: CLIP score and CLIP-MMD beside a run of many steps."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor

from generation.unclip.engine import Engine
from generation.unclip.tensors import to_images

from .artist import Artist
from .batches import PLACED, Batch, Batches
from .figures import mmd
from .judge import BATCH, SIZE
from .palette import sample_color
from .prompts import HELD_OUT, Ask, asks, wishes
from .reference import NotMeasurable, each_pair_alike
from .shards import ImageSet

MANY_STEPS = 100


@dataclass(frozen=True)
class Quality:
    """`score`: the mean cosine of picture and prompt. `mmd`: the distance to held-out pictures; 0 is as they are."""

    score: float
    mmd: float

    def __str__(self) -> str:
        return f"score {self.score:.4f}, CLIP-MMD {self.mmd:.3f}"

    def loss_beside(self, other: Quality) -> tuple[float, float]:
        """How much worse than `other` this is, as shares of its score and of its distance; below 0 is better."""
        return 1 - self.score / other.score, self.mmd / other.mmd - 1


def compare_steps(
    engine: Engine, images: ImageSet, count: int, report: Callable[[str], None]
) -> tuple[Quality, Quality]:
    """The quality of `count` drafts in the checkpoint's own steps and in MANY_STEPS, on the same prompts and seeds.

    Each is drawn once, where the checkpoint would keep the best of several takes: steps alone are compared.
    Prompts name the held-out pairs of the set, whose pictures they are then compared with. Raises NotMeasurable.
    """
    kinds, _ = wishes(images.records, {record.concept for record in images.records})
    if HELD_OUT not in kinds:
        raise NotMeasurable("The set holds out no pictures, so nothing can be compared with them.")
    asked = asks(kinds[HELD_OUT], count)
    pairs = {(wish.concepts[0], wish.style) for wish in kinds[HELD_OUT]}
    wanted = torch.tensor(engine.embed_images(to_images(held_out(images, pairs).images)))
    artist = Artist(engine, 2 * count, report)
    with _drawn_once(engine):
        few = quality(artist, asked, wanted)
        report(f"{engine.prior.steps} + {engine.decoder.steps} steps: {few}")
        with _steps(engine, MANY_STEPS):
            many = quality(artist, asked, wanted)
    score, distance = few.loss_beside(many)
    report(f"{MANY_STEPS} + {MANY_STEPS} steps: {many}")
    report(f"the few steps lose {score:.1%} of the score and add {distance:.1%} to the distance")
    return few, many


def held_out(images: ImageSet, pairs: Collection[tuple[str, str]]) -> Batch:
    """The held-out pictures of these pairs of concept and style, each on several backgrounds."""
    rng = random.Random(0)
    rows = [row for row, record in enumerate(images.records) if (record.concept, record.style) in pairs]
    batches = Batches(images, SIZE, BATCH, 0, PLACED, pick_background=sample_color)
    return batches.compose(each_pair_alike(images, rows, rng), rng)


def quality(artist: Artist, asked: Sequence[Ask], held_out: Tensor) -> Quality:
    """Draws the prompts and looks at them with the checkpoint's own CLIP; `held_out` is (N, D)."""
    prompts = [ask.prompt for ask in asked]
    pictures = to_images(artist.draw(prompts, [ask.seed for ask in asked]))
    drawn, texts = (
        torch.tensor(each) for each in (artist.engine.embed_images(pictures), artist.engine.embed_text(prompts))
    )
    return Quality((drawn * texts).sum(-1).mean().item(), mmd(drawn, held_out))


@contextmanager
def _drawn_once(engine: Engine) -> Iterator[None]:
    takes = engine.decoder.takes
    engine.decoder.takes = takes and takes._replace(count=1)
    try:
        yield
    finally:
        engine.decoder.takes = takes


@contextmanager
def _steps(engine: Engine, steps: int) -> Iterator[None]:
    before = engine.prior.steps, engine.decoder.steps
    engine.prior.steps = engine.decoder.steps = steps
    try:
        yield
    finally:
        engine.prior.steps, engine.decoder.steps = before
