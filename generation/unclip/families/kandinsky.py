"""Kandinsky 2.2's decoder (`kandinsky-community/kandinsky-2-2-decoder`): a U-Net on the latents of MoVQ.

It reads the image embedding alone. `inpainting`, where its checkpoint is there, is a second U-Net that also sees what
stays of a picture; without it, what stays is held in place from step to step.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from generation.unclip.families.schedulers import DiscreteDDIM, PinnedScheduler, clean, few_steps
from generation.unclip.families.towers import Towers
from generation.unclip.inversion import Invertible
from generation.unclip.sampling import (
    Interval,
    OnStep,
    Predict,
    denoise,
    generators,
    guided,
    keeping,
    noise_of,
    without_preview,
)
from generation.unclip.stages import Condition, Known
from generation.unclip.upstream import SchedulerMixin, UNet2DConditionModel, VQModel

DEFAULT_SIZE = 512
#: A hole is widened by a latent pixel to these sides, as the inpainting U-Net was trained to expect.
WIDER = ((1.0, 1.0, 0.0), (1.0, 1.0, 1.0), (0.0, 1.0, 1.0))


class Decoder(Invertible):
    """Image embedding to a picture of `size` pixels an edge, or of any `shape` in multiples of 64."""

    steps, guidance_scale = 20, 4.0
    draws_any_shape, in_pixels = True, False
    #: Where guidance is at work, in timesteps: at the ends it costs time and changes little (arXiv 2404.07724).
    interval: Interval | None = Interval(100, 900)

    def __init__(
        self,
        model: UNet2DConditionModel,
        movq: VQModel,
        encoder: Towers,
        published: SchedulerMixin,
        inpainting: UNet2DConditionModel | None = None,
    ) -> None:
        self.model, self.movq, self.encoder, self.inpainting = model, movq, encoder, inpainting
        self.published, self.scheduler = published, few_steps(published)
        self.channels = movq.config.latent_channels
        self.scale = 2 ** (len(movq.config.block_out_channels) - 1)
        self.size = model.config.sample_size * self.scale if model.config.sample_size else DEFAULT_SIZE

    @torch.no_grad()
    def draw(
        self,
        condition: Condition,
        seeds: Sequence[int],
        on_step: OnStep,
        steps: int | None = None,
        guidance_scale: float | None = None,
        known: Known | None = None,
        shape: tuple[int, int] | None = None,
    ) -> Tensor:
        """Pictures (len(seeds), 3, H, W) in [-1, 1] for a `shape` of (H, W), else `size` an edge."""
        each = generators(seeds)
        height, width = self._latent_shape(*(shape or (self.size, self.size)))
        start = noise_of((self.channels, height, width), each).to(self.encoder.device)
        scale = self.guidance_scale if guidance_scale is None else guidance_scale
        predict, scheduler = self._painting(condition, scale, known, start)
        latents = denoise(predict, start, scheduler, steps or self.steps, without_preview(on_step), each)
        return self.decode(latents)

    def ddim(self, eta: float = 0.0, inverse: bool = False) -> DiscreteDDIM:
        return DiscreteDDIM(self.published, eta, inverse)

    def unguided(self, image_embedding: Tensor) -> Predict:
        return self._clean(Condition(image_embedding), 1.0)

    def _latent_shape(self, height: int, width: int) -> tuple[int, int]:
        """Sides are rounded up to what the U-Net's own halvings need."""
        step = self.scale**2
        return -(-height // step) * self.scale, -(-width // step) * self.scale

    def _painting(
        self, condition: Condition, scale: float, known: Known | None, start: Tensor
    ) -> tuple[Predict, SchedulerMixin]:
        """What is predicted at each step, and the scheduler that takes it."""
        published = self.scheduler is self.published
        if known is None:
            return (self._raw if published else self._clean)(condition, scale), self.scheduler
        picture = self.encode(known.picture)
        redrawn = F.interpolate(known.redrawn.to(start), start.shape[-2:], mode="nearest")
        if self.inpainting is None:
            return keeping(self._clean(condition, scale), picture, redrawn), few_steps(self.published)
        redrawn = (F.conv2d(redrawn, redrawn.new_tensor(WIDER)[None, None], padding=1) > 0).to(start)
        seen = torch.cat([picture * (1 - redrawn), (1 - redrawn).expand(len(picture), -1, -1, -1)], dim=1)
        if published:
            return self._raw(condition, scale, seen), PinnedScheduler(self.published, picture, 1 - redrawn, start)
        return keeping(self._clean(condition, scale, seen), picture, redrawn), self.scheduler

    def _raw(self, condition: Condition, scale: float, seen: Tensor | None = None) -> Predict:
        """The noise in the latents, with its variance where the checkpoint's own scheduler wants that."""
        learned = self.published.config.get("variance_type") in ("learned", "learned_range")
        predict = self._network(seen, 2 * self.channels if learned else self.channels)
        return guided(predict, *self._sides(condition), scale, self.interval, self.channels)

    def _clean(self, condition: Condition, scale: float, seen: Tensor | None = None) -> Predict:
        predict = self._network(seen, self.channels)
        return clean(guided(predict, *self._sides(condition), scale, self.interval), self.published)

    def _sides(self, condition: Condition) -> tuple[tuple[Tensor], tuple[Tensor]]:
        image = condition.image_embedding.to(self.movq.dtype)
        return (image,), (self.encoder.no_picture.expand(len(image), -1),)

    def _network(self, seen: Tensor | None, channels: int) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
        """The U-Net's first `channels`; with `seen` (., C + 1, H, W), what stays, it is the inpainting one."""
        model = self.model if seen is None else self.inpainting

        def predict(sample: Tensor, timestep: Tensor, image: Tensor) -> Tensor:
            if seen is not None:
                sample = torch.cat([sample, seen.repeat(len(sample) // len(seen), 1, 1, 1)], dim=1)
            embeddings = {"image_embeds": image}
            drawn = model(sample.to(model.dtype), timestep, encoder_hidden_states=None, added_cond_kwargs=embeddings)
            return drawn.sample[:, :channels].float()

        return predict

    def encode(self, picture: Tensor) -> Tensor:
        return self.movq.encode(picture.to(self.encoder.device, self.movq.dtype)).latents.float()

    def decode(self, latents: Tensor) -> Tensor:
        """Latents to pictures, one at a time: this takes more memory than all else."""
        rows = latents.to(self.movq.dtype).split(1)
        return torch.cat([self.movq.decode(row, force_not_quantize=True).sample.float() for row in rows]).clamp(-1, 1)
