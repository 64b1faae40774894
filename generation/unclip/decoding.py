"""The starter's decoder stage: image embedding (and text embedding) to a picture at base resolution, and back."""

from collections.abc import Sequence

import torch
from torch import Tensor

from generation.unclip.ddim import FlowDDIM
from generation.unclip.decoder import HourglassDecoder
from generation.unclip.inversion import Invertible
from generation.unclip.sampling import OnStep, Predict, denoise, generators, guided, keeping, noise_of
from generation.unclip.stages import Condition, Known
from generation.unclip.takes import Takes
from generation.unclip.upstream import SchedulerMixin

NOISE_LEVELS = 1000


class Decoder(Invertible):
    """A HourglassDecoder with its scheduler; it draws each picture once, or several `takes`. Keeps no state."""

    def __init__(
        self,
        model: HourglassDecoder,
        scheduler: SchedulerMixin,
        steps: int,
        guidance_scale: float,
        takes: Takes | None = None,
    ) -> None:
        self.model, self.scheduler, self.steps, self.guidance_scale = model, scheduler, steps, guidance_scale
        self.takes, self.size = takes, model.config.sample_size

    @torch.no_grad()
    def draw(
        self,
        condition: Condition,
        seeds: Sequence[int],
        on_step: OnStep,
        steps: int | None = None,
        guidance_scale: float | None = None,
        known: Known | None = None,
    ) -> Tensor:
        """Pictures (len(seeds), 3, S, S) in [-1, 1] of unit embeddings (len(seeds), D).

        Without a text the image embedding alone decides, as for variations (paper, section 3.1).
        """
        scale = self.guidance_scale if guidance_scale is None else guidance_scale
        if not self.takes:
            return self._draw(condition, seeds, on_step, steps or self.steps, scale, known)
        every, kept = self.takes.spread(condition, seeds), torch.arange(len(seeds))

        def keep_best(step: int, clean: Tensor) -> None:
            nonlocal kept
            kept = self.takes.best(clean.clamp(-1, 1), condition)
            on_step(step, clean[kept])

        return self._draw(*every, keep_best, steps or self.steps, scale, known)[kept]

    def _draw(
        self,
        condition: Condition,
        seeds: Sequence[int],
        on_step: OnStep,
        steps: int,
        scale: float,
        known: Known | None,
    ) -> Tensor:
        predict = self._guided(condition, scale)
        if known:
            takes = len(seeds) // len(known.picture)
            predict = keeping(predict, known.picture.repeat(takes, 1, 1, 1), known.redrawn)
        each = generators(seeds)
        start = noise_of((3, self.size, self.size), each).to(condition.image_embedding)
        return denoise(predict, start, self.scheduler, steps, on_step, each).clamp(-1, 1)

    def ddim(self, eta: float = 0.0, inverse: bool = False) -> FlowDDIM:
        return FlowDDIM(eta, inverse)

    def unguided(self, image_embedding: Tensor) -> Predict:
        return self._guided(Condition(image_embedding), 1.0)

    def _guided(self, condition: Condition, scale: float) -> Predict:
        image, text = condition
        no_text = self.model.null_text.expand(len(image), -1)
        given = (image, no_text if text is None else text.embedding)
        withheld = (self.model.null_image.expand(len(image), -1), no_text)
        return guided(self._predict, given, withheld, scale)

    def _predict(self, sample: Tensor, timestep: Tensor, image: Tensor, text: Tensor) -> Tensor:
        level = (timestep / NOISE_LEVELS).to(sample.dtype).expand(len(sample))
        return self.model(sample, level, image, text)
