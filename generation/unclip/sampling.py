"""The one denoising loop, guidance around the model, and noise that depends on the seed alone.

x_s is the noisy sample at noise level s, x_0 the clean one that the models predict.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from generation.unclip.upstream import SchedulerMixin, randn_tensor

#: (sample, timestep) -> predicted x_0.
Predict = Callable[[Tensor, Tensor], Tensor]
#: (steps done, predicted x_0 where it is a picture), called after every step; may raise Cancelled.
OnStep = Callable[[int, Tensor | None], None]
#: 2^32 by the golden ratio: multiples of it lie far apart (Knuth, The Art of Computer Programming 3, 6.4).
GOLDEN = 0x9E3779B1
#: One CPU generator for each row of a batch, so that a row's noise does not depend on the others.
Generators = list[torch.Generator] | None


class Interval(NamedTuple):
    """The timesteps from `low` to `high`, both in."""

    low: float
    high: float


def noise(shape: Sequence[int], seeds: Sequence[int]) -> Tensor:
    """Standard normal (len(seeds), *shape) float32; row k depends on seeds[k] alone.

    Drawn on the CPU, so that one seed means one image on any device.
    """
    return noise_of(shape, generators(seeds))


def noise_of(shape: Sequence[int], each: Sequence[torch.Generator]) -> Tensor:
    """Standard normal (len(each), *shape) float32; row k is what `each[k]` gives next."""
    return torch.stack([torch.randn(*shape, generator=generator) for generator in each])


def noise_like(sample: Tensor, each: Generators) -> Tensor:
    """Standard normal of the shape, device and dtype of `sample`; row k from `each[k]`."""
    return randn_tensor(sample.shape, generator=each, device=sample.device, dtype=sample.dtype)


def generators(seeds: Sequence[int]) -> list[torch.Generator]:
    """A CPU generator for each seed."""
    return [torch.Generator().manual_seed(folded(seed)) for seed in seeds]


def folded(seed: int) -> int:
    """A seed of up to 64 bits as one of 32, which is all of it that torch's generator for CPUs looks at.

    What is above them is mixed in; a seed that has no more stays as it is.
    """
    high, low = divmod(seed, 1 << 32)
    return low ^ (high * GOLDEN % (1 << 32))


def denoise(
    predict: Predict,
    sample: Tensor,
    scheduler: SchedulerMixin,
    steps: int,
    on_step: OnStep,
    each: Generators = None,
) -> Tensor:
    """Takes `sample` through `steps` steps of `scheduler`: from pure noise to a clean sample, or as it will have it.

    `each` are the generators of the rows, for schedulers that add noise on the way.
    """
    scheduler.set_timesteps(steps, device=sample.device)
    sample = sample * scheduler.init_noise_sigma
    for number, timestep in enumerate(scheduler.timesteps, start=1):
        clean = predict(sample, timestep)
        sample = scheduler.step(clean, timestep, sample, generator=each).prev_sample
        on_step(number, clean)
    return sample


def guided(
    predict: Callable[..., Tensor],
    given: tuple[Tensor, ...],
    withheld: tuple[Tensor, ...],
    scale: float,
    interval: Interval | None = None,
    channels: int | None = None,
) -> Predict:
    """Classifier-free guidance (arXiv 2207.12598): on from the prediction without the conditions to that with them.

    `given` and `withheld` are the conditions (B, ...) with and without; both run as one batch. A scale of 1 leaves the
    prediction as it is and skips the second half; so does a timestep outside of `interval`. Where a model predicts
    more than the picture, only its first `channels` are guided.
    """
    if scale == 1:
        return lambda sample, timestep: predict(sample, timestep, *given)
    both = tuple(torch.cat(pair) for pair in zip(withheld, given, strict=True))

    def combined(sample: Tensor, timestep: Tensor) -> Tensor:
        if interval and not interval.low <= timestep <= interval.high:
            return predict(sample, timestep, *given)
        unconditional, conditional = predict(torch.cat([sample, sample]), timestep, *both).chunk(2)
        mixed = unconditional[:, :channels] + scale * (conditional[:, :channels] - unconditional[:, :channels])
        return mixed if channels is None else torch.cat([mixed, conditional[:, channels:]], dim=1)

    return combined


def without_preview(on_step: OnStep) -> OnStep:
    """For predictions that are no picture to show on the way, such as noise or latents."""
    return lambda step, predicted: on_step(step, None)


def keeping(predict: Predict, picture: Tensor, redrawn: Tensor) -> Predict:
    """`predict` with x_0 known to be `picture` (B, C, H, W) wherever `redrawn` (1 or B, 1, H, W) is not 1.

    A solver then leads the known part from its noise straight to the picture, whether it keeps that noise or takes new,
    and the model sees it at the right noise level all the way.
    """
    return lambda sample, timestep: torch.lerp(picture, predict(sample, timestep), redrawn)
