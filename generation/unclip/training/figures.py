"""Figures about pictures, from what the judge makes of them. Pure functions of tensors, all on the CPU."""

from collections.abc import Collection, Sequence

import torch
from torch import Tensor

#: A picture as close to a training picture as the closest such share of held-out ones are is called a copy.
COPY_SHARE = 0.01

#: The kernel's width on unit embeddings, and what the distance is told in (CMMD, arXiv 2401.09603).
WIDTH = 10.0
UNIT = 1000.0


def mmd(drawn: Tensor, wanted: Tensor) -> float:
    """The squared maximum mean discrepancy of unit embeddings (N, D) and (M, D), with a Gaussian kernel."""

    def kernel(left: Tensor, right: Tensor) -> float:
        return torch.exp(-torch.cdist(left.double(), right.double()).square() / (2 * WIDTH**2)).mean().item()

    return UNIT * (kernel(drawn, drawn) + kernel(wanted, wanted) - 2 * kernel(drawn, wanted))


def share_named(scores: Tensor, names: Sequence[str], accepted: Sequence[Collection[str]], top: int = 1) -> float:
    """The share of rows of `scores` (B, names) with an accepted name among the `top` best."""
    best = scores.topk(min(top, scores.shape[1]), dim=1).indices.tolist()
    hits = [any(names[n] in wanted for n in row) for row, wanted in zip(best, accepted, strict=True)]
    return sum(hits) / len(hits)


def diversity(groups: Sequence[Tensor]) -> float:
    """The mean over groups of the mean pairwise distance, 1 - cosine, of unit features (K, D), K at least 2."""
    return torch.stack([_spread(group) for group in groups]).mean().item()


def _spread(features: Tensor) -> Tensor:
    count = len(features)
    apart = 1 - features.double() @ features.double().T
    return apart.triu(diagonal=1).sum() / (count * (count - 1) / 2)


def nearest(features: Tensor, training: Tensor) -> Tensor:
    """(B,) distances, 1 - cosine, of unit features (B, D) to the nearest of the training pictures' (N, D)."""
    return 1 - (features @ training.T).amax(dim=1)


def copy_distance(held_out: Tensor, training: Tensor) -> float:
    """The distance below which a picture is a copy: the 1st percentile of held-out to nearest training pictures."""
    return nearest(held_out, training).quantile(COPY_SHARE).item()


def memorized(drawn: Tensor, training: Tensor, closer_than: float) -> float:
    """The share of drawn pictures whose nearest training picture is closer than that."""
    return (nearest(drawn, training) < closer_than).double().mean().item()
