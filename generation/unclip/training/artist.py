"""Draws pictures of many prompts, several at a time, to be looked at by whoever measures."""

import time
from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from generation.unclip.engine import Engine
from generation.unclip.stages import Condition
from generation.unclip.tensors import as_stored

from .clock import time_left

DRAWN_AT_ONCE = 16
TELL_EVERY = 10.0
#: Engine, prompts and seeds to pictures (B, 3, S, S) in [-1, 1], S the decoder's size.
Draw = Callable[[Engine, Sequence[str], Sequence[int]], Tensor]


def drafts(engine: Engine, prompts: Sequence[str], seeds: Sequence[int]) -> Tensor:
    """The decoder's pictures (B, 3, S, S), one of each prompt: the drafts of `generate`, of many prompts at a time."""
    return _drawn(engine, prompts, seeds)[0]


def finished(engine: Engine, prompts: Sequence[str], seeds: Sequence[int]) -> Tensor:
    """The pictures that people get, made as small as drafts again: (B, 3, S, S)."""
    pictures, embedding = _drawn(engine, prompts, seeds)
    if not engine.upsampler:
        return pictures
    large = engine.upsampler.upsample(as_stored(pictures), embedding, seeds, _ignore_step)
    return F.interpolate(large, pictures.shape[-2:], mode="bilinear", antialias=True, align_corners=False)


@torch.no_grad()
def _drawn(engine: Engine, prompts: Sequence[str], seeds: Sequence[int]) -> tuple[Tensor, Tensor]:
    """The decoder's pictures and the image embeddings that they are drawn from."""
    text = engine.encoder.encode_text(prompts)
    embedding = engine.prior.draw(text, engine.encoder.encode_text([""]), seeds, _ignore_step)
    pictures = engine.decoder.draw(Condition(embedding, text), seeds, _ignore_step, steps=engine.decoder.steps)
    return pictures, embedding


def _ignore_step(step: int, clean: Tensor | None) -> None:
    """Artists tell of pictures, not of steps."""


class Artist:
    """Draws, and tells now and then how many of the `total` are drawn and how long the rest will take."""

    def __init__(self, engine: Engine, total: int, report: Callable[[str], None], draw: Draw = drafts) -> None:
        self.engine, self.total, self.report, self._draw = engine, total, report, draw
        self.done, self.begun = 0, time.monotonic()
        self.told = self.begun

    def draw(self, prompts: Sequence[str], seeds: Sequence[int]) -> Tensor:
        """Pictures (N, 3, S, S) in [-1, 1], one of each prompt."""
        drawn = []
        for start in range(0, len(prompts), DRAWN_AT_ONCE):
            part = slice(start, start + DRAWN_AT_ONCE)
            drawn.append(self._draw(self.engine, prompts[part], seeds[part]).float().cpu())
            self.done += len(drawn[-1])
            self._tell(time.monotonic())
        return torch.cat(drawn)

    def _tell(self, now: float) -> None:
        if now - self.told > TELL_EVERY:
            self.told = now
            left = (now - self.begun) / self.done * (self.total - self.done)
            self.report(f"drew {self.done:,} of {self.total:,}  {time_left(left)}")
