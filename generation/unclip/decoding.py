"""The decoder stage: image embedding (and text embedding) to a picture at base resolution."""

from collections.abc import Sequence

import torch
from torch import Tensor

from generation.unclip.decoder import HourglassDecoder
from generation.unclip.sampling import OnStep, denoise, guided, noise
from generation.unclip.upstream import SchedulerMixin

NOISE_LEVELS = 1000


class Decoder:
    """A HourglassDecoder with its scheduler. Holds no state between calls."""

    def __init__(self, model: HourglassDecoder, scheduler: SchedulerMixin, steps: int, guidance_scale: float) -> None:
        self.model, self.scheduler, self.steps, self.guidance_scale = model, scheduler, steps, guidance_scale

    @torch.no_grad()
    def draw(
        self,
        image_embedding: Tensor,
        text_embedding: Tensor | None,
        seeds: Sequence[int],
        on_step: OnStep,
        steps: int | None = None,
        guidance_scale: float | None = None,
    ) -> Tensor:
        """Pictures (len(seeds), 3, S, S) in [-1, 1] of unit embeddings (len(seeds), D).

        Without a text embedding the image embedding alone decides, as for variations (paper, section 3.1).
        """
        size, count = self.model.config.sample_size, len(seeds)
        no_text = self.model.null_text.expand(count, -1)
        given = (image_embedding, no_text if text_embedding is None else text_embedding)
        withheld = (self.model.null_image.expand(count, -1), no_text)
        scale = self.guidance_scale if guidance_scale is None else guidance_scale
        start = noise((3, size, size), seeds).to(image_embedding)
        predict = guided(self._predict, given, withheld, scale)
        return denoise(predict, start, self.scheduler, steps or self.steps, on_step).clamp(-1, 1)

    def _predict(self, sample: Tensor, timestep: Tensor, image: Tensor, text: Tensor) -> Tensor:
        level = (timestep / NOISE_LEVELS).to(sample.dtype).expand(len(sample))
        return self.model(sample, level, image, text)
