"""Karlo's decoder and upsampler (`kakaobrain/karlo-v1-alpha`): pixels all the way, 64 and then 256 an edge."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from generation.unclip.families.schedulers import DiscreteDDIM, LastSteps, clean, few_steps
from generation.unclip.families.text_projection import TextProjection
from generation.unclip.families.towers import Towers
from generation.unclip.inversion import Invertible
from generation.unclip.mosaic import mosaic
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
from generation.unclip.stages import Condition, Known, TextFeatures
from generation.unclip.upstream import SchedulerMixin, UNet2DConditionModel, UNet2DModel

#: Keeps the upsampler on noise of its own, apart from the decoder's and the prior's.
UPSAMPLER_OFFSET = 1 << 42
#: The upsampler's networks halve a picture several times; its sides are made multiples of this first.
GRID = 8
#: Pixels of the result that the networks draw at once, an edge, and how many of them two neighbors share.
TILE, OVERLAP = 512, 64


class Decoder(Invertible):
    """Image embedding, and the text where there is one, to a picture of `size` pixels an edge."""

    steps, guidance_scale = 10, 8.0
    #: Where guidance is at work, in timesteps: at the ends it costs time and changes little (arXiv 2404.07724).
    interval: Interval | None = Interval(100, 900)

    def __init__(
        self, model: UNet2DConditionModel, projection: TextProjection, encoder: Towers, published: SchedulerMixin
    ) -> None:
        self.model, self.projection, self.encoder = model, projection, encoder
        self.published, self.scheduler = published, few_steps(published)
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
        """Pictures (len(seeds), 3, S, S) in [-1, 1]; without a text, the empty caption stands in for it."""
        each = generators(seeds)
        start = noise_of((3, self.size, self.size), each).to(self.encoder.device)
        scale = self.guidance_scale if guidance_scale is None else guidance_scale
        predict = self._predicting(condition, scale)
        if self.scheduler is self.published:
            on_step = without_preview(on_step)
        if known:
            predict = keeping(predict, known.picture.to(start), known.redrawn.to(start))
        return denoise(predict, start, self.scheduler, steps or self.steps, on_step, each).clamp(-1, 1)

    def ddim(self, eta: float = 0.0, inverse: bool = False) -> DiscreteDDIM:
        return DiscreteDDIM(self.published, eta, inverse)

    def unguided(self, image_embedding: Tensor) -> Predict:
        return self._clean(Condition(image_embedding), 1.0)

    def encode(self, picture: Tensor) -> Tensor:
        return picture.float()

    def _predicting(self, condition: Condition, scale: float) -> Predict:
        """Predictions of x_0, or of noise and variance where the checkpoint's own scheduler is in use."""
        if self.scheduler is self.published:
            return guided(self._predict, *self._sides(condition), scale, self.interval, channels=3)
        return self._clean(condition, scale)

    def _clean(self, condition: Condition, scale: float) -> Predict:
        return clean(guided(self._predict_noise, *self._sides(condition), scale, self.interval), self.published)

    def _sides(self, condition: Condition) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
        """What the network reads with the condition and, for guidance, without."""
        image, text = condition
        no_text = self.encoder.no_text.expand(len(image))
        no_image = self.projection.no_image.to(image.device).expand(len(image), -1)
        return self._conditions(image, no_text if text is None else text), self._conditions(no_image, no_text)

    def _conditions(self, image: Tensor, text: TextFeatures) -> tuple[Tensor, Tensor, Tensor]:
        tokens, time = self.projection(image.to(self.model.dtype), text.embedding, text.states)
        return tokens, time, F.pad(text.mask, (self.projection.extra_tokens, 0), value=True)

    def _predict(self, sample: Tensor, timestep: Tensor, tokens: Tensor, time: Tensor, mask: Tensor) -> Tensor:
        """The noise and its variance (B, 6, S, S)."""
        sample = sample.to(self.model.dtype)
        return self.model(sample, timestep, tokens, class_labels=time, attention_mask=mask).sample.float()

    def _predict_noise(self, *inputs: Tensor) -> Tensor:
        return self._predict(*inputs)[:, :3]


class Upsampler:
    """A picture to one four times as wide and high: `first` draws, `last` gives the finish at the last timestep.

    The published way is `whole` steps from pure noise. The low-resolution picture settles what the first of them would
    draw, so ours begins from it, with noise to the level at which the last `steps` of them go on.
    """

    factor, whole, steps = 4, 7, 3

    def __init__(self, first: UNet2DModel, last: UNet2DModel, scheduler: LastSteps) -> None:
        self.first, self.last, self.scheduler = first, last, scheduler

    def steps_of(self, count: int) -> int:
        return count * self.steps

    @torch.no_grad()
    def upsample(self, pictures: Tensor, image_embedding: Tensor, seeds: Sequence[int], on_step: OnStep) -> Tensor:
        """(B, 3, H, W) in [-1, 1] -> (B, 3, 4 H, 4 W); the noise of picture k depends on `seeds[k]` alone."""
        drawn = []
        for number, seed in enumerate(seeds):
            done, picture = number * self.steps, pictures[number : number + 1].float()
            step = lambda step, clean, done=done, seen=picture: on_step(done + step, seen)  # noqa: E731
            drawn.append(self._enlarge(picture, generators([seed + UPSAMPLER_OFFSET]), step))
        return torch.cat(drawn)

    def _enlarge(self, picture: Tensor, each: list[torch.Generator], on_step: OnStep) -> Tensor:
        height, width = picture.shape[-2:]
        even = F.pad(picture, (0, -width % GRID, 0, -height % GRID), mode="replicate")
        size = [self.factor * edge for edge in even.shape[-2:]]
        smooth = F.interpolate(even, size, mode="bicubic", align_corners=False, antialias=True)
        noise = noise_of(smooth.shape[1:], each).to(smooth)
        start = self.scheduler.begin(smooth, noise, self.whole, self.steps)
        drawn = denoise(self._predicting(smooth), start, self.scheduler, self.steps, on_step, each)
        return drawn[..., : self.factor * height, : self.factor * width].clamp(-1, 1)

    def _predicting(self, smooth: Tensor) -> Predict:
        """The noise in a sample (1, 3, 4 H, 4 W), seen beside the smooth picture of the same size."""

        def predict(sample: Tensor, timestep: Tensor) -> Tensor:
            model = self.last if timestep == 0 else self.first
            draw = lambda seen: model(seen.to(model.dtype), timestep).sample.float()  # noqa: E731
            return mosaic(draw, torch.cat([sample, smooth], dim=1), TILE, OVERLAP)

        return predict
