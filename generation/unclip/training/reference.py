"""Real pictures to measure drawn ones beside: those held out of all training, and those trained with."""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import torch
from torch import Tensor

from generation.unclip.engine import Engine
from generation.unclip.tensors import to_images

from .batches import STILL, Batch, Batches
from .figures import copy_distance, diversity, memorized, mmd, share_named
from .judge import BATCH, SIZE, Judge, Opinion
from .palette import sample_color
from .prompts import Ask
from .report import Figures
from .shards import ImageSet

#: So many looks are taken at held-out pictures, on a background of its own each time.
LOOKS = 2048
#: As the decoder's training has them, but in their own colors.
PLACED = replace(STILL, recolored=0.0)

Report = Callable[[str], None]


class NotMeasurable(Exception):
    """The set and the judge have nothing in common to measure with; the message says what is missing."""


class Real(NamedTuple):
    """Features (N, D) of all training pictures, CLIP embeddings (M, E) of held-out ones, the distance below which a
    picture counts as a copy of a training picture, and the held-out pictures' own figures."""

    training: Tensor
    embeddings: Tensor
    copy: float
    figures: Figures


def look_at_real(engine: Engine, judge: Judge, images: ImageSet, diverse: Sequence[Ask], report: Report) -> Real:
    """Checks the judge on held-out pictures, then looks at every training picture. Raises NotMeasurable.

    `diverse` are prompts whose concepts, in all the styles that were seen, say how far apart real pictures are.
    """
    known = set(judge.names["concept"])
    held_out = [n for n, each in enumerate(images.records) if each.split == "heldout" and each.concept in known]
    batches, rng = Batches(images, SIZE, BATCH, 0, PLACED, pick_background=sample_color), random.Random(0)
    if not held_out or not batches.train:
        raise NotMeasurable("The set holds out no pictures that the judge knows, so nothing can be compared with them.")
    shown, again = (batches.compose(each_pair_alike(images, rows, rng), rng) for rows in (held_out, batches.train))
    opinion = judge.look(shown.images)
    figures = judged(judge, opinion, _as_asked(shown))
    report(f"the judge on {len(shown.images)} real held-out pictures: {summary(figures)}")
    training = _features(judge, batches, rng)
    near = copy_distance(opinion.features, training)
    copies = memorized(judge.look(again.images).features, training, near)
    report(f"of training pictures laid on another background, {copies:.1%} count as memorized")
    embeddings, trained = (torch.tensor(engine.embed_images(to_images(each.images))) for each in (shown, again))
    groups = _by_concept(images, batches.train, training, diverse)
    figures = replace(
        figures,
        memorized=memorized(opinion.features, training, near),
        mmd=mmd(trained, embeddings),
        diversity=diversity(groups) if groups else None,
    )
    return Real(training, embeddings, near, figures)


def judged(judge: Judge, opinion: Opinion, asked: Sequence[Ask]) -> Figures:
    """The shares of pictures that show what was asked for."""
    concepts, scores = [ask.concepts for ask in asked], opinion.scores
    return Figures(
        background=share_named(scores["background"], judge.names["background"], [{ask.background} for ask in asked]),
        style=share_named(scores["style"], judge.names["style"], [{ask.style} for ask in asked]),
        top1=share_named(scores["concept"], judge.names["concept"], concepts),
        top5=share_named(scores["concept"], judge.names["concept"], concepts, top=5),
    )


def summary(found: Figures) -> str:
    concept = f"concept {found.top1:.1%}, among five {found.top5:.1%}"
    return f"background {found.background:.1%}, style {found.style:.1%}, {concept}"


def each_pair_alike(images: ImageSet, rows: Sequence[int], rng: random.Random) -> list[int]:
    """LOOKS of the rows by chance, each pair of concept and style as often as the others, as prompts ask for them."""
    count = Counter((images.records[n].concept, images.records[n].style) for n in rows)
    weights = [1 / count[images.records[n].concept, images.records[n].style] for n in rows]
    return rng.choices(rows, weights, k=LOOKS)


def _features(judge: Judge, batches: Batches, rng: random.Random) -> Tensor:
    """(N, D) of all training pictures, in their order."""
    parts = [batches.train[start : start + BATCH] for start in range(0, len(batches.train), BATCH)]
    return torch.cat([judge.look(batches.compose(part, rng).images).features for part in parts])


def _as_asked(batch: Batch) -> list[Ask]:
    pairs = zip(batch.records, batch.backgrounds, strict=True)
    return [Ask("", 0, record.style, (record.concept,), background.name) for record, background in pairs]


def _by_concept(images: ImageSet, rows: Sequence[int], features: Tensor, asked: Sequence[Ask]) -> list[Tensor]:
    """The features of all pictures of each asked concept that has two at least."""
    numbers: dict[str, list[int]] = {}
    for number, row in enumerate(rows):
        numbers.setdefault(images.records[row].concept, []).append(number)
    return [features[numbers[ask.concepts[0]]] for ask in asked if len(numbers[ask.concepts[0]]) > 1]
