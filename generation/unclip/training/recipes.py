"""Recipes: how large each stage is and how it is trained, one TOML file for each size of model."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SIZES = Path(__file__).parent / "sizes"
STAGES = ("clip", "prior", "decoder", "ranker", "upsampler")
#: Beside the stages, what measures them: a recipe may go without.
JUDGE = "judge"


class RecipeInvalid(Exception):
    """A recipe cannot be read, lacks a stage or has a key that means nothing; the message says which."""


@dataclass(frozen=True)
class Recipe:
    """How a stage is trained; `warmup` in steps, `ema` the decay once the average has settled.

    `model` holds the network's own sizes, `uses` the times a batch is used, under new noise each time, or by the
    upsampler in other parts and mixed with others; with `muon` the matrices of linear layers are trained by that in
    place of AdamW. For the encoder, `vocabulary` is the tokenizer's size and `words` how much of the lexicon is in each
    batch.
    """

    batch_size: int
    learning_rate: float
    model: dict[str, Any] = field(default_factory=dict)
    weight_decay: float = 0.01
    warmup: int = 300
    ema: float = 0.999
    clip_norm: float = 1.0
    uses: int = 1
    muon: bool = False
    vocabulary: int = 8192
    words: int = 64
    save_every: float = 180.0
    sheet_every: float = 600.0


def names() -> list[str]:
    """The sizes that come with the package."""
    return sorted(path.stem for path in SIZES.glob("*.toml"))


def recipe_of(stage: str, size: str) -> Recipe:
    """The recipe of one stage, or of the judge. Raises RecipeInvalid."""
    recipes = load(size)
    if stage not in recipes:
        raise RecipeInvalid(f"{size} has no table {stage}, which says how it is trained.")
    return recipes[stage]


def load(size: str) -> dict[str, Recipe]:
    """The recipe of each stage, of a size of the package or of a TOML file. Raises RecipeInvalid."""
    path = SIZES / f"{size}.toml" if size in names() else Path(size)
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
        if set(tables) - {JUDGE} != set(STAGES):
            wanted = f"{', '.join(STAGES)} and, if you want one, {JUDGE}"
            raise RecipeInvalid(f"{path}: a recipe has the tables {wanted}, not {', '.join(tables)}.")
        return {stage: Recipe(**table) for stage, table in tables.items()}
    except FileNotFoundError as exc:
        raise RecipeInvalid(f"There is no size {size}: choose {', '.join(names())} or a TOML file.") from exc
    except (OSError, TypeError, tomllib.TOMLDecodeError) as exc:
        raise RecipeInvalid(f"{path} cannot be used: {exc}.") from exc
