"""Endless training batches: pictures moved, mirrored, recolored and laid on a background, with captions that say so."""

import itertools
import os
import queue
import random
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset

from .captions import Record, caption
from .chance import normal
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
#: Things where the decoder draws them, in their own colors, as a set of pictures is known by those too.
PLACED = replace(STILL, recolored=0.0)


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


class Chosen(NamedTuple):
    """What a batch is to show, before anything is painted: `rows` of the set, where they go, on what, what is said.

    `recolored` holds the pictures, uint8 (S, S, 4), that have other colors than in the set, by their number in the
    batch.
    """

    rows: list[int]
    places: list[Place]
    recolored: dict[int, np.ndarray]
    backgrounds: list[Background]
    captions: list[str]


#: Processes that choose what a GPU paints.
MOST_CHOOSERS = 8
#: Of a GPU's free memory, so much at most holds the set, which is read in parts of so many pictures.
STORED_SHARE, READ_AT_ONCE = 0.3, 1024
CPU = torch.device("cpu")


class Batches(Dataset[Chosen]):
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
        self._pixels = images.cached(size) if in_memory else None
        self._stored: Tensor | None = None

    def draw(self, number: int) -> Batch:
        """Batch `number`."""
        return self._paint(self[number])

    def __getitem__(self, number: int) -> Chosen:
        """What batch `number` is to show."""
        rng = random.Random(f"{self.seed}/{number}")
        picks = np.searchsorted(self.cumulative, [rng.random() for _ in range(self.batch_size)])
        return self._choose([self.train[min(pick, len(self.train) - 1)] for pick in picks], rng)

    def compose(self, rows: list[int], rng: random.Random) -> Batch:
        """These pictures, varied at random, on random backgrounds."""
        return self._paint(self._choose(rows, rng))

    def _choose(self, rows: list[int], rng: random.Random) -> Chosen:
        records = [self.images.records[i] for i in rows]
        recolored, captions, backgrounds = {}, [], []
        for n, (i, record) in enumerate(zip(rows, records, strict=True)):
            color = record.color
            # Of a photo, or in a caption that somebody wrote, any color may be named: it has to stay.
            if rng.random() < self.variety.recolored and not (record.is_captioned or record.fills_frame):
                recolored[n] = rotate_hue(self._read(i), rng.uniform(40, 320))
                color = dominant_color(recolored[n])
            background = SCENE if record.fills_frame else self.pick_background(rng, color)
            backgrounds.append(background)
            told = self.rename(record, rng) if self.rename else record
            captions.append(caption(told, color=color, background=background.name, rng=rng))
        return Chosen(rows, [self._place(record, rng) for record in records], recolored, backgrounds, captions)

    def _paint(self, chosen: Chosen) -> Batch:
        """On the device that holds the pictures, else on the CPU."""
        if self._stored is None:
            pictures = (chosen.recolored.get(n, i) for n, i in enumerate(chosen.rows))
            rgba = [self._read(each) if isinstance(each, int) else each for each in pictures]
            pixels = torch.from_numpy(np.stack(rgba))
        else:
            device = self._stored.device
            pixels = self._stored[torch.tensor(chosen.rows, device=device)]
            if chosen.recolored:
                others = torch.from_numpy(np.stack(list(chosen.recolored.values())))
                pixels[torch.tensor(list(chosen.recolored), device=device)] = others.to(device)
        moved = move(pixels, chosen.places)
        records = [self.images.records[i] for i in chosen.rows]
        return Batch(lay(moved, chosen.backgrounds), moved, chosen.captions, records, chosen.backgrounds)

    def _read(self, i: int) -> np.ndarray:
        return self.images.rgba(i, self.size) if self._pixels is None else np.asarray(self._pixels[i])

    def _place(self, record: Record, rng: random.Random) -> Place:
        variety = self.variety
        scale = rng.uniform(variety.smallest, variety.largest)
        if record.fills_frame:
            # Whole or a part of it enlarged: a margin would be a frame that no caption speaks of.
            scale = variety.largest / scale
        room = abs(1 - scale) * variety.shift
        mirrored = rng.random() < variety.mirrored and not _SIDED.search(record.concept)
        return Place(scale, rng.uniform(-room, room), rng.uniform(-room, room), mirrored)

    def __call__(self, start: int, device: torch.device = CPU) -> Iterator[Batch]:
        """Batches from number `start` on, for training on this device.

        They are composed ahead on the CPU, in a thread that ends with the iterator. A GPU that has room for the set
        holds it and paints them itself; processes choose what.
        """
        if not self._fits(device):
            yield from self._composed_ahead(start)
            return
        self.store(device)
        choosers = max(1, min(MOST_CHOOSERS, (os.cpu_count() or 1) - 1))
        yield from (self._paint(chosen) for chosen in self.chosen_ahead(start, choosers))

    def _fits(self, device: torch.device) -> bool:
        """Whether this is a GPU with room for all pictures, of a set that is in memory."""
        if device.type != "cuda" or self._pixels is None:
            return False
        return self._stored is not None or self._pixels.nbytes < STORED_SHARE * torch.cuda.mem_get_info(device)[0]

    def store(self, device: torch.device) -> None:
        """Keeps all pictures of the set on this device."""
        if self._stored is None and self._pixels is not None:
            self._stored = torch.empty(self._pixels.shape, dtype=torch.uint8, device=device)
            for first in range(0, len(self._pixels), READ_AT_ONCE):
                part = slice(first, first + READ_AT_ONCE)
                self._stored[part] = torch.from_numpy(np.array(self._pixels[part]))

    def chosen_ahead(self, start: int, choosers: int) -> Iterator[Chosen]:
        """What batches from number `start` on are to show, chosen by so many processes."""
        return iter(DataLoader(self, batch_size=None, sampler=itertools.count(start), num_workers=choosers))

    def _composed_ahead(self, start: int) -> Iterator[Batch]:
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
    maps = torch.tensor(rows, dtype=torch.float32, device=x.device)
    grid = F.affine_grid(maps, list(x.shape), align_corners=False)
    return F.grid_sample(x, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


def lay(premultiplied: Tensor, backgrounds: list[Background]) -> Tensor:
    """Premultiplied (B, 4, S, S) laid on the backgrounds: (B, 3, S, S) in [-1, 1]."""
    size, device = premultiplied.shape[-1], premultiplied.device
    weight = torch.linspace(0, 1, size, device=device)[None, None, :, None]
    top, bottom = (
        torch.tensor(colors, dtype=torch.float32, device=device)[:, :, None, None] / 255
        for colors in ([each.top for each in backgrounds], [each.bottom for each in backgrounds])
    )
    ground = (top * (1 - weight) + bottom * weight).expand(-1, -1, size, size)
    return (premultiplied[:, :3] + ground * (1 - premultiplied[:, 3:])) * 2 - 1


def noise_levels(count: int, generator: torch.Generator, mean: float, spread: float) -> Tensor:
    """(count,) levels in 0..1, logit-normal: most of them where most is to be learned (arXiv 2403.03206, 3.1)."""
    return torch.sigmoid(mean + spread * normal(count, generator))


def noised(images: Tensor, level: Tensor, generator: torch.Generator) -> Tensor:
    """Pictures (B, 3, S, S) under noise of `level` (B,), on the straight noise path."""
    wide = level[:, None, None, None]
    return (1 - wide) * images + wide * normal(images.shape, generator).to(images)
