"""What a measurement found: as a table for a model card, with the goals and whether each is met, and as JSON."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

from .prompts import EVERYDAY_SEEN, HELD_OUT, SEEN, SYNONYMS

REAL, REAL_SEEN = "real, held out", "real, seen"


@dataclass(frozen=True)
class Figures:
    """Of one kind of pictures, the shares that show what was asked for, and how they lie beside real ones.

    `mmd` is the CLIP-MMD to real held-out pictures, `diversity` the mean distance of pictures of one prompt and
    `memorized` the share of copies of training pictures; each is None where it was not taken.
    """

    background: float
    style: float
    top1: float
    top5: float
    mmd: float | None = None
    diversity: float | None = None
    memorized: float | None = None


ROWS = {
    "background": "background right",
    "style": "style right",
    "top1": "concept top-1",
    "top5": "concept top-5",
    "mmd": "CLIP-MMD to real pictures",
    "diversity": "diversity of 8 seeds",
    "memorized": "memorized",
}
SHARES = {"background", "style", "top1", "top5", "memorized"}


class Goal(NamedTuple):
    """The least that a checkpoint should reach that was trained on two CPU cores, or with a GPU."""

    cpu: float
    gpu: float


GOALS: dict[tuple[str, str], Goal] = {
    **{("background", kind): Goal(0.92, 0.97) for kind in (SEEN, EVERYDAY_SEEN, HELD_OUT, SYNONYMS)},
    **{("style", kind): Goal(0.85, 0.95) for kind in (SEEN, EVERYDAY_SEEN)},
    **{("top5", kind): Goal(0.55, 0.85) for kind in (SEEN, EVERYDAY_SEEN)},
    ("top5", HELD_OUT): Goal(0.30, 0.60),
    ("top5", SYNONYMS): Goal(0.30, 0.55),
}


def table(columns: Mapping[str, Figures]) -> str:
    """A Markdown table with a row for each figure; behind it in brackets the goals for CPUs and for GPUs."""
    lines = [_line("Figure", *columns), _line("---", *["---"] * len(columns))]
    lines += [
        _line(words, *(_cell(row, kind, found) for kind, found in columns.items())) for row, words in ROWS.items()
    ]
    return "\n".join(lines)


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(row: str, kind: str, found: Figures) -> str:
    value = getattr(found, row)
    if value is None:
        return ""
    words = f"{value:.1%}" if row in SHARES else f"{value:.3f}"
    goal = GOALS.get((row, kind))
    if goal is None:
        return words
    told = [f"{'met' if value >= least else 'missed'}: {least:.0%}" for least in goal]
    return f"{words} ({', '.join(told)})"


def doubts(columns: Mapping[str, Figures]) -> list[str]:
    """A sentence for each figure in which real pictures miss even the least of its goals: the judge is at fault."""
    sentences = []
    for row in dict.fromkeys(row for row, _ in GOALS):
        lowest = min(goal.cpu for (each, kind), goal in GOALS.items() if each == row and kind in columns)
        for kind, pictures in ((REAL, "real held-out pictures"), (REAL_SEEN, "pictures that it was trained with")):
            if (held := getattr(columns[kind], row)) < lowest:
                share = f"“{ROWS[row]}” holds for {held:.0%} of {pictures} only"
                sentences.append(f"The judge is too weak to tell: {share}; train it longer.")
    return sentences


def write_json(path: Path, checkpoint: str, samples: int, columns: Mapping[str, Figures]) -> None:
    """All figures by column, and for each goal on what it is to be trained, its least value and whether it is met."""
    goals = [
        {"figure": row, "column": kind, "on": on, "at_least": least, "met": getattr(columns[kind], row) >= least}
        for (row, kind), goal in GOALS.items()
        if kind in columns
        for on, least in goal._asdict().items()
    ]
    facts = {"checkpoint": checkpoint, "samples": samples, "goals": goals}
    path.parent.mkdir(parents=True, exist_ok=True)
    figures = {kind: asdict(found) for kind, found in columns.items()}
    path.write_text(json.dumps(facts | {"figures": figures}, indent=2) + "\n", encoding="utf-8")
