"""The eye for manner: names the style of a picture by its surface, whatever thing it shows.

What tells one style from another lies there: outlines, shades, the colors that a set is drawn in. The image tower looks
through it to tell things apart. Styles that are told by the first layers alone, whose places see but a part of the
picture, are told of things too that were never seen in them (arXiv 1904.00760).
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from generation.unclip.upstream import BasicBlock, ResNet

SMOOTHING = 0.1


class Traits(NamedTuple):
    """What each layer makes of B pictures, `maps` (B, C, H, W), and how much they look like each style, `scores`
    (B, styles)."""

    maps: list[Tensor]
    scores: Tensor


class Manner(nn.Module):
    """A residual network of two stages, whose places have seen squares of 31 and of 55 pixels.

    Styles are told by the mean and the spread of each stage over all places (arXiv 1703.06868).
    """

    def __init__(self, styles: int, channels: tuple[int, int] = (48, 96), stem_width: int = 24) -> None:
        super().__init__()
        stem = {"stem_type": "deep", "stem_width": stem_width, "avg_down": True}
        self.net = ResNet(BasicBlock, layers=[1] * len(channels), channels=channels, num_classes=0, **stem)
        self.name = nn.Linear(2 * sum(channels), styles)
        self.to(memory_format=torch.channels_last)

    def forward(self, images: Tensor) -> Traits:
        """Looks at pictures (B, 3, S, S) in [-1, 1]."""
        x = stem(self.net, images)
        maps = [x := layer(x) for layer in (self.net.layer1, self.net.layer2)]
        return Traits(maps, self.name(moments(maps)))


def stem(net: ResNet, images: Tensor) -> Tensor:
    """What the first stage of a residual network is given of pictures (B, 3, S, S) in [-1, 1]."""
    return net.maxpool(net.act1(net.bn1(net.conv1(images.contiguous(memory_format=torch.channels_last)))))


def moments(maps: Sequence[Tensor]) -> Tensor:
    """Mean and spread over all places of each of maps (B, C, H, W), one after the other: (B, 2 * all C)."""
    wide = [each.float() for each in maps]
    pairs = ((each.mean(dim=(2, 3)), (each.var(dim=(2, 3)) + 1e-4).sqrt()) for each in wide)
    return torch.cat([each for pair in pairs for each in pair], dim=1)


def misnamed(scores: Tensor, styles: Tensor) -> Tensor:
    """Cross-entropy of `scores` (B, styles) where `styles` (B,) are right."""
    return F.cross_entropy(scores.float(), styles, label_smoothing=SMOOTHING)
