"""The eye for manner: names the style of a picture by its surface, whatever thing it shows.

What tells one style from another lies there: outlines, shades, the colors that a set is drawn in. The image tower looks
through it to tell things apart. Styles that are told by the first layers alone, whose places see but a part of the
picture, are told of things too that were never seen in them (arXiv 1904.00760).
"""

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
        net, maps = self.net, []
        x = net.maxpool(net.act1(net.bn1(net.conv1(images.contiguous(memory_format=torch.channels_last)))))
        for layer in (net.layer1, net.layer2):
            maps.append(x := layer(x))
        wide = [each.float() for each in maps]
        spread = [(each.var(dim=(2, 3)) + 1e-4).sqrt() for each in wide]
        moments = zip((each.mean(dim=(2, 3)) for each in wide), spread, strict=True)
        return Traits(maps, self.name(torch.cat([each for pair in moments for each in pair], dim=1)))


def misnamed(scores: Tensor, styles: Tensor) -> Tensor:
    """Cross-entropy of `scores` (B, styles) where `styles` (B,) are right."""
    return F.cross_entropy(scores.float(), styles, label_smoothing=SMOOTHING)
