"""Schedulers for models that were trained to predict noise: those a checkpoint comes with, and one of few steps.

All take steps of the engine's one loop (`sampling.denoise`). a_t is the share of the picture's variance that is left
at timestep t (`alphas_cumprod`), so that x_t = sqrt(a_t) x_0 + sqrt(1 - a_t) eps.
"""

from typing import Any

import torch
from torch import Tensor

from generation.unclip.ddim import FlowDDIM
from generation.unclip.sampling import Generators, Predict
from generation.unclip.upstream import DPMSolverMultistepScheduler, SchedulerMixin, UnCLIPScheduler

#: A cosine schedule ends in noise so pure that the solver would divide by almost nothing; it begins here instead.
LEAST_LOG_SNR = -5.1


class AncestralScheduler(UnCLIPScheduler):
    """The scheduler that Karlo's and Kandinsky's stages come with; it finds the next timestep itself."""

    def step(self, output: Tensor, timestep: Tensor, sample: Tensor, generator: Generators = None) -> Any:
        number = int((self.timesteps == timestep).nonzero()[0])
        following = self.timesteps[number + 1] if number + 1 < len(self.timesteps) else None
        return super().step(output, timestep, sample, prev_timestep=following, generator=generator)


class LastSteps(AncestralScheduler):
    """The last of a number of steps, begun from a picture that is known already, but for its details."""

    def begin(self, picture: Tensor, noise: Tensor, whole: int, steps: int) -> Tensor:
        """The sample (B, C, H, W) that the last `steps` of `whole` go on from: of all of them, `noise` alone."""
        self.whole = max(whole, steps)
        self.set_timesteps(steps, picture.device)
        return noise if steps == self.whole else self.add_noise(picture, noise, self.timesteps[:1])

    def set_timesteps(self, steps: int, device: torch.device | str | None = None) -> None:
        super().set_timesteps(self.whole, device)
        self.timesteps = self.timesteps[-steps:]


class PinnedScheduler:
    """`scheduler`, with the known part of the latents put back after each step, at the noise level reached.

    `known` (1, C, H, W) is where `kept` (1, 1, H, W) is 1; `noise` (B, C, H, W) is what the drawing began with.
    """

    def __init__(self, scheduler: SchedulerMixin, known: Tensor, kept: Tensor, noise: Tensor) -> None:
        self.scheduler, self.known, self.kept, self.noise = scheduler, known, kept, noise
        self.init_noise_sigma = scheduler.init_noise_sigma

    def set_timesteps(self, steps: int, device: torch.device | None = None) -> None:
        self.scheduler.set_timesteps(steps, device=device)
        self.timesteps = self.scheduler.timesteps

    def step(self, output: Tensor, timestep: Tensor, sample: Tensor, generator: Generators = None) -> Any:
        moved = self.scheduler.step(output, timestep, sample, generator=generator)
        later = self.timesteps[self.timesteps < timestep]
        known = self.scheduler.add_noise(self.known, self.noise, later[:1]) if len(later) else self.known
        moved.prev_sample = self.kept * known + (1 - self.kept) * moved.prev_sample
        return moved


class DiscreteDDIM(FlowDDIM):
    """DDIM forth and back on the noise path of `published`, whose models know whole timesteps only."""

    def __init__(self, published: SchedulerMixin, eta: float = 0.0, inverse: bool = False) -> None:
        super().__init__(eta, inverse)
        log_snr = (published.alphas_cumprod / (1 - published.alphas_cumprod)).log() / 2
        self.known = (1 - published.alphas_cumprod[log_snr > LEAST_LOG_SNR]) ** 0.5

    def set_timesteps(self, steps: int, device: torch.device | str | None = None) -> None:
        numbers = torch.linspace(len(self.known) - 1, 0, steps + 1).round().long()
        numbers = numbers.flip(0) if self.inverse else numbers
        self.levels = self.known[numbers].to(device)
        self.timesteps = (numbers[1:] if self.inverse else numbers[:-1]).to(device)

    def picture_at(self, level: float) -> float:
        return (1 - level**2) ** 0.5


def few_steps(published: SchedulerMixin) -> DPMSolverMultistepScheduler:
    """A second-order solver (DPM-Solver++, arXiv 2211.01095) on the path of `published`, for predicted x_0."""
    config = published.config
    cosine = config.beta_schedule == "squaredcos_cap_v2"
    betas = {key: config[key] for key in ("beta_schedule", "beta_start", "beta_end") if key in config}
    return DPMSolverMultistepScheduler(
        num_train_timesteps=config.num_train_timesteps,
        prediction_type="sample",
        algorithm_type="dpmsolver++",
        solver_order=2,
        timestep_spacing="linspace",
        final_sigmas_type="zero",
        lambda_min_clipped=LEAST_LOG_SNR if cosine else -float("inf"),
        **betas,
    )


def bound_of(published: SchedulerMixin) -> float | None:
    """How far from 0 the scheduler lets a clean sample be, or None."""
    if published.config.clip_sample:
        return published.config.clip_sample_range
    return published.config.get("sample_max_value") if published.config.get("thresholding") else None


def clean(predict: Predict, published: SchedulerMixin) -> Predict:
    """From a model's prediction, of the noise or of x_0, to x_0 within the scheduler's bounds."""
    bound, predicts_noise = bound_of(published), published.config.prediction_type == "epsilon"
    remaining = published.alphas_cumprod

    def predicted(sample: Tensor, timestep: Tensor) -> Tensor:
        x_0 = predict(sample, timestep)
        if predicts_noise:
            a_t = remaining[int(timestep)]
            x_0 = (sample - (1 - a_t) ** 0.5 * x_0) / a_t**0.5
        return x_0 if bound is None else x_0.clamp(-bound, bound)

    return predicted
