"""Arithmetic on the sphere of embeddings: between two, between many, and along what one text says and another does not.

Pure functions on unit vectors (..., D); paper, sections 3.2 and 3.3.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

#: Below this angle, in radians, the arc is its chord as far as float32 can tell.
SMALL = 2e-3


def slerp(start: Tensor, end: Tensor, share: float) -> Tensor:
    """The point `share` (0..1) of the way from `start` to `end` on the sphere; exactly them at 0 and at 1.

    Opposite points have no arc between them: there the way leads over the first axis that is free.
    """
    if share == 0:
        return start.clone()
    if share == 1:
        return end.clone()
    cosine = (start * end).sum(-1, keepdim=True).clamp(-1, 1)
    angle = torch.acos(cosine)
    aside = torch.where(math.pi - angle < SMALL, _free_axis(start), end - cosine * start)
    curved = torch.cos(share * angle) * start + torch.sin(share * angle) * F.normalize(aside, dim=-1)
    chord = torch.lerp(start, end, share)
    return F.normalize(torch.where(angle < SMALL, chord, curved), dim=-1)


def _free_axis(vector: Tensor) -> Tensor:
    """A direction across `vector`: its least axis, less what of it lies along the vector."""
    axis = F.one_hot(vector.abs().argmin(-1), vector.shape[-1]).to(vector)
    return axis - (axis * vector).sum(-1, keepdim=True) * vector


def blend(vectors: Sequence[Tensor], weights: Sequence[float]) -> Tensor:
    """The vectors in the shares of their weights, taken in one after the other by slerp; of two, slerp itself."""
    mixed, total = vectors[0], weights[0]
    for vector, weight in zip(vectors[1:], weights[1:], strict=True):
        total += weight
        mixed = slerp(mixed, vector, weight / total) if total else vector
    return mixed


def text_diff(image: Tensor, text: Tensor, base: Tensor, theta: float) -> Tensor:
    """`image` turned by `theta` towards what `text` says beyond `base`; itself at 0, or where they say the same."""
    difference = text - base
    if theta == 0 or not difference.norm(dim=-1).min() > SMALL:
        return image.clone()
    return slerp(image, F.normalize(difference, dim=-1), theta)
