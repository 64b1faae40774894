"""The starter's decoder stage: image embedding (and text embedding) to a picture at base resolution, and back."""

from collections.abc import Sequence

import torch
from torch import Tensor

from generation.unclip.ddim import FlowDDIM, settled
from generation.unclip.decoder import HourglassDecoder
from generation.unclip.sampling import OnStep, Predict, denoise, generators, guided, keeping, noise
from generation.unclip.stages import Condition, Known
from generation.unclip.upstream import SchedulerMixin

NOISE_LEVELS = 1000


class Decoder:
    """A HourglassDecoder with its scheduler. Holds no state between calls."""

    ddim_steps = 40

    def __init__(self, model: HourglassDecoder, scheduler: SchedulerMixin, steps: int, guidance_scale: float) -> None:
        self.model, self.scheduler, self.steps, self.guidance_scale = model, scheduler, steps, guidance_scale
        self.size = model.config.sample_size

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
        predict = self._guided(condition, self.guidance_scale if guidance_scale is None else guidance_scale)
        if known:
            predict = keeping(predict, *known)
        start = noise((3, self.size, self.size), seeds).to(condition.image_embedding)
        return denoise(predict, start, self.scheduler, steps or self.steps, on_step).clamp(-1, 1)

    @torch.no_grad()
    def invert(self, picture: Tensor, image_embedding: Tensor, on_step: OnStep) -> Tensor:
        """The noise x_T (B, 3, S, S) that `redraw` makes `picture` (B, 3, S, S) from (paper, section 3)."""
        scheduler = FlowDDIM(inverse=True)
        predict = settled(self._guided(Condition(image_embedding), 1.0), scheduler)
        return denoise(predict, picture, scheduler, self.ddim_steps, on_step)

    @torch.no_grad()
    def redraw(
        self, image_embedding: Tensor, noise: Tensor, seeds: Sequence[int], on_step: OnStep, eta: float = 0.0
    ) -> Tensor:
        """Pictures (B, 3, S, S) in [-1, 1] from x_T (B, 3, S, S); `eta` is the share of the noise drawn anew."""
        predict = self._guided(Condition(image_embedding), 1.0)
        drawn = denoise(predict, noise, FlowDDIM(eta), self.ddim_steps, on_step, generators(seeds))
        return drawn.clamp(-1, 1)

    def _guided(self, condition: Condition, scale: float) -> Predict:
        image, text = condition
        no_text = self.model.null_text.expand(len(image), -1)
        given = (image, no_text if text is None else text.embedding)
        withheld = (self.model.null_image.expand(len(image), -1), no_text)
        return guided(self._predict, given, withheld, scale)

    def _predict(self, sample: Tensor, timestep: Tensor, image: Tensor, text: Tensor) -> Tensor:
        level = (timestep / NOISE_LEVELS).to(sample.dtype).expand(len(sample))
        return self.model(sample, level, image, text)
