"""A sampler for small models, whose mistakes should not be handed on from step to step."""

import torch
from torch import Tensor

from generation.unclip.ddim import NOISE_LEVELS, Moved
from generation.unclip.sampling import Generators, noise_like
from generation.unclip.upstream import ConfigMixin, SchedulerMixin, register_to_config


class RenoisingScheduler(SchedulerMixin, ConfigMixin):
    """Steps from noise level 1 to 0, for models that predict x_0 on the straight noise path.

    The first leads to `second_level`, or less far where all steps are equal then, and the others in equal steps to 0.
    A model that sketches (`HourglassDecoder`) says in the first step what the embeddings decide; at the high levels
    after it a small one only loses some of that again.

    Of the noise in x_s, a step replaces the share `freshness` by new noise, in variance. With 0 that is DDIM (arXiv
    2010.02502), with 1 multistep consistency sampling (arXiv 2303.01469, algorithm 1). A small model takes a little of
    the noise for a part of the picture; if the noise stays the same it sees that part at each step again, and draws it.
    """

    init_noise_sigma = 1.0

    @register_to_config
    def __init__(self, freshness: float = 0.5, second_level: float = 1.0) -> None:
        if not 0 <= freshness <= 1:
            raise ValueError(f"The freshness of noise is a share from 0 to 1, not {freshness}.")
        if not 0 < second_level <= 1:
            raise ValueError(f"A noise level is above 0 and at most 1, not {second_level}.")
        self.set_timesteps(20)

    def set_timesteps(self, steps: int, device: torch.device | str | None = None) -> None:
        second = min(self.config.second_level, 1 - 1 / steps)
        self.levels = torch.cat([torch.ones(1), torch.linspace(second, 0, steps)]).to(device)
        self.timesteps = self.levels[:-1] * NOISE_LEVELS

    def step(self, clean: Tensor, timestep: Tensor, sample: Tensor, generator: Generators = None) -> Moved:
        """The sample (B, ...) one level on, given the prediction `clean`; row k takes new noise from `generator[k]`."""
        number = int((self.timesteps - timestep).abs().argmin())
        here, there = self.levels[number].item(), self.levels[number + 1].item()
        if not there:
            return Moved(clean)
        fresh = self.config.freshness
        noise = (sample - (1 - here) * clean) / here
        if fresh:
            noise = (1 - fresh) ** 0.5 * noise + fresh**0.5 * noise_like(sample, generator)
        return Moved((1 - there) * clean + there * noise)
