"""Measures what a checkpoint draws, with a judge that never trained it, beside real pictures.

Pictures are looked at as the decoder leaves them: what the upsampler adds is too small for the judge to see.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from generation.unclip.engine import Engine
from generation.unclip.request import TextToImage
from generation.unclip.stages import Condition
from generation.unclip.tensors import to_images

from .fewsteps import mmd
from .figures import diversity, memorized
from .judge import Judge, scaled
from .prompts import EVERYDAY_SEEN, Ask, asks, wishes
from .reference import Real, judged, look_at_real, summary
from .report import REAL, Figures
from .shards import ImageSet
from .sheets import grid

DIVERSE_PROMPTS, SEEDS_EACH = 32, 8
DRAWN_AT_ONCE = 16
TELL_EVERY = 10.0


class Artist:
    """Draws drafts of many prompts, and tells now and then how many are drawn and how long the rest will take."""

    def __init__(self, engine: Engine, total: int, report: Callable[[str], None]) -> None:
        self.engine, self.total, self.report = engine, total, report
        self.done, self.begun = 0, time.monotonic()
        self.told = self.begun

    def draw(self, asked: Sequence[Ask]) -> Tensor:
        """Pictures (N, 3, 64, 64) in [-1, 1], one of each prompt."""
        drawn = []
        for start in range(0, len(asked), DRAWN_AT_ONCE):
            part = asked[start : start + DRAWN_AT_ONCE]
            pictures = drafts(self.engine, [ask.prompt for ask in part], [ask.seed for ask in part])
            drawn.append(scaled(pictures.float()).cpu())
            self.done += len(part)
            self._tell(time.monotonic())
        return torch.cat(drawn)

    def _tell(self, now: float) -> None:
        if now - self.told > TELL_EVERY:
            self.told = now
            left = (now - self.begun) / self.done * (self.total - self.done)
            self.report(f"drew {self.done:,} of {self.total:,}  {int(left) // 60}:{int(left) % 60:02} left")


@torch.no_grad()
def drafts(engine: Engine, prompts: Sequence[str], seeds: Sequence[int]) -> Tensor:
    """The decoder's pictures (B, 3, S, S), one of each prompt: the drafts of `generate`, of many prompts at a time."""
    text = engine.encoder.encode_text(prompts)
    embedding = engine.prior.draw(text, engine.encoder.encode_text([""]), seeds, _ignore_step)
    return engine.decoder.draw(Condition(embedding, text), seeds, _ignore_step, steps=engine.decoder.steps)


def _ignore_step(step: int, clean: Tensor | None) -> None:
    """Artists tell of pictures, not of steps."""


def measure(
    engine: Engine, judge: Judge, images: ImageSet, samples: int, report: Callable[[str], None]
) -> dict[str, Figures]:
    """The figures of real pictures and of `samples` drawn ones of each kind of prompt. Raises NotMeasurable."""
    kinds, left_out = wishes(images.records, set(judge.names["concept"]))
    if left_out:
        report(f"synonyms that captions say, or whose concept the judge does not know: {', '.join(left_out)}")
    asked = {kind: asks(wished, samples) for kind, wished in kinds.items()}
    repeated = repeat_seeds(asked.get(EVERYDAY_SEEN, ()))
    real = look_at_real(engine, judge, images, [group[0] for group in repeated], report)
    artist = Artist(engine, sum(map(len, (*asked.values(), *repeated))), report)
    columns = {REAL: real.figures}
    for kind, wanted in asked.items():
        columns[kind] = look_at_drawn(artist, judge, wanted, real)
        report(f"{kind}: {summary(columns[kind])}")
    if repeated:
        spread = diversity([judge.look(artist.draw(group)).features for group in repeated])
        columns[EVERYDAY_SEEN] = replace(columns[EVERYDAY_SEEN], diversity=spread)
    return columns


def repeat_seeds(asked: Sequence[Ask]) -> list[list[Ask]]:
    """The first prompts, each with several seeds."""
    return [[replace(ask, seed=seed) for seed in range(SEEDS_EACH)] for ask in asked[:DIVERSE_PROMPTS]]


def look_at_drawn(artist: Artist, judge: Judge, asked: Sequence[Ask], real: Real) -> Figures:
    """All figures of one picture of each prompt but the diversity."""
    drawn = artist.draw(asked)
    opinion = judge.look(drawn)
    embeddings = torch.tensor(artist.engine.embed_images(to_images(drawn)))
    copies = memorized(opinion.features, real.training, real.copy)
    return replace(judged(judge, opinion, asked), memorized=copies, mmd=mmd(embeddings, real.embeddings))


def draw_sheet(engine: Engine, prompts: Sequence[str], path: Path, columns: int, seed: int = 0) -> None:
    """One finished picture of each prompt, in order, none left out."""
    pictures = [engine.generate(TextToImage(prompt, seed=seed))[0].image for prompt in prompts]
    path.parent.mkdir(parents=True, exist_ok=True)
    grid(pictures, columns, gap=8).save(path, optimize=True)
