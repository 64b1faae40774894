"""The pairs of concept and style that no stage ever sees, to measure how well known things take a known style."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

PAIRS = 120
#: Things that are known from drawings and never seen in these styles.
UNSEEN: dict[str, frozenset[str]] = {
    "watercolor": frozenset({"banana", "pineapple"}),
    "botanical-watercolor": frozenset({"banana", "pineapple"}),
    "photo": frozenset({"mango", "avocado", "garlic"}),
    "clip-art": frozenset({"pear", "lemon"}),
}


def shared_concepts(drawn: Iterable[tuple[str, str]], styles: Sequence[str]) -> list[str]:
    """Concepts drawn in every one of `styles`, out of (concept, style) pairs."""
    by_concept: dict[str, set[str]] = {}
    for concept, style in drawn:
        by_concept.setdefault(concept, set()).add(style)
    return sorted(concept for concept, found in by_concept.items() if found.issuperset(styles))


def held_out_pairs(concepts: Iterable[str], styles: Sequence[str], count: int = PAIRS) -> set[tuple[str, str]]:
    """For the first `count` concepts by SHA-1, one style each, chosen by the same digest."""
    chosen = sorted(concepts, key=_digest)[:count]
    return {(concept, styles[_digest(concept) // 7 % len(styles)]) for concept in chosen}


def is_unseen(concept: str, style: str) -> bool:
    """Whether any word of the concept names a thing that is held out in this style."""
    return not UNSEEN.get(style, frozenset()).isdisjoint(concept.split())


def _digest(concept: str) -> int:
    return int(hashlib.sha1(concept.encode()).hexdigest(), 16)
