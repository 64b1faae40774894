"""Trains the decoder: from image embedding (and caption) to the picture at base resolution (paper, section 2.1).

In four parts: the plan, with the plainest sketch of it; the sketch; what adds to it, by the squared error alone; and
that again against a critic, as the mean of all pictures that an embedding may stand for has the least squared error,
and looks smeared.
"""

from collections.abc import Iterator
from enum import Enum
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

from .batches import STILL, Batch, Batches, noise_levels, noised
from .chance import normal, shuffled, uniform
from .critic import Critic, Meant
from .guide import renaming
from .loop import DECAY_SHARE, Stage, computing
from .mix import broadly
from .recipes import Recipe
from .shards import ImageSet
from .sheets import grid

IMAGE_WITHHELD, TEXT_WITHHELD = 0.1, 0.25
#: A small prior's embeddings lie about 0.9 from the true ones; those it learns from are off too, by up to this length
#: (arXiv 2106.15282, 4), so that the nearer text embedding decides what is drawn. More of it blurs what is learned.
EMBEDDING_NOISE = 0.6
# At 64 pixels a picture stays readable under more noise than at 32: levels lean towards noise (arXiv 2301.11093).
# While the rate falls they lean nowhere: what is drawn last is settled under little noise.
LEVEL_MEAN, LEVEL_SPREAD, LAST_LEVEL_MEAN = 0.6, 1.5, 0.0
SMALLEST_LEVEL = 0.08
#: Up to here the plan is trained, then the sketch with it, and then all that adds to that. What there is to draw is
#: learned by the plan, from very many pictures, and without strokes for a quarter of the work; strokes are the same for
#: all things and need far fewer. At last the critic takes part for so long.
PLAN_SHARE, SKETCH_SHARE, FINISH_SHARE = 0.65, 0.82, 0.14
#: A quarter of each batch is enough for what adds to the sketch: more steps do more than larger ones.
ADDING_ROWS = 1 / 4
#: Half of the pictures are then drawn as they will be, from the sketch under noise of the level that comes after it.
FROM_SKETCH_SHARE, SECOND_LEVEL = 0.5, 0.4
PLAN_PARTS = ("null_image", "null_text", "trunk", "plan", "sketch", "plan_ground")
SKETCH_PARTS = (*PLAN_PARTS, "strokes")
#: Its modules learn so many times as fast as what adds to it, whose gradients are those of a quarter of each batch.
SKETCH_PACE = 2.0
#: A small prior also draws a little of something else. A quarter of all embeddings that have a text lie up to so far on
#: the way to that of another picture.
ASTRAY, ASTRAY_SHARE = 0.7, 0.25
#: The first draws the sketch and the second finishes it; more make nothing better.
STEPS = 2
#: The matte is known for every picture; learned beside the picture it tells subject and ground apart much sooner.
MATTE_WEIGHT = 0.3


class Part(Enum):
    """What is trained at a time."""

    PLAN = "plan"
    SKETCH = "sketch"
    DRAW = "draw"
    FINISH = "finish"


#: The shares of a run at which each part begins and ends.
BOUNDS = {
    Part.PLAN: (0.0, PLAN_SHARE),
    Part.SKETCH: (PLAN_SHARE, SKETCH_SHARE),
    Part.DRAW: (SKETCH_SHARE, 1 - FINISH_SHARE),
    Part.FINISH: (1 - FINISH_SHARE, 1.0),
}


class Rivals(nn.Module):
    """The decoder in training and its critic."""

    def __init__(self, decoder: HourglassDecoder, critic: Critic) -> None:
        super().__init__()
        self.decoder, self.critic = decoder, critic


class Embedded(NamedTuple):
    """A batch's `images` and `subjects` with image and text embeddings; `silent` where there is no caption, `styles`
    the numbers (B,) of their styles."""

    images: Tensor
    subjects: Tensor
    image_embedding: Tensor
    text_embedding: Tensor
    silent: Tensor
    styles: Tensor

    def some(self, share: float, generator: torch.Generator) -> "Embedded":
        """This share of the rows, at random."""
        rows = shuffled(len(self.images), generator)[: max(1, round(share * len(self.images)))]
        return Embedded(*(each[rows.to(each.device)] for each in self))


class DecoderStage(Stage):
    """Velocity error of the predicted clean picture and its matte, and in the end what the critic teaches.

    Embeddings are withheld at times, for guidance.

    The sketch is trained before the rest, which leaves it as it is: the critic's lessons, a few rows at a time, would
    soon undo what millions of pictures have taught.
    """

    name = "decoder"
    model: Rivals

    def __init__(self, images: ImageSet, seed: int, recipe: Recipe, clip: Clip) -> None:
        self.recipe = recipe
        self.clip = clip.requires_grad_(False).eval()
        decoder = with_paces(HourglassDecoder(**recipe.model, embedding_dim=clip.embedding_dim))
        self._styles = {style: n for n, style in enumerate(sorted({record.style for record in images.records}))}
        self.model = Rivals(decoder, Critic(clip, len(self._styles)))
        self._part, self._level_mean = Part.DRAW, LEVEL_MEAN
        size = decoder.config.sample_size
        self._batches = Batches(images, size, recipe.batch_size, seed, STILL, weigh=broadly, rename=renaming(images))
        self._check = Batches(images, size, 32, seed + 1, STILL).draw(0)

    def begin_with(self, model: nn.Module) -> None:
        self.model.decoder = with_paces(model)

    def batches(self, start: int) -> Iterator[Embedded]:
        for batch in self._batches(start // self.recipe.uses, self.model.decoder.device):
            embedded = self._embed(batch)
            for _ in range(self.recipe.uses):
                yield embedded

    def enter(self, share_done: float) -> None:
        self._part = part_at(share_done)
        is_settling = self._part is Part.FINISH or self.settled(share_done) >= 1 - DECAY_SHARE
        self._level_mean = LAST_LEVEL_MEAN if is_settling else LEVEL_MEAN
        for name, weights in self.model.decoder.named_parameters():
            module = name.partition(".")[0]
            learns = {Part.PLAN: module in PLAN_PARTS, Part.SKETCH: module in SKETCH_PARTS}
            weights.requires_grad_(learns.get(self._part, module not in SKETCH_PARTS))
        self.model.critic.heads.requires_grad_(self._part is Part.FINISH)
        self.model.critic.manner.requires_grad_(self._part is Part.DRAW).train(self._part is Part.DRAW)

    def settled(self, share_done: float) -> float:
        begin, end = BOUNDS[part := part_at(share_done)]
        if part is Part.PLAN:
            # It goes on with the sketch.
            return 0.0
        share = (share_done - begin) / (end - begin)
        # With the critic the rate falls from the first.
        return 1 - DECAY_SHARE * (1 - share) if part is Part.FINISH else share

    @torch.no_grad()
    def _embed(self, batch: Batch) -> Embedded:
        device = self.model.decoder.device
        self.clip.to(device)
        images = batch.images.to(device)
        silent = torch.tensor([not each for each in batch.captions], device=device)
        with computing(device):
            image, text = self.clip.encode_images(images), self.clip.embed_text(batch.captions)
        styles = torch.tensor([self._styles[record.style] for record in batch.records], device=device)
        return Embedded(images, batch.subjects.to(device), image.float(), text.float(), silent, styles)

    def loss(self, batch: Embedded, generator: torch.Generator) -> Tensor:
        if self._part in (Part.PLAN, Part.SKETCH):
            told, stroked = self._told(batch, generator), self._part is Part.SKETCH
            return _sketch_error(self.model.decoder.planned(*told, stroked=stroked), batch)
        batch = batch.some(ADDING_ROWS, generator)
        if self._part is Part.FINISH:
            return self._finishing(batch, generator)
        image, text = self._told(batch, generator)
        level = noise_levels(len(image), generator, self._level_mean, LEVEL_SPREAD).to(image)
        drawn = self.model.decoder.layers(noised(batch.images, level, generator), level, image, text)
        error = _error(drawn, batch, level.clamp(min=SMALLEST_LEVEL))
        return error + self.model.critic.manners(batch.images, batch.styles, generator)

    def _finishing(self, batch: Embedded, generator: torch.Generator) -> Tensor:
        """The error, and the critic's lesson beside it; little of the error where a picture begins with its sketch."""
        decoder, (image, text) = self.model.decoder, self._told(batch, generator)
        level = noise_levels(len(image), generator, self._level_mean, LEVEL_SPREAD).to(image)
        from_sketch = (uniform(len(image), generator) < FROM_SKETCH_SHARE).to(image.device)
        level = torch.where(from_sketch, SECOND_LEVEL, level)
        with torch.no_grad():
            sketch = decoder.planned(image, text).flattened()
        begun = torch.where(from_sketch[:, None, None, None], sketch, batch.images)
        drawn = decoder.layers(noised(begun, level, generator), level, image, text)
        error = _error(drawn, batch, torch.where(from_sketch, 1.0, level.clamp(min=SMALLEST_LEVEL)))
        meant = Meant(torch.cat([image, text], dim=-1), batch.styles)
        return error + self.model.critic.lesson(self.clip, drawn.flattened(), batch.images, meant, generator)

    def _told(self, batch: Embedded, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """The image and text embeddings to draw from: some withheld, the others as far off as a small prior's are."""
        decoder, known = self.model.decoder, batch.image_embedding
        count, device = len(known), known.device
        without_image = (uniform(count, generator) < IMAGE_WITHHELD).to(device)
        without_text = (uniform(count, generator) < TEXT_WITHHELD).to(device)
        without_text |= without_image | batch.silent
        led_astray = (uniform(count, generator) < ASTRAY_SHARE).to(device) & ~without_text
        way = (ASTRAY * uniform(count, generator)).to(device) * led_astray
        other = known[shuffled(count, generator)]
        off = normal(known.shape, generator) * uniform((count, 1), generator)
        off = off.to(device) * (EMBEDDING_NOISE / self.clip.embedding_dim**0.5)
        image = F.normalize(torch.lerp(known, other, way[:, None]) + off, dim=-1)
        image = torch.where(without_image[:, None], decoder.null_image, image)
        return image, torch.where(without_text[:, None], decoder.null_text, batch.text_embedding)

    @torch.no_grad()
    def sheet(self, model: Rivals) -> Image.Image:
        """Rows of real pictures and, under each, what the decoder draws from its image embedding alone."""
        real = self._check.images.to(model.decoder.device)
        decoder = Decoder(model.decoder, leaping_scheduler(), STEPS, guidance_scale=1.0)
        drawn = decoder.draw(Condition(self.clip.encode_images(real)), range(len(real)), lambda number, clean: None)
        rows = zip(to_images(real), to_images(drawn), strict=True)
        return grid([picture for pair in rows for picture in pair], columns=16)

    def save(self, model: Rivals, folder: Path) -> None:
        model.decoder.save_pretrained(folder)


def with_paces(decoder: HourglassDecoder) -> HourglassDecoder:
    """The decoder, whose modules say how fast they learn where they do not learn as all others do."""
    for name, module in decoder.named_children():
        if name in SKETCH_PARTS:
            module.pace = SKETCH_PACE
    return decoder


def part_at(share_done: float) -> Part:
    """The part that is trained where this share of a run is done."""
    return next((part for part, (_, end) in BOUNDS.items() if share_done < end), Part.FINISH)


def leaping_scheduler() -> RenoisingScheduler:
    """Steps for what is trained here: its sketch is kept, so most of the noise can go at once, and none is new."""
    return RenoisingScheduler(freshness=0.0, second_level=SECOND_LEVEL)


def _error(drawn: Layers, batch: Embedded, scale: Tensor) -> Tensor:
    """Mean squared error of the picture and, weighted, of the matte, each divided by `scale` (B,)."""
    wide = scale[:, None, None, None]
    picture, off_matte = (drawn.flattened() - batch.images) / wide, (drawn.matte - batch.subjects[:, 3:]) / wide
    return picture.square().mean() + MATTE_WEIGHT * off_matte.square().mean()


def _sketch_error(sketch: Layers, batch: Embedded) -> Tensor:
    """Mean squared error of the picture, of the subject alone, both in colors of -1..1, and of the matte."""
    off = (sketch.premultiplied() - batch.subjects).square().mean(dim=(0, 2, 3))
    return F.mse_loss(sketch.flattened(), batch.images) + 4 * off[:3].mean() + MATTE_WEIGHT * off[3]
