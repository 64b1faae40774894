"""Trains the decoder: from image embedding (and caption) to the picture at base resolution (paper, section 2.1)."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

from generation.unclip.clip import Clip
from generation.unclip.decoder import HourglassDecoder, Layers
from generation.unclip.decoding import Decoder
from generation.unclip.renoising import RenoisingScheduler
from generation.unclip.stages import Condition
from generation.unclip.tensors import to_images

from .batches import STILL, Batch, Batches, noise_levels
from .guide import renaming
from .loop import DECAY_SHARE, Stage, computing
from .mix import broadly
from .recipes import Recipe
from .shards import ImageSet
from .sheets import grid

IMAGE_WITHHELD, TEXT_WITHHELD = 0.1, 0.25
#: A small prior's embeddings lie about 0.9 from the true ones; so do those it learns from, by up to this length
#: (arXiv 2106.15282, 4). The nearer text embedding then decides what is drawn.
EMBEDDING_NOISE = 1.0
# At 64 pixels a picture stays readable under more noise than at 32: levels lean towards noise (arXiv 2301.11093).
# While the rate falls they lean nowhere: what is drawn last is settled under little noise.
LEVEL_MEAN, LEVEL_SPREAD, LAST_LEVEL_MEAN = 0.6, 1.5, 0.0
SMALLEST_LEVEL = 0.08
#: So long the sketch is trained, alone, and then all that adds to it. It sees no sample and so takes a tenth of the
#: work a picture, and before it shows what is asked for there is little to add.
SKETCH_SHARE = 0.6
SKETCH_PARTS = ("null_image", "null_text", "trunk", "plan", "sketch", "plan_ground")
#: A small prior also draws a little of something else. Half of all embeddings that have a text lie up to so far on the
#: way to that of another picture.
ASTRAY, ASTRAY_SHARE = 0.7, 0.5
#: The matte is known for every picture; learned beside the picture it tells subject and ground apart much sooner.
MATTE_WEIGHT = 0.3


class Embedded(NamedTuple):
    """A batch's `images` and `subjects` with image and text embeddings; `silent` where there is no caption."""

    images: Tensor
    subjects: Tensor
    image_embedding: Tensor
    text_embedding: Tensor
    silent: Tensor


class DecoderStage(Stage):
    """Velocity error of the predicted clean picture and its matte; embeddings are withheld at times, for guidance.

    The sketch is trained before the rest, which leaves it as it is.
    """

    name = "decoder"

    def __init__(self, images: ImageSet, seed: int, recipe: Recipe, clip: Clip) -> None:
        self.recipe = recipe
        self.clip = clip.requires_grad_(False).eval()
        self.model = HourglassDecoder(**recipe.model, embedding_dim=clip.embedding_dim)
        self._level_mean = LEVEL_MEAN
        self._sketches = False
        size = self.model.config.sample_size
        self._batches = Batches(images, size, recipe.batch_size, seed, STILL, weigh=broadly, rename=renaming(images))
        self._check = Batches(images, size, 32, seed + 1, STILL).draw(0)

    def batches(self, start: int) -> Iterator[Embedded]:
        for batch in self._batches(start // self.recipe.uses):
            embedded = self._embed(batch)
            for _ in range(self.recipe.uses):
                yield embedded

    def enter(self, share_done: float) -> None:
        self._sketches = share_done < SKETCH_SHARE
        self._level_mean = LEVEL_MEAN if self.settled(share_done) < 1 - DECAY_SHARE else LAST_LEVEL_MEAN
        for name, weights in self.model.named_parameters():
            weights.requires_grad_((name.partition(".")[0] in SKETCH_PARTS) == self._sketches)

    def settled(self, share_done: float) -> float:
        if share_done < SKETCH_SHARE:
            return share_done / SKETCH_SHARE
        return (share_done - SKETCH_SHARE) / (1 - SKETCH_SHARE)

    @torch.no_grad()
    def _embed(self, batch: Batch) -> Embedded:
        device = self.model.device
        self.clip.to(device)
        images = batch.images.to(device)
        silent = torch.tensor([not each for each in batch.captions], device=device)
        with computing(device):
            image, text = self.clip.encode_images(images), self.clip.encode_text(batch.captions).embedding
        return Embedded(images, batch.subjects.to(device), image.float(), text.float(), silent)

    def loss(self, batch: Embedded, generator: torch.Generator) -> Tensor:
        clean, count = batch.images, len(batch.images)
        without_image = (torch.rand(count, generator=generator) < IMAGE_WITHHELD).to(clean.device)
        without_text = (torch.rand(count, generator=generator) < TEXT_WITHHELD).to(clean.device)
        without_text |= without_image | batch.silent
        led_astray = (torch.rand(count, generator=generator) < ASTRAY_SHARE).to(clean.device) & ~without_text
        way = (ASTRAY * torch.rand(count, generator=generator)).to(clean.device) * led_astray
        other = batch.image_embedding[torch.randperm(count, generator=generator)]
        off = torch.randn(batch.image_embedding.shape, generator=generator) * torch.rand(count, 1, generator=generator)
        off = off.to(clean.device) * (EMBEDDING_NOISE / self.clip.embedding_dim**0.5)
        image = F.normalize(torch.lerp(batch.image_embedding, other, way[:, None]) + off, dim=-1)
        image = torch.where(without_image[:, None], self.model.null_image, image)
        text = torch.where(without_text[:, None], self.model.null_text, batch.text_embedding)
        if self._sketches:
            return _sketch_error(self.model.planned(image, text), batch)
        level = noise_levels(count, generator, self._level_mean, LEVEL_SPREAD).to(clean.device)
        wide = level[:, None, None, None]
        noisy = (1 - wide) * clean + wide * torch.randn(clean.shape, generator=generator).to(clean.device)
        drawn = self.model.layers(noisy, level, image, text)
        return _error(drawn, clean, batch.subjects[:, 3:], wide.clamp(min=SMALLEST_LEVEL))

    @torch.no_grad()
    def sheet(self, model: nn.Module) -> Image.Image:
        """Rows of real pictures and, under each, what the decoder draws from its image embedding alone."""
        real = self._check.images.to(model.device)
        decoder = Decoder(model, leaping_scheduler(), steps=20, guidance_scale=1.0)
        drawn = decoder.draw(Condition(self.clip.encode_images(real)), range(len(real)), lambda number, clean: None)
        rows = zip(to_images(real), to_images(drawn), strict=True)
        return grid([picture for pair in rows for picture in pair], columns=16)

    def save(self, model: nn.Module, folder: Path) -> None:
        model.save_pretrained(folder)


def leaping_scheduler() -> RenoisingScheduler:
    """Steps for what is trained here: its sketch is kept, so most of the noise can go at once, and none is new."""
    return RenoisingScheduler(freshness=0.0, second_level=0.4)


def _error(drawn: Layers, clean: Tensor, matte: Tensor, scale: Tensor) -> Tensor:
    """Mean squared error of the picture and, weighted, of the matte, each divided by `scale`."""
    picture, off_matte = (drawn.flattened() - clean) / scale, (drawn.matte - matte) / scale
    return picture.square().mean() + MATTE_WEIGHT * off_matte.square().mean()


def _sketch_error(sketch: Layers, batch: Embedded) -> Tensor:
    """Mean squared error of the picture, of the subject alone, both in colors of -1..1, and of the matte."""
    off = (sketch.premultiplied() - batch.subjects).square().mean(dim=(0, 2, 3))
    return F.mse_loss(sketch.flattened(), batch.images) + 4 * off[:3].mean() + MATTE_WEIGHT * off[3]
