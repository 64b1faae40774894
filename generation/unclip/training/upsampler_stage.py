"""Trains the upsampler on pictures as the decoder leaves them: each is put under noise and drawn from there to its end
by the decoder, and what comes of it is brought back to the picture's own sharpness."""

from collections.abc import Iterator
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

from generation.unclip.clip import Clip
from generation.unclip.decoder import HourglassDecoder
from generation.unclip.tensors import to_images
from generation.unclip.upsampler import PixelShuffleUpsampler

from .batches import Batch, Batches, noised
from .chance import uniform
from .loop import Stage
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


class UpsamplerStage(Stage):
    """Absolute error of pixels and of the differences between neighbors, and the distance of surfaces, on crops."""

    name = "upsampler"

    def __init__(self, images: ImageSet, seed: int, recipe: Recipe, clip: Clip, decoder: HourglassDecoder) -> None:
        self.recipe = recipe
        self.clip, self.decoder = (each.requires_grad_(False).eval() for each in (clip, decoder))
        factor = FULL_SIZE // decoder.config.sample_size
        self.model = PixelShuffleUpsampler(factor=factor, embedding_dim=clip.embedding_dim, **recipe.model)
        self._batches = Batches(images, FULL_SIZE, recipe.batch_size, seed, in_memory=False)
        self._check = Batches(images, FULL_SIZE, 8, seed + 1, in_memory=False).draw(0)

    def batches(self, start: int) -> Iterator[Batch]:
        return self._batches(start, self.model.device)

    def loss(self, batch: Batch, generator: torch.Generator) -> Tensor:
        full = batch.images.to(self.model.device)
        low, embedding = self._degraded(full, generator)
        low, full = crop(low, full, CROP, generator)
        drawn = self.model(low, embedding)
        edges = sum((drawn.diff(dim=dim) - full.diff(dim=dim)).abs().mean() for dim in (2, 3))
        return (drawn - full).abs().mean() + EDGE_WEIGHT * edges + SURFACE_WEIGHT * apart(drawn, full, generator)

    @torch.no_grad()
    def _degraded(self, full: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Base pictures with the decoder's faults, some left as they are, and the image embeddings."""
        self.clip.to(full.device), self.decoder.to(full.device)
        embedding = self.clip.encode_images(full).float()
        low = F.interpolate(full, self.decoder.config.sample_size, mode="bilinear", antialias=True)
        level = (uniform(len(low), generator) * HIGHEST_LEVEL).to(low)
        seen = redraw(self.decoder, low, embedding, level, generator)
        untouched = (uniform(len(low), generator) < UNTOUCHED_SHARE).to(low.device)
        return torch.where(untouched[:, None, None, None], low, seen.clamp(-1, 1)), embedding

    @torch.no_grad()
    def sheet(self, model: nn.Module) -> Image.Image:
        """Columns: the decoder's picture enlarged, the upsampler's, the real one."""
        full = self._check.images.to(model.device)
        low, embedding = self._degraded(full, torch.Generator().manual_seed(0))
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


def crop(low: Tensor, full: Tensor, size: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """The same random square of both, `size` pixels wide in `low`; one place for the whole batch."""
    factor, room = full.shape[-1] // low.shape[-1], low.shape[-1] - size + 1
    top, left = torch.randint(room, (2,), generator=generator, device=generator.device).tolist()
    return (
        low[:, :, top : top + size, left : left + size],
        full[:, :, top * factor : (top + size) * factor, left * factor : (left + size) * factor],
    )
