"""Endless training batches: pictures moved, mirrored, recolored and laid on a background, with captions that say so."""

import queue
import random
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from .captions import Record, caption
from .palette import Background, dominant_color, rotate_hue, sample_background
from .shards import ImageSet

#: How much more often than others a style is shown: the presets that people pick first.
STYLE_WEIGHTS = {"3d-icon": 1.6, "flat-icon": 1.4, "hand-drawn-sketch": 1.2}
RECOLOR_SHARE = 0.15
# What has a left and a right is never mirrored.
_SIDED = re.compile(r"\b(left|right|leftwards|rightwards|clockwise|counterclockwise)\b")


class Batch(NamedTuple):
    """`images` (B, 3, S, S) in [-1, 1] and their captions; `records` and `backgrounds` say what was drawn."""

    images: Tensor
    captions: list[str]
    records: list[Record]
    backgrounds: list[Background]


class Batches:
    """Batches of `batch_size` pictures of `size` pixels, each decided by the seed and its number alone."""

    def __init__(self, images: ImageSet, size: int, batch_size: int, seed: int, *, in_memory: bool = True) -> None:
        self.images, self.size, self.batch_size, self.seed = images, size, batch_size, seed
        self.train = [i for i, record in enumerate(images.records) if record.split == "train"]
        weights = np.array([STYLE_WEIGHTS.get(images.records[i].style, 1.0) for i in self.train])
        self.cumulative = np.cumsum(weights / weights.sum())
        self._read: Callable[[int], np.ndarray]
        if in_memory:
            pixels = images.cached(size)
            self._read = lambda i: pixels[i]
        else:
            self._read = lambda i: images.rgba(i, size)

    def draw(self, number: int) -> Batch:
        """Batch `number`."""
        rng = random.Random(f"{self.seed}/{number}")
        picks = np.searchsorted(self.cumulative, [rng.random() for _ in range(self.batch_size)])
        return self.compose([self.train[min(pick, len(self.train) - 1)] for pick in picks], rng)

    def compose(self, chosen: list[int], rng: random.Random) -> Batch:
        """The chosen pictures, varied at random, on random backgrounds."""
        records = [self.images.records[i] for i in chosen]
        rgba, captions, backgrounds = [], [], []
        for i, record in zip(chosen, records, strict=True):
            picture, color = np.asarray(self._read(i)), record.color
            if rng.random() < RECOLOR_SHARE:
                picture = rotate_hue(picture, rng.uniform(40, 320))
                color = dominant_color(picture)
            background = sample_background(rng, avoid=color)
            rgba.append(picture)
            backgrounds.append(background)
            captions.append(caption(record, color=color, background=background.name, rng=rng))
        mirrored = [rng.random() < 0.5 and not _SIDED.search(record.concept) for record in records]
        moved = move(torch.from_numpy(np.stack(rgba)), mirrored, rng)
        return Batch(lay(moved, backgrounds), captions, records, backgrounds)

    def __call__(self, start: int) -> Iterator[Batch]:
        """Batches from number `start` on, composed ahead in a thread of their own."""
        ahead: queue.Queue[Batch | BaseException] = queue.Queue(maxsize=4)

        def fill() -> None:
            number = start
            try:
                while True:
                    ahead.put(self.draw(number))
                    number += 1
            except BaseException as exc:  # handed to the reader, who raises it
                ahead.put(exc)

        threading.Thread(target=fill, daemon=True).start()
        while True:
            batch = ahead.get()
            if isinstance(batch, BaseException):
                raise batch
            yield batch


def move(rgba: Tensor, mirrored: Sequence[bool], rng: random.Random) -> Tensor:
    """uint8 (B, S, S, 4) as premultiplied floats (B, 4, S, S) in 0..1, scaled to 72-100 % and shifted in the frame."""
    x = rgba.permute(0, 3, 1, 2).float() / 255
    x = torch.cat([x[:, :3] * x[:, 3:], x[:, 3:]], dim=1)
    rows = []
    for turn in mirrored:
        scale = rng.uniform(0.72, 1.0)
        room = 1 - scale
        across, down = rng.uniform(-room, room) * 0.6, rng.uniform(-room, room) * 0.6
        rows.append([[(-1 if turn else 1) / scale, 0.0, across / scale], [0.0, 1 / scale, down / scale]])
    grid = F.affine_grid(torch.tensor(rows), list(x.shape), align_corners=False)
    return F.grid_sample(x, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


def lay(premultiplied: Tensor, backgrounds: list[Background]) -> Tensor:
    """Premultiplied (B, 4, S, S) laid on the backgrounds: (B, 3, S, S) in [-1, 1]."""
    size = premultiplied.shape[-1]
    weight = torch.linspace(0, 1, size)[None, None, :, None]
    top = torch.tensor([each.top for each in backgrounds]).float()[:, :, None, None] / 255
    bottom = torch.tensor([each.bottom for each in backgrounds]).float()[:, :, None, None] / 255
    ground = (top * (1 - weight) + bottom * weight).expand(-1, -1, size, size)
    return (premultiplied[:, :3] + ground * (1 - premultiplied[:, 3:])) * 2 - 1


def noise_levels(count: int, generator: torch.Generator, mean: float, spread: float) -> Tensor:
    """(count,) levels in 0..1, logit-normal: most of them where most is to be learned (arXiv 2403.03206, 3.1)."""
    return torch.sigmoid(mean + spread * torch.randn(count, generator=generator))
