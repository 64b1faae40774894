"""Trains the upsampler on pictures as the decoder leaves them: each is put under noise and drawn from there to its end
by the decoder, and what comes of it is brought back to the picture's own sharpness."""

from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

from generation.unclip.clip import Clip
from generation.unclip.decoder import HourglassDecoder
from generation.unclip.tensors import to_images
from generation.unclip.upsampler import PixelShuffleUpsampler

from .batches import Batches, noised
from .chance import shuffled, uniform
from .loop import Stage, computing
from .recipes import Recipe
from .shards import ImageSet
from .sheets import grid
from .surface import apart

FULL_SIZE = 256
CROP = 32
UNTOUCHED_SHARE = 0.15
#: As high as the decoder goes on after its sketch; from higher levels it would draw other details than the real ones.
HIGHEST_LEVEL = 0.4
#: Fewer would leave faults of their own; many more take as long as they are worth.
REDRAWING_STEPS = 6
EDGE_WEIGHT, SURFACE_WEIGHT = 0.5, 0.25


class Redrawn(NamedTuple):
    """`low` (B, 3, s, s), pictures as the decoder leaves them, of `full` (B, 3, S, S), and image embeddings (B, D).

    Of a single picture, the same without B.
    """

    low: Tensor
    full: Tensor
    embedding: Tensor


class UpsamplerStage(Stage):
    """Absolute error of pixels and of the differences between neighbors, and the distance of surfaces, on crops.

    To redraw a picture takes several times as long as to learn from it, so each is used several times: a batch is of
    pictures of the last `uses` that were redrawn, a part of each. The same ones step after step would teach little more
    than one step.
    """

    name = "upsampler"

    def __init__(self, images: ImageSet, seed: int, recipe: Recipe, clip: Clip, decoder: HourglassDecoder) -> None:
        self.recipe = recipe
        self.clip, self.decoder = (each.requires_grad_(False).eval() for each in (clip, decoder))
        factor = FULL_SIZE // decoder.config.sample_size
        self.model = PixelShuffleUpsampler(factor=factor, embedding_dim=clip.embedding_dim, **recipe.model)
        self._batches = Batches(images, FULL_SIZE, recipe.batch_size, seed, in_memory=False)
        self._check = Batches(images, FULL_SIZE, 8, seed + 1, in_memory=False).draw(0)

    def batches(self, start: int) -> Iterator[Redrawn]:
        uses, size, device = self.recipe.uses, self.recipe.batch_size, self.model.device
        recent: deque[Redrawn] = deque(maxlen=uses * size)
        for number, batch in enumerate(self._batches(start // uses, device), start // uses):
            generator = torch.Generator(device).manual_seed(number)
            with computing(device):
                redrawn = self._redrawn(batch.images.to(device), generator)
            recent.extend(Redrawn(*picture) for picture in zip(*redrawn, strict=True))
            if len(recent) == recent.maxlen:
                for _ in range(uses):
                    yield some(recent, size, generator)

    def loss(self, batch: Redrawn, generator: torch.Generator) -> Tensor:
        low, full = crop(batch.low, batch.full, CROP, generator)
        drawn = self.model(low, batch.embedding)
        edges = sum((drawn.diff(dim=dim) - full.diff(dim=dim)).abs().mean() for dim in (2, 3))
        return (drawn - full).abs().mean() + EDGE_WEIGHT * edges + SURFACE_WEIGHT * apart(drawn, full, generator)

    @torch.no_grad()
    def _redrawn(self, full: Tensor, generator: torch.Generator) -> Redrawn:
        """Base pictures with the decoder's faults, some left as they are."""
        self.clip.to(full.device), self.decoder.to(full.device)
        embedding = self.clip.encode_images(full).float()
        low = F.interpolate(full, self.decoder.config.sample_size, mode="bilinear", antialias=True)
        level = (uniform(len(low), generator) * HIGHEST_LEVEL).to(low)
        seen = redraw(self.decoder, low, embedding, level, generator)
        untouched = (uniform(len(low), generator) < UNTOUCHED_SHARE).to(low.device)
        return Redrawn(torch.where(untouched[:, None, None, None], low, seen.clamp(-1, 1)), full, embedding)

    @torch.no_grad()
    def sheet(self, model: nn.Module) -> Image.Image:
        """Columns: the decoder's picture enlarged, the upsampler's, the real one."""
        low, full, embedding = self._redrawn(self._check.images.to(model.device), torch.Generator().manual_seed(0))
        drawn = model(low, embedding)
        enlarged = F.interpolate(low, FULL_SIZE, mode="nearest")
        rows = zip(to_images(enlarged), to_images(drawn), to_images(full), strict=True)
        return grid([picture for row in rows for picture in row], columns=6)

    def save(self, model: nn.Module, folder: Path) -> None:
        model.save_pretrained(folder)


def redraw(
    decoder: HourglassDecoder, images: Tensor, embedding: Tensor, level: Tensor, generator: torch.Generator
) -> Tensor:
    """Pictures (B, 3, S, S) put under noise of `level` (B,) and drawn from there to the end, by Euler's steps."""
    no_text = decoder.null_text.expand_as(embedding)
    x = noised(images, level, generator)
    for left in range(REDRAWING_STEPS, 0, -1):
        clean = decoder(x, level * (left / REDRAWING_STEPS), embedding, no_text)
        x = clean + (x - clean) * ((left - 1) / left)
    return x


def some(pictures: Sequence[Redrawn], count: int, generator: torch.Generator) -> Redrawn:
    """A batch of so many of these, any of them."""
    picked = shuffled(len(pictures), generator)[:count].tolist()
    return Redrawn(*(torch.stack(each) for each in zip(*(pictures[n] for n in picked), strict=True)))


def crop(low: Tensor, full: Tensor, size: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """A random square of each picture, `size` pixels wide in `low`, and the same of `full`."""
    factor, room = full.shape[-1] // low.shape[-1], low.shape[-1] - size + 1
    places = torch.randint(room, (len(low), 2), generator=generator, device=generator.device).tolist()

    def cut(images: Tensor, scale: int) -> Tensor:
        squares = (
            image[:, scale * top : scale * (top + size), scale * left : scale * (left + size)]
            for image, (top, left) in zip(images, places, strict=True)
        )
        return torch.stack(list(squares))

    return cut(low, 1), cut(full, factor)
