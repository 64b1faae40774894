"""The starter's upsampler stage: a picture of any size to one four times as wide and high, in tiles."""

from collections.abc import Sequence

import torch
from torch import Tensor

from generation.unclip.sampling import OnStep
from generation.unclip.upsampler import PixelShuffleUpsampler

#: Pixels of the picture that are enlarged at once, an edge: memory stays the same however large the picture is.
TILE = 256
#: How far a pixel of the result looks; with this much around it, a tile is what the whole would have been.
MARGIN = 24


class Upsampler:
    """A PixelShuffleUpsampler. Holds no state between calls."""

    def __init__(self, model: PixelShuffleUpsampler) -> None:
        self.model, self.factor = model, model.config.factor

    def steps_of(self, count: int) -> int:
        return count

    @torch.no_grad()
    def upsample(self, pictures: Tensor, image_embedding: Tensor, seeds: Sequence[int], on_step: OnStep) -> Tensor:
        """(B, 3, H, W) in [-1, 1] -> (B, 3, 4 H, 4 W) in [-1, 1]; deterministic, so the seeds change nothing."""
        enlarged = []
        for number in range(len(pictures)):
            one = slice(number, number + 1)
            enlarged.append(self._enlarge(pictures[one], image_embedding[one]))
            on_step(number + 1, pictures)
        return torch.cat(enlarged)

    def _enlarge(self, picture: Tensor, embedding: Tensor) -> Tensor:
        height, width = picture.shape[-2:]
        strips = [
            torch.cat([self._tile(picture, embedding, rows, columns) for columns in _spans(width)], dim=-1)
            for rows in _spans(height)
        ]
        return torch.cat(strips, dim=-2)

    def _tile(self, picture: Tensor, embedding: Tensor, rows: slice, columns: slice) -> Tensor:
        seen = [slice(max(0, span.start - MARGIN), span.stop + MARGIN) for span in (rows, columns)]
        drawn = self.model(picture[..., seen[0], seen[1]], embedding)
        cut = [
            slice((span.start - around.start) * self.factor, (span.stop - around.start) * self.factor)
            for span, around in zip((rows, columns), seen, strict=True)
        ]
        return drawn[..., cut[0], cut[1]]


def _spans(length: int) -> list[slice]:
    return [slice(start, min(start + TILE, length)) for start in range(0, length, TILE)]
