"""Endless training batches: pictures moved, mirrored, recolored and laid on a background, with captions that say so."""

import queue
import random
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from .captions import Record, caption
from .mix import chances, weight
from .palette import BACKGROUNDS, SCENE, Background, dominant_color, rotate_hue, sample_background
from .shards import ImageSet

# What has a left and a right is never mirrored.
_SIDED = re.compile(r"\b(left|right|leftwards|rightwards|clockwise|counterclockwise)\b")


@dataclass(frozen=True)
class Variety:
    """How far copies of a picture differ: size in the frame, place, mirror image and hue."""

    smallest: float
    largest: float
    shift: float
    mirrored: float
    recolored: float


#: For what must not care where and how large a thing is.
VARIED = Variety(smallest=0.72, largest=1.0, shift=0.6, mirrored=0.5, recolored=0.15)
#: For what has to learn each shape by heart in little time: a thing is always in its one place.
STILL = Variety(smallest=0.88, largest=0.88, shift=0.0, mirrored=0.0, recolored=0.05)


class Batch(NamedTuple):
    """`images` (B, 3, S, S) in [-1, 1] and their captions; `records` and `backgrounds` say what was drawn.

    `subjects` (B, 4, S, S) are the pictures without a background: premultiplied red, green, blue and alpha in 0..1.
    """

    images: Tensor
    subjects: Tensor
    captions: list[str]
    records: list[Record]
    backgrounds: list[Background]


class Place(NamedTuple):
    """Where a picture goes: its size as a share of the frame, its shift in half frames, and whether it is mirrored."""

    scale: float
    across: float
    down: float
    mirrored: bool


class Batches:
    """Batches of `batch_size` pictures of `size` pixels, each decided by the seed and its number alone."""

    def __init__(
        self,
        images: ImageSet,
        size: int,
        batch_size: int,
        seed: int,
        variety: Variety = VARIED,
        *,
        in_memory: bool = True,
        weigh: Callable[[Record], float] = weight,
        pick_background: Callable[[random.Random, str | None], Background] = sample_background,
        rename: Callable[[Record, random.Random], Record] | None = None,
    ) -> None:
        self.images, self.size, self.batch_size, self.seed, self.variety = images, size, batch_size, seed, variety
        self.pick_background, self.rename = pick_background, rename
        self.train = [i for i, record in enumerate(images.records) if record.split == "train"]
        self.cumulative = np.cumsum(chances([images.records[i] for i in self.train], weigh))
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
            # Of a photo, or in a caption that somebody wrote, any color may be named: it has to stay.
            if rng.random() < self.variety.recolored and not (record.is_captioned or record.fills_frame):
                picture = rotate_hue(picture, rng.uniform(40, 320))
                color = dominant_color(picture)
            background = SCENE if record.fills_frame else self.pick_background(rng, color)
            rgba.append(picture)
            backgrounds.append(background)
            told = self.rename(record, rng) if self.rename else record
            captions.append(caption(told, color=color, background=background.name, rng=rng))
        places = [self._place(record, rng) for record in records]
        moved = move(torch.from_numpy(np.stack(rgba)), places)
        return Batch(lay(moved, backgrounds), moved, captions, records, backgrounds)

    def _place(self, record: Record, rng: random.Random) -> Place:
        variety = self.variety
        scale = rng.uniform(variety.smallest, variety.largest)
        if record.fills_frame:
            # Whole or a part of it enlarged: a margin would be a frame that no caption speaks of.
            scale = variety.largest / scale
        room = abs(1 - scale) * variety.shift
        mirrored = rng.random() < variety.mirrored and not _SIDED.search(record.concept)
        return Place(scale, rng.uniform(-room, room), rng.uniform(-room, room), mirrored)

    def __call__(self, start: int) -> Iterator[Batch]:
        """Batches from number `start` on, composed ahead in a thread of their own, which ends with the iterator."""
        ahead: queue.Queue[Batch | BaseException] = queue.Queue(maxsize=4)
        unwanted = threading.Event()

        def fill() -> None:
            number = start
            try:
                while not unwanted.is_set():
                    ahead.put(self.draw(number))
                    number += 1
            except BaseException as exc:  # handed to the reader, who raises it
                ahead.put(exc)

        thread = threading.Thread(target=fill, daemon=True)
        thread.start()
        try:
            while True:
                batch = ahead.get()
                if isinstance(batch, BaseException):
                    raise batch
                yield batch
        finally:
            # A thread that still computes when the interpreter ends would abort the process.
            unwanted.set()
            while thread.is_alive():
                with suppress(queue.Empty):
                    ahead.get(timeout=0.05)


def background_names(records: Iterable[Record]) -> list[str]:
    """What pictures of these records may lie on."""
    return [*BACKGROUNDS, *([SCENE.name] if any(record.fills_frame for record in records) else [])]


def move(rgba: Tensor, places: Sequence[Place]) -> Tensor:
    """uint8 (B, S, S, 4) as premultiplied floats (B, 4, S, S) in 0..1, each at its place in the frame."""
    x = rgba.permute(0, 3, 1, 2).float() / 255
    x = torch.cat([x[:, :3] * x[:, 3:], x[:, 3:]], dim=1)
    rows = [
        [[side / scale, 0, across / scale], [0, 1 / scale, down / scale]]
        for scale, across, down, side in ((*each[:3], -1 if each.mirrored else 1) for each in places)
    ]
    grid = F.affine_grid(torch.tensor(rows, dtype=torch.float32), list(x.shape), align_corners=False)
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


def noised(images: Tensor, level: Tensor, generator: torch.Generator) -> Tensor:
    """Pictures (B, 3, S, S) under noise of `level` (B,), on the straight noise path."""
    wide = level[:, None, None, None]
    return (1 - wide) * images + wide * torch.randn(images.shape, generator=generator).to(images)
