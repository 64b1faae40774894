"""The mix of pictures that a checkpoint learns from: which are shown how often."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

from .captions import Record, with_article

#: What people ask for first. A small model that knows these well is worth more than one that half knows everything.
EVERYDAY = frozenset((Path(__file__).parent / "everyday.txt").read_text(encoding="utf-8").splitlines())
OTHER_CONCEPTS_WEIGHT = 0.08
#: How often a picture of these styles is shown, beside those of the others: there are many of them, or they differ
#: from one another more than a small model can tell. Drawn sets of emoji are told apart by so little that they all need
#: to be seen as often as any, and those that are mixed up most more often.
STYLE_WEIGHTS = {
    "bold-flat-illustration": 2.0,
    "soft-flat-emoji": 2.0,
    "blob-emoji": 2.0,
    "minimal-flat-emoji": 1.5,
    "cartoon-emoji": 1.5,
    "pencil-sketch": 0.7,
    "watercolor": 0.7,
    "botanical-watercolor": 0.7,
    "hand-drawn-sketch": 0.5,
    "photo": 0.3,
    "flat-avatar": 0.5,
    "clip-art": 0.4,
}
#: In these styles there are none but everyday things.
EVERYDAY_STYLES = frozenset({"photo", "flat-avatar"})
#: The share of captioned pictures in a set that has others too: they are what somebody trains for, however few.
CAPTIONED_SHARE = 0.5


def is_everyday(record: Record) -> bool:
    """Whether a picture shows what people ask for first."""
    return record.concept in EVERYDAY or record.style in EVERYDAY_STYLES


def weight(record: Record) -> float:
    """How often a picture is shown, beside others."""
    concept = 1.0 if is_everyday(record) else OTHER_CONCEPTS_WEIGHT
    return concept * STYLE_WEIGHTS.get(record.style, 1.0)


def broadly(record: Record) -> float:
    """How often a picture is shown to what has to tell all of them apart, the towers and the prior."""
    return weight(record) ** 0.5


def subjects(records: Iterable[Record]) -> list[str]:
    """What a checkpoint trained on these pictures has seen most, as phrases: "a red apple"."""
    shown = (each for each in records if each.split == "train" and not each.is_captioned)
    return [with_article(each) for each in sorted({record.concept for record in shown if is_everyday(record)})]


def evenly(record: Record) -> float:
    """Every picture as often as every other, for what should not lean on what people ask for."""
    return 1.0


def chances(records: Sequence[Record], weigh: Callable[[Record], float] = weight) -> np.ndarray:
    """How likely each picture is to be drawn, (N,) with sum 1: captioned ones alike, others by `weigh`.

    Pictures of one thing in one style stand for each other in part: n of them are drawn as often as sqrt(n) others.
    """
    captioned = np.array([record.is_captioned for record in records])
    alike = captioned / max(captioned.sum(), 1)
    alternatives = Counter((record.concept, record.style) for record in records)
    weights = np.array(
        [
            0.0 if record.is_captioned else weigh(record) / alternatives[record.concept, record.style] ** 0.5
            for record in records
        ]
    )
    if captioned.all():
        return alike
    share = CAPTIONED_SHARE * captioned.any()
    return share * alike + (1 - share) * weights / weights.sum()
