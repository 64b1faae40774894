"""Whether drawing in few steps costs quality: CLIP score and CLIP-MMD beside a run of many steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from PIL import Image
from torch import Tensor

from generation.unclip.engine import Engine
from generation.unclip.request import TextToImage

MANY_STEPS = 100
#: The kernel's width on unit embeddings, and what the distance is told in (CMMD, arXiv 2401.09603).
WIDTH = 10.0
UNIT = 1000.0


@dataclass(frozen=True)
class Quality:
    """`score`: the mean cosine of picture and prompt. `mmd`: the distance to held-out pictures; 0 is as they are."""

    score: float
    mmd: float

    def loss_beside(self, other: Quality) -> tuple[float, float]:
        """How much worse than `other` this is, as shares of its score and of its distance; below 0 is better."""
        return 1 - self.score / other.score, self.mmd / other.mmd - 1


def compare_steps(
    engine: Engine, prompts: Sequence[str], held_out: Sequence[Image.Image], report: Callable[[str], None]
) -> tuple[Quality, Quality]:
    """The quality in the checkpoint's own steps and in MANY_STEPS, on the same prompts and seeds."""
    wanted = torch.tensor(engine.embed_images(held_out))
    few = quality(engine, prompts, wanted)
    report(f"{engine.prior.steps} + {engine.decoder.steps} steps: score {few.score:.4f}, CLIP-MMD {few.mmd:.3f}")
    with _steps(engine, MANY_STEPS):
        many = quality(engine, prompts, wanted)
    report(f"{MANY_STEPS} + {MANY_STEPS} steps: score {many.score:.4f}, CLIP-MMD {many.mmd:.3f}")
    return few, many


def quality(engine: Engine, prompts: Sequence[str], held_out: Tensor) -> Quality:
    """Draws one picture of each prompt and looks at it with the checkpoint's own CLIP; `held_out` is (N, D)."""
    pictures = [engine.generate(TextToImage(prompt, seed=seed))[0].image for seed, prompt in enumerate(prompts)]
    drawn, texts = torch.tensor(engine.embed_images(pictures)), torch.tensor(engine.embed_text(prompts))
    return Quality((drawn * texts).sum(-1).mean().item(), mmd(drawn, held_out))


def mmd(drawn: Tensor, wanted: Tensor) -> float:
    """The squared maximum mean discrepancy of unit embeddings (N, D) and (M, D), with a Gaussian kernel."""

    def kernel(left: Tensor, right: Tensor) -> float:
        return torch.exp(-torch.cdist(left.double(), right.double()).square() / (2 * WIDTH**2)).mean().item()

    return UNIT * (kernel(drawn, drawn) + kernel(wanted, wanted) - 2 * kernel(drawn, wanted))


@contextmanager
def _steps(engine: Engine, steps: int) -> Iterator[None]:
    before = engine.prior.steps, engine.decoder.steps
    engine.prior.steps = engine.decoder.steps = steps
    try:
        yield
    finally:
        engine.prior.steps, engine.decoder.steps = before
