"""Large pictures in tiles: however large they are, a network sees no more at once than it has memory for."""

from collections.abc import Callable

import torch
from torch import Tensor


def mosaic(draw: Callable[[Tensor], Tensor], picture: Tensor, edge: int, overlap: int) -> Tensor:
    """`draw` of a picture (B, C, H, W), in squares of `edge` that share `overlap` pixels and fade into each other.

    `draw` keeps height and width. A picture no larger than a square is drawn as it is.
    """
    height, width = picture.shape[-2:]
    if max(height, width) <= edge:
        return draw(picture)
    tiles = [(rows, columns) for rows in _spans(height, edge, overlap) for columns in _spans(width, edge, overlap)]
    drawn = [draw(picture[..., rows, columns]) for rows, columns in tiles]
    whole = drawn[0].new_zeros(*drawn[0].shape[:2], height, width)
    weights = whole.new_zeros(height, width)
    for (rows, columns), tile in zip(tiles, drawn, strict=True):
        weight = torch.outer(_fade(rows, overlap), _fade(columns, overlap)).to(weights)
        whole[..., rows, columns] += tile * weight
        weights[rows, columns] += weight
    return whole / weights


def _spans(length: int, edge: int, overlap: int) -> list[slice]:
    starts = [*range(0, max(length - edge, 0), edge - overlap), max(length - edge, 0)]
    return [slice(start, min(start + edge, length)) for start in starts]


def _fade(span: slice, overlap: int) -> Tensor:
    """1 in the middle and less and less towards both ends, never 0."""
    place = torch.arange(span.stop - span.start, dtype=torch.float32) + 1
    return torch.minimum(place, place.flip(0)).div(overlap).clamp(max=1)
