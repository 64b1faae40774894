"""Random numbers where they are needed: on the device of the generator that they are drawn from."""

from collections.abc import Sequence

import torch
from torch import Tensor


def uniform(shape: int | Sequence[int], generator: torch.Generator) -> Tensor:
    """Evenly spread in 0..1."""
    return torch.rand(shape, generator=generator, device=generator.device)


def normal(shape: int | Sequence[int], generator: torch.Generator) -> Tensor:
    """Of zero mean and unit variance."""
    return torch.randn(shape, generator=generator, device=generator.device)


def shuffled(count: int, generator: torch.Generator) -> Tensor:
    """0 up to `count`, in any order."""
    return torch.randperm(count, generator=generator, device=generator.device)
