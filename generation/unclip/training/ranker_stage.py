"""Trains the ranker: to name the style of a picture, and the style that a caption asks for.

Its eyes see real pictures alone, and are not the critic's: what a decoder has learned to convince would rank its
mistakes among the best.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from generation.unclip.clip import Clip
from generation.unclip.ranker import Ranker

from .batches import PLACED, Batch, Batches
from .guide import renaming
from .judge_stage import roughen, soften
from .loop import Stage, computing
from .mix import broadly, chances
from .recipes import Recipe
from .shards import ImageSet

SIZE = 64
CHECKED = 256


class Shown(NamedTuple):
    """Pictures `images` (B, 3, S, S), their captions' embeddings (B, D) and the numbers `styles` (B,)."""

    images: Tensor
    text_embedding: Tensor
    styles: Tensor


class RankerStage(Stage):
    """Cross-entropy of the style of pictures, moved, softened and under grain, and of their captions."""

    name = "ranker"
    model: Ranker

    def __init__(self, images: ImageSet, seed: int, recipe: Recipe, clip: Clip) -> None:
        self.recipe = recipe
        self.clip = clip.requires_grad_(False).eval()
        train = [record for record in images.records if record.split == "train"]
        self._styles = {style: n for n, style in enumerate(sorted({record.style for record in train}))}
        self.model = Ranker(styles=len(self._styles), embedding_dim=clip.embedding_dim, **recipe.model)
        of_train = torch.tensor([self._styles[record.style] for record in train])
        self.model.rates.zero_().index_add_(0, of_train, torch.tensor(chances(train, broadly)).float())
        self._batches = Batches(images, SIZE, recipe.batch_size, seed, PLACED, weigh=broadly, rename=renaming(images))
        self._check = Batches(images, SIZE, CHECKED, seed + 1, PLACED).draw(0)

    def begin_with(self, model: Ranker) -> None:
        """Takes over a ranker of as many styles; another set has styles of its own, and the ranker begins anew."""
        if model.config.styles == self.model.config.styles:
            model.rates = self.model.rates
            self.model = model

    def batches(self, start: int) -> Iterator[Shown]:
        return map(self._show, self._batches(start, self.model.device))

    def loss(self, batch: Shown, generator: torch.Generator) -> Tensor:
        return self.model.error(roughen(soften(batch.images, generator), generator), *batch[1:])

    @torch.no_grad()
    def _show(self, batch: Batch) -> Shown:
        device = self.model.device
        self.clip.to(device)
        with computing(device):
            text = self.clip.embed_text(batch.captions)
        styles = torch.tensor([self._styles[record.style] for record in batch.records], device=device)
        return Shown(batch.images.to(device), text.float(), styles)

    @torch.no_grad()
    def summary(self, model: Ranker) -> str:
        """How often a picture fits its own caption better than that of another, of all pairs in which one may."""
        shown = self._show(self._check)
        own = model(shown.images, shown.text_embedding)
        other = model(shown.images, shown.text_embedding.roll(1, 0))
        differ = shown.styles != shown.styles.roll(1, 0)
        return f"tells its caption from another style's in {(own > other)[differ].float().mean():.0%}"

    def save(self, model: Ranker, folder: Path) -> None:
        model.save_pretrained(folder)
