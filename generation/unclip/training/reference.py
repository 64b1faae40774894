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

from .batches import PLACED, Batch, Batches
from .figures import copy_distance, diversity, memorized, mmd, share_named
from .judge import BATCH, SIZE, Judge, Opinion
from .palette import sample_color
from .prompts import Ask
from .report import Figures
from .shards import ImageSet

#: So many looks are taken at held-out pictures, on a background of its own each time.
LOOKS = 2048

Report = Callable[[str], None]


class NotMeasurable(Exception):
    """The set and the judge have nothing in common to measure with; the message says what is missing."""


class Real(NamedTuple):
    """Features (N, D) of all training pictures, CLIP embeddings (M, E) of held-out ones, the distance below which a
    picture counts as a copy of a training picture, and the own figures of held-out pictures and of training pictures
    laid on other backgrounds: no drawn picture can be told better than the judge tells these."""

    training: Tensor
    embeddings: Tensor
    copy: float
    held_out: Figures
    seen: Figures


def look_at_real(engine: Engine, judge: Judge, images: ImageSet, diverse: Sequence[Ask], report: Report) -> Real:
    """Checks the judge on held-out pictures, then looks at every training picture. Raises NotMeasurable.

    `diverse` are prompts whose concepts, in all the styles that were seen, say how far apart real pictures are.
    """
    known = set(judge.names["concept"])
    batches, rng = Batches(images, SIZE, BATCH, 0, PLACED, pick_background=sample_color), random.Random(0)
    by_split = {
        split: [n for n, each in enumerate(images.records) if each.split == split and each.concept in known]
        for split in ("heldout", "train")
    }
    if not all(by_split.values()):
        raise NotMeasurable("The set holds out no pictures that the judge knows, so nothing can be compared with them.")
    shown = [batches.compose(each_pair_alike(images, rows, rng), rng) for rows in by_split.values()]
    opinions = [judge.look(each.images) for each in shown]
    training = _features(judge, batches, rng)
    near = copy_distance(opinions[0].features, training)
    embeddings, trained = (torch.tensor(engine.embed_images(to_images(each.images))) for each in shown)
    apart = mmd(trained, embeddings)
    held_out, seen = (
        replace(
            judged(judge, opinion, _as_asked(batch)), memorized=memorized(opinion.features, training, near), mmd=apart
        )
        for opinion, batch in zip(opinions, shown, strict=True)
    )
    report(f"the judge on {LOOKS} real held-out pictures: {summary(held_out)}")
    report(f"the judge on {LOOKS} that it was trained with, laid on other backgrounds: {summary(seen)}")
    groups = _by_concept(images, batches.train, training, diverse)
    spread = diversity(groups) if groups else None
    return Real(training, embeddings, near, replace(held_out, diversity=spread), seen)


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
