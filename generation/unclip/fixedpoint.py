"""Solves x = f(x) by Anderson's method, which converges where plain iteration swings or drifts away.

Walker and Ni, "Anderson acceleration for fixed-point iterations" (SIAM J. Numer. Anal. 49, 2011), type II.
"""

from collections.abc import Callable

import torch
from torch import Tensor

MEMORY = 20
#: Keeps the least squares solvable when two rounds bring the same.
RIDGE = 1e-6


def solve(function: Callable[[Tensor], Tensor], start: Tensor, rounds: int, tolerance: float) -> Tensor:
    """f(x) of any shape for an x near f(x): until their mean square differs by less than `tolerance`^2, or `rounds`."""
    x, images, errors = start, [], []
    for _ in range(rounds):
        image = function(x)
        error = (image - x).flatten().float()
        if error.square().mean() < tolerance**2:
            break
        images, errors = [*images, image][-MEMORY:], [*errors, error][-MEMORY:]
        x = _mixed(images, torch.stack(errors))
    return image


def _mixed(images: list[Tensor], errors: Tensor) -> Tensor:
    """The next x: the last image, less what of the last error (m, N) the steps before have shown how to undo."""
    if len(images) == 1:
        return images[-1]
    changes = errors.diff(dim=0)
    gram = changes @ changes.T
    gram += RIDGE * gram.diagonal().mean() * torch.eye(len(gram), device=gram.device)
    shares = torch.linalg.solve(gram, changes @ errors[-1])
    steps = torch.stack(images).diff(dim=0)
    return images[-1] - torch.tensordot(shares.to(steps), steps, dims=1)
