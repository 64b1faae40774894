"""What a measurement found: as a table for a model card, with the goals and whether each is met, and as JSON."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from .prompts import EVERYDAY_SEEN, HELD_OUT, SEEN, SYNONYMS

REAL = "real, held out"


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
#: The least that a checkpoint trained on two CPU cores should reach.
GOALS: dict[tuple[str, str], float] = {
    **{("background", kind): 0.92 for kind in (SEEN, EVERYDAY_SEEN, HELD_OUT, SYNONYMS)},
    **{("style", kind): 0.85 for kind in (SEEN, EVERYDAY_SEEN)},
    **{("top5", kind): 0.55 for kind in (SEEN, EVERYDAY_SEEN)},
    **{("top5", kind): 0.30 for kind in (HELD_OUT, SYNONYMS)},
}


def table(columns: Mapping[str, Figures]) -> str:
    """A Markdown table with a row for each figure; a goal stands in brackets behind its figure."""
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
    return f"{words} ({'met' if value >= goal else 'missed'}: {goal:.0%})"


def doubts(columns: Mapping[str, Figures]) -> list[str]:
    """A sentence for each figure in which real pictures miss even the least of its goals: the judge is at fault."""
    real, sentences = columns[REAL], []
    for row in dict.fromkeys(row for row, _ in GOALS):
        lowest = min(goal for (each, kind), goal in GOALS.items() if each == row and kind in columns)
        if getattr(real, row) < lowest:
            share = f"“{ROWS[row]}” holds for {getattr(real, row):.0%} of real held-out pictures only"
            sentences.append(f"The judge is too weak to tell: {share}; train it longer.")
    return sentences


def write_json(path: Path, checkpoint: str, samples: int, columns: Mapping[str, Figures]) -> None:
    """All figures by column, and for each goal its least value, the value found and whether it is met."""
    goals = [
        {"figure": row, "column": kind, "at_least": goal, "met": getattr(columns[kind], row) >= goal}
        for (row, kind), goal in GOALS.items()
        if kind in columns
    ]
    facts = {"checkpoint": checkpoint, "samples": samples, "goals": goals}
    path.parent.mkdir(parents=True, exist_ok=True)
    figures = {kind: asdict(found) for kind, found in columns.items()}
    path.write_text(json.dumps(facts | {"figures": figures}, indent=2) + "\n", encoding="utf-8")
