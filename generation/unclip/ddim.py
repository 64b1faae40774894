"""DDIM on the straight noise path, forth and back (arXiv 2010.02502; paper, section 3).

x_s = (1 - s) x_0 + s eps is the picture at noise level s. Both directions walk the same levels, from LEAST, where a
picture is taken to be as it is, to 1, pure noise x_T: so the way back undoes the way forth.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from generation.unclip.fixedpoint import solve
from generation.unclip.sampling import Generators, Predict, noise_like

LEAST = 0.02
NOISE_LEVELS = 1000
#: Each step forth is solved for the step back that would have led here, to this error of a picture in [-1, 1].
ROUNDS, TOLERANCE = 40, 1e-3


class Moved(NamedTuple):
    """What a step gives, under the name that diffusers' schedulers have for it."""

    prev_sample: Tensor


class FlowDDIM:
    """A scheduler as diffusers has them, for models that predict x_0. `eta` of the noise is drawn anew at each step."""

    init_noise_sigma = 1.0

    def __init__(self, eta: float = 0.0, inverse: bool = False) -> None:
        self.eta, self.inverse = eta, inverse

    def set_timesteps(self, steps: int, device: torch.device | str | None = None) -> None:
        levels = LEAST ** torch.linspace(0, 1, steps + 1, device=device)
        self.levels = levels.flip(0) if self.inverse else levels
        # A step back needs the prediction at the level it comes from; a step forth, at the one it goes to.
        self.timesteps = (self.levels[1:] if self.inverse else self.levels[:-1]) * NOISE_LEVELS

    def step(self, clean: Tensor, timestep: Tensor, sample: Tensor, generator: Generators = None) -> Moved:
        """The sample (B, ...) one level on, given the prediction `clean`."""
        number = int((self.timesteps - timestep).abs().argmin())
        here, there = self.levels[number].item(), self.levels[number + 1].item()
        picture, later = self.picture_at(here), self.picture_at(there)
        eps = (sample - picture * clean) / here
        fresh = 0.0 if self.inverse else self.eta * there * max(0.0, 1 - (there * picture / here / later) ** 2) ** 0.5
        moved = later * clean + (there**2 - fresh**2) ** 0.5 * eps
        return Moved(moved + fresh * noise_like(sample, generator) if fresh else moved)

    def picture_at(self, level: float) -> float:
        """The share of the picture that is left at a noise level."""
        return 1 - level


def settled(predict: Predict, scheduler: FlowDDIM) -> Predict:
    """`predict` for the way forth, where the sample at the level asked for is not known yet but has to be found."""

    def predicted(sample: Tensor, timestep: Tensor) -> Tensor:
        def again(clean: Tensor) -> Tensor:
            return predict(scheduler.step(clean, timestep, sample).prev_sample, timestep)

        return solve(again, predict(sample, timestep), ROUNDS, TOLERANCE)

    return predicted
