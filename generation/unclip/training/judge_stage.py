"""Trains the judge to name what real pictures show; nothing that a model has drawn is among them."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from .batches import VARIED, Batch, Batches, background_names
from .captions import Record
from .chance import normal, uniform
from .figures import share_named
from .judge import SIZE, Judge
from .loop import Stage
from .mix import evenly
from .recipes import Recipe
from .shards import ImageSet

#: A concept with fewer training pictures cannot be told apart from the style it comes in.
FEWEST_PICTURES = 3
SMOOTHING = 0.1
#: A set of pictures is known by its colors, too.
TRUE_COLORS = replace(VARIED, recolored=0.0)
UNTAUGHT = -100
#: Half of all batches lose detail, down to this many pixels: a soft picture is no other style or concept.
SOFTENED_SHARE, SOFTEST = 0.5, 32
#: Half of all batches get grain of up to this strength: drawn pictures have some, and it is nothing that they show.
GRAINY_SHARE, GRAINIEST = 0.5, 0.25
CHECKED = 256


class JudgeStage(Stage):
    """Cross-entropy of style, concept and background."""

    name = "judge"

    def __init__(self, images: ImageSet, seed: int, recipe: Recipe) -> None:
        self.recipe = recipe
        names = {
            "style": sorted({record.style for record in images.records}),
            "concept": taught_concepts(images.records),
            "background": background_names(images.records),
        }
        self.model = Judge(recipe.model, names)
        self._numbers = {kind: {name: n for n, name in enumerate(each)} for kind, each in names.items()}
        self._batches = Batches(images, SIZE, recipe.batch_size, seed, TRUE_COLORS, weigh=evenly)
        held_out = [n for n, record in enumerate(images.records) if record.split == "heldout"]
        rng = random.Random(seed)
        self._check = self._batches.compose(rng.choices(held_out, k=CHECKED), rng) if held_out else None

    def batches(self, start: int) -> Iterator[Batch]:
        return self._batches(start, self.model.device)

    def loss(self, batch: Batch, generator: torch.Generator) -> Tensor:
        opinion = self.model(roughen(soften(batch.images.to(self.model.device), generator), generator))
        losses = []
        for kind, names in answers(batch).items():
            target = torch.tensor([self._numbers[kind].get(name, UNTAUGHT) for name in names])
            taught = int((target != UNTAUGHT).sum())
            error = F.cross_entropy(
                opinion.scores[kind],
                target.to(self.model.device),
                ignore_index=UNTAUGHT,
                label_smoothing=SMOOTHING,
                reduction="sum",
            )
            losses.append(error / max(1, taught))
        return torch.stack(losses).sum()

    def summary(self, model: Judge) -> str:
        """How many held-out pictures it names rightly."""
        if not self._check:
            return ""
        scores = model.look(self._check.images).scores
        shares = [
            f"{kind} {share_named(scores[kind], model.names[kind], [{name} for name in right]):.0%}"
            for kind, right in answers(self._check).items()
        ]
        return f"names rightly of {CHECKED} held-out pictures: {', '.join(shares)}"

    def save(self, model: Judge, folder: Path) -> None:
        model.save(folder)


def answers(batch: Batch) -> dict[str, list[str]]:
    """The right name of each picture in a batch, by kind."""
    return {
        "style": [record.style for record in batch.records],
        "concept": [record.concept for record in batch.records],
        "background": [background.name for background in batch.backgrounds],
    }


def taught_concepts(records: Sequence[Record]) -> list[str]:
    """The concepts with enough training pictures to be learned."""
    counts = Counter(record.concept for record in records if record.split == "train")
    return sorted(concept for concept, count in counts.items() if count >= FEWEST_PICTURES)


def soften(images: Tensor, generator: torch.Generator) -> Tensor:
    """In half of all batches, (B, 3, S, S) made smaller and large again, by a random factor of up to two."""
    if uniform(1, generator).item() >= SOFTENED_SHARE:
        return images
    size = int(torch.randint(SOFTEST, images.shape[-1], (1,), generator=generator, device=generator.device))
    small = F.interpolate(images, size, mode="bilinear", antialias=True, align_corners=False)
    return F.interpolate(small, images.shape[-1], mode="bilinear", align_corners=False)


def roughen(images: Tensor, generator: torch.Generator) -> Tensor:
    """In half of all batches, (B, 3, S, S) with noise of a random strength."""
    if uniform(1, generator).item() >= GRAINY_SHARE:
        return images
    strength = GRAINIEST * uniform(1, generator).item()
    return images + strength * normal(images.shape, generator).to(images)
