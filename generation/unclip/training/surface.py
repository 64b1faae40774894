"""How the surfaces of two pictures differ, whatever lies where on them.

Of small squares of both, all that some direction measures is sorted and compared by rank (sliced Wasserstein distance,
arXiv 2006.07229). Colors, how even the fields between edges are and how sharp the edges have then to agree; shapes do
not, which a picture's error already asks for. A mean of likely pictures is muddy, and no such surface is.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

from .chance import normal

DIRECTIONS, SQUARE = 8, 3
#: What lies between neighbors is small in most places.
EDGE_WEIGHT = 16.0


def apart(drawn: Tensor, real: Tensor, generator: torch.Generator) -> Tensor:
    """The distance of pictures (B, 3, S, S) from those of the other batch, each to each, by random directions."""
    colors = normal((DIRECTIONS, 3, 1, 1), generator).expand(-1, -1, SQUARE, SQUARE)
    edges = normal((DIRECTIONS, 3, SQUARE, SQUARE), generator)
    edges = edges - edges.mean(dim=(2, 3), keepdim=True)
    directions = torch.cat([F.normalize(each.flatten(1), dim=1).view_as(each) for each in (colors, edges)]).to(drawn)
    ours, theirs = (
        F.conv2d(each.float(), directions.float(), stride=2).flatten(2).sort().values for each in (drawn, real)
    )
    off = (ours - theirs).abs().mean(dim=(0, 2))
    return off[:DIRECTIONS].mean() + EDGE_WEIGHT * off[DIRECTIONS:].mean()
