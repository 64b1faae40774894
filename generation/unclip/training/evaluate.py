"""Measures what a checkpoint draws, with a judge that never trained it, beside real pictures.

Pictures are looked at as people get them, from the upsampler, made smaller again: it mends what the decoder leaves.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from generation.unclip.engine import Engine
from generation.unclip.request import TextToImage
from generation.unclip.tensors import to_images

from .artist import Artist, finished
from .figures import diversity, memorized, mmd
from .judge import Judge, scaled
from .prompts import EVERYDAY_SEEN, Ask, asks, wishes
from .reference import Real, judged, look_at_real, summary
from .report import REAL, REAL_SEEN, Figures
from .shards import ImageSet
from .sheets import grid

DIVERSE_PROMPTS, SEEDS_EACH = 32, 8


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
    artist = Artist(engine, sum(map(len, (*asked.values(), *repeated))), report, finished)
    columns = {REAL: real.held_out, REAL_SEEN: real.seen}
    for kind, wanted in asked.items():
        columns[kind] = look_at_drawn(artist, judge, wanted, real)
        report(f"{kind}: {summary(columns[kind])}")
    if repeated:
        spread = diversity([judge.look(draw(artist, group)).features for group in repeated])
        columns[EVERYDAY_SEEN] = replace(columns[EVERYDAY_SEEN], diversity=spread)
    return columns


def repeat_seeds(asked: Sequence[Ask]) -> list[list[Ask]]:
    """The first prompts, each with several seeds."""
    return [[replace(ask, seed=seed) for seed in range(SEEDS_EACH)] for ask in asked[:DIVERSE_PROMPTS]]


def draw(artist: Artist, asked: Sequence[Ask]) -> Tensor:
    """Pictures (N, 3, 64, 64) in [-1, 1], one of each prompt."""
    return scaled(artist.draw([ask.prompt for ask in asked], [ask.seed for ask in asked]))


def look_at_drawn(artist: Artist, judge: Judge, asked: Sequence[Ask], real: Real) -> Figures:
    """All figures of one picture of each prompt but the diversity."""
    drawn = draw(artist, asked)
    opinion = judge.look(drawn)
    embeddings = torch.tensor(artist.engine.embed_images(to_images(drawn)))
    copies = memorized(opinion.features, real.training, real.copy)
    return replace(judged(judge, opinion, asked), memorized=copies, mmd=mmd(embeddings, real.embeddings))


def draw_sheet(engine: Engine, prompts: Sequence[str], path: Path, columns: int, seed: int = 0) -> None:
    """One finished picture of each prompt, in order, none left out."""
    pictures = [engine.generate(TextToImage(prompt, seed=seed))[0].image for prompt in prompts]
    path.parent.mkdir(parents=True, exist_ok=True)
    grid(pictures, columns, gap=8).save(path, optimize=True)
