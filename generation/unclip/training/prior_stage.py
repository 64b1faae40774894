"""Trains the prior: a diffusion model that predicts the image embedding from the caption (paper, section 2.2)."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from generation.unclip.clip import Clip
from generation.unclip.prior import Prior, predicted
from generation.unclip.stages import TextFeatures
from generation.unclip.upstream import DPMSolverMultistepScheduler, PriorTransformer

from .batches import STILL, Batch, Batches, noise_levels
from .chance import normal, uniform
from .guide import renaming
from .loop import Stage, computing
from .mix import broadly
from .recipes import Recipe
from .shards import ImageSet

SIZE = 64
STATISTICS_BATCHES = 24
#: As often a caption's words are withheld and its embedding is not: of a word that no picture was called by, only the
#: embedding knows what it means.
STATES_WITHHELD = 0.5
#: What such a word means is known less exactly: without the words, the embedding is off by up to this length.
TEXT_NOISE = 0.7
#: A batch is read in so many parts, by length: half of it has no words.
LENGTHS = 2


class Embedded(NamedTuple):
    """Captions as text features, and the standardized image embeddings (B, D) of their pictures."""

    text: TextFeatures
    image: Tensor


class PriorStage(Stage):
    """Mean squared error of the predicted clean embedding, at random noise levels of the straight noise path."""

    name = "prior"

    def __init__(self, images: ImageSet, seed: int, recipe: Recipe, clip: Clip) -> None:
        self.recipe = recipe
        self.clip = clip.requires_grad_(False).eval()
        text = clip.config["text_cfg"]
        self.model = PriorTransformer(
            **recipe.model, embedding_dim=clip.embedding_dim, num_embeddings=text["context_length"]
        )
        self.model.requires_grad_(True)
        self._batches = Batches(images, SIZE, recipe.batch_size, seed, STILL, weigh=broadly, rename=renaming(images))
        self._check = Batches(images, SIZE, 256, seed + 1, STILL).draw(0)
        self._measure_embeddings()

    def begin_with(self, model: nn.Module) -> None:
        """The towers may have been trained on since, and their embeddings lie elsewhere."""
        self.model = model
        self._measure_embeddings()

    @torch.no_grad()
    def _measure_embeddings(self) -> None:
        """Keeps mean and spread of the image embeddings with the model, which diffuses them standardized."""
        rows = torch.cat([self.clip.encode_images(self._batches.draw(n).images) for n in range(STATISTICS_BATCHES)])
        self.model.clip_mean.data = rows.mean(0, keepdim=True)
        self.model.clip_std.data = rows.std().expand_as(self.model.clip_mean).clone()
        self.model.clip_mean.requires_grad_(False)
        self.model.clip_std.requires_grad_(False)

    def batches(self, start: int) -> Iterator[Embedded]:
        for batch in self._batches(start // self.recipe.uses, self.model.device):
            embedded = self._embed(batch)
            for _ in range(self.recipe.uses):
                yield embedded

    @torch.no_grad()
    def _embed(self, batch: Batch) -> Embedded:
        device = self.model.device
        self.clip.to(device)
        with computing(device):
            text, image = self.clip.encode_text(batch.captions), self.clip.encode_images(batch.images.to(device))
        text = TextFeatures(text.embedding.float(), text.states.float(), text.mask)
        return Embedded(text, (image.float() - self.model.clip_mean) / self.model.clip_std)

    def loss(self, batch: Embedded, generator: torch.Generator) -> Tensor:
        text, clean = batch
        level = noise_levels(len(clean), generator, mean=0.3, spread=1.2).to(clean)
        eps = normal(clean.shape, generator).to(clean)
        noisy = (1 - level[:, None]) * clean + level[:, None] * eps
        silent = (uniform((len(clean), 1), generator) < STATES_WITHHELD).to(clean.device)
        off = normal(clean.shape, generator) * uniform((len(clean), 1), generator)
        off = off.to(clean) * (TEXT_NOISE / self.clip.embedding_dim**0.5)
        embedding = F.normalize(text.embedding + off * silent, dim=-1)
        text = TextFeatures(embedding, text.states, text.mask & ~silent)
        errors = []
        for rows in by_length(text):
            seen = predicted(self.model, noisy[rows], level[rows] * 1000, TextFeatures(*(each[rows] for each in text)))
            errors.append((seen - clean[rows]).square().flatten())
        return torch.cat(errors).mean()

    @torch.no_grad()
    def summary(self, model: nn.Module) -> str:
        """Mean cosine of the drawn embedding and the true one, and how often the true one is the nearest of 256."""
        prior = Prior(model, flow_scheduler(), steps=10)
        text = self.clip.encode_text(self._check.captions)
        true = self.clip.encode_images(self._check.images.to(self.clip.device))
        drawn = prior.draw(text, self.clip.encode_text([""]), range(len(true)), lambda number, clean: None)
        said = torch.tensor([bool(each) for each in self._check.captions], device=true.device)
        cosine = (drawn * true).sum(-1)[said].mean()
        hits = ((drawn @ true.T).argmax(1) == torch.arange(len(true), device=true.device))[said].float().mean()
        return f"cosine to the true embedding {cosine:.3f}, nearest of {len(true)} in {hits:.0%}"

    def save(self, model: nn.Module, folder: Path) -> None:
        model.save_pretrained(folder)


def by_length(text: TextFeatures) -> Sequence[Tensor]:
    """The rows of a batch in parts of alike length: of none of them more is read than of its longest."""
    return text.mask.sum(dim=1).argsort().chunk(LENGTHS)


def flow_scheduler(shift: float = 1.0) -> DPMSolverMultistepScheduler:
    """A second-order few-step solver for models that predict x_0 on the straight noise path."""
    return DPMSolverMultistepScheduler(
        prediction_type="sample", use_flow_sigmas=True, flow_shift=shift, solver_order=2, lower_order_final=True
    )
