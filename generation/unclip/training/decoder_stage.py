"""Trains the decoder: from image embedding (and caption) to the picture at base resolution (paper, section 2.1)."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

from generation.unclip.clip import Clip
from generation.unclip.decoder import HourglassDecoder
from generation.unclip.decoding import Decoder
from generation.unclip.stages import Condition
from generation.unclip.tensors import to_images

from .batches import STILL, Batch, Batches, noise_levels
from .loop import Stage
from .prior_stage import flow_scheduler
from .recipes import Recipe
from .shards import ImageSet
from .sheets import grid

IMAGE_WITHHELD, TEXT_WITHHELD = 0.1, 0.4
#: The prior's embeddings are a little off; so are those it learns from, by up to this length (arXiv 2106.15282, 4).
EMBEDDING_NOISE = 0.4
# At 64 pixels a picture stays readable under more noise than at 32: levels lean towards noise (arXiv 2301.11093).
LEVEL_MEAN, LEVEL_SPREAD = 0.6, 1.5
SMALLEST_LEVEL = 0.08


class Embedded(NamedTuple):
    """Pictures with their image and text embeddings; `silent` where there is no caption."""

    images: Tensor
    image_embedding: Tensor
    text_embedding: Tensor
    silent: Tensor


class DecoderStage(Stage):
    """Velocity error of the predicted clean picture; embeddings are withheld now and then, for guidance."""

    name = "decoder"

    def __init__(self, images: ImageSet, seed: int, recipe: Recipe, clip: Clip) -> None:
        self.recipe = recipe
        self.clip = clip.requires_grad_(False).eval()
        self.model = HourglassDecoder(**recipe.model, embedding_dim=clip.embedding_dim)
        size = self.model.config.sample_size
        self._batches = Batches(images, size, recipe.batch_size, seed, STILL)
        self._check = Batches(images, size, 32, seed + 1, STILL).draw(0)

    def batches(self, start: int) -> Iterator[Embedded]:
        for batch in self._batches(start // self.recipe.uses):
            embedded = self._embed(batch)
            for _ in range(self.recipe.uses):
                yield embedded

    @torch.no_grad()
    def _embed(self, batch: Batch) -> Embedded:
        device = self.model.device
        self.clip.to(device)
        images = batch.images.to(device)
        silent = torch.tensor([not each for each in batch.captions], device=device)
        return Embedded(
            images, self.clip.encode_images(images), self.clip.encode_text(batch.captions).embedding, silent
        )

    def loss(self, batch: Embedded, generator: torch.Generator) -> Tensor:
        clean, count = batch.images, len(batch.images)
        without_image = (torch.rand(count, generator=generator) < IMAGE_WITHHELD).to(clean.device)
        without_text = (torch.rand(count, generator=generator) < TEXT_WITHHELD).to(clean.device)
        without_text |= without_image | batch.silent
        off = torch.randn(batch.image_embedding.shape, generator=generator) * torch.rand(count, 1, generator=generator)
        off = off.to(clean.device) * (EMBEDDING_NOISE / self.clip.embedding_dim**0.5)
        image = F.normalize(batch.image_embedding + off, dim=-1)
        image = torch.where(without_image[:, None], self.model.null_image, image)
        text = torch.where(without_text[:, None], self.model.null_text, batch.text_embedding)
        level = noise_levels(count, generator, LEVEL_MEAN, LEVEL_SPREAD).to(clean.device)
        wide = level[:, None, None, None]
        noisy = (1 - wide) * clean + wide * torch.randn(clean.shape, generator=generator).to(clean.device)
        error = (self.model(noisy, level, image, text) - clean) / wide.clamp(min=SMALLEST_LEVEL)
        return error.square().mean()

    @torch.no_grad()
    def sheet(self, model: nn.Module) -> Image.Image:
        """Rows of real pictures and, under each, what the decoder draws from its image embedding alone."""
        real = self._check.images.to(model.device)
        decoder = Decoder(model, flow_scheduler(), steps=20, guidance_scale=2.0)
        drawn = decoder.draw(Condition(self.clip.encode_images(real)), range(len(real)), lambda number, clean: None)
        rows = zip(to_images(real), to_images(drawn), strict=True)
        return grid([picture for pair in rows for picture in pair], columns=16)

    def save(self, model: nn.Module, folder: Path) -> None:
        model.save_pretrained(folder)
