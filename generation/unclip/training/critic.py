"""The critic: tells real pictures from drawn ones, and so teaches a decoder to draw what cannot be told (GAN, arXiv
1406.2661).

It looks through the image tower's own layers, which stay as they are, so that only small heads have to be learned
(arXiv 2111.01007), and at the pixels themselves, as the tower is blind to grain. It knows the embeddings, and so judges
whether a picture is one of those that they may stand for (arXiv 1802.05637). The tower sees each picture from another
place and under grain (arXiv 2006.10738): a pattern made for one tower in one position would otherwise do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm

from generation.unclip.clip import Clip

WIDTH = 64
#: How far views differ in size, in place (in half frames) and in the strength of their grain, which so many have.
SMALLEST, LARGEST, FURTHEST, GRAINIEST, GRAINY_SHARE = 0.85, 1.2, 0.12, 0.25, 0.6
#: The pixels lie in squares of this width.
SQUARE = 2


class View(NamedTuple):
    """From where B pictures are seen: affine maps `places` (B, 2, 3), and the noise's strength `grain` (B, 1, 1, 1)."""

    places: Tensor
    grain: Tensor

    @classmethod
    def at_random(cls, count: int, generator: torch.Generator) -> View:
        def between(low: float, high: float) -> Tensor:
            return low + (high - low) * torch.rand(count, generator=generator)

        size, none = between(SMALLEST, LARGEST), torch.zeros(count)
        side = torch.where(between(0, 1) < 0.5, -1.0, 1.0)
        across, down = (between(-FURTHEST, FURTHEST) for _ in range(2))
        rows = torch.stack([side / size, none, across, none, 1 / size, down], dim=1)
        grain = between(0, GRAINIEST) * (between(0, 1) < GRAINY_SHARE)
        return cls(rows.unflatten(1, (2, 3)), grain[:, None, None, None])

    def of(self, images: Tensor, generator: torch.Generator) -> Tensor:
        """Pictures (B, 3, S, S) as they are seen; what lies beyond an edge is as the edge."""
        places = F.affine_grid(self.places.to(images.device), list(images.shape), align_corners=False)
        moved = F.grid_sample(images.float(), places, padding_mode="border", align_corners=False)
        return moved + self.grain.to(images.device) * torch.randn(moved.shape, generator=generator).to(moved)


class Seen(NamedTuple):
    """`maps` (B, C, H, W), each of zero mean and unit variance: a picture's pixels in squares, and what the layers of
    the tower make of its view; `embedding` (B, D) of unit length is what the view shows as a whole."""

    maps: list[Tensor]
    embedding: Tensor


def look(clip: Clip, images: Tensor, view: View, generator: torch.Generator) -> Seen:
    """Pictures (B, 3, S, S) in [-1, 1], through the eyes of `clip`; gradients reach the pictures."""
    seen = clip.model.visual.forward_intermediates(clip.sized(view.of(images, generator)), output_fmt="NCHW")
    layers = [F.group_norm(each.contiguous(), 1) for each in seen["image_intermediates"]]
    maps = [each.contiguous(memory_format=torch.channels_last) for each in (F.pixel_unshuffle(images, SQUARE), *layers)]
    return Seen(maps, F.normalize(seen["image_features"], dim=-1))


class Head(nn.Module):
    """Scores (B, H, W) of a map (B, C, H, W): how real each place looks, given the condition (B, condition_dim)."""

    def __init__(self, channels: int, condition_dim: int, kernel_size: int = 1, stride: int = 1) -> None:
        super().__init__()
        self.first = spectral_norm(nn.Conv2d(channels, WIDTH, kernel_size, stride, kernel_size // 2))
        self.second = spectral_norm(nn.Conv2d(WIDTH, WIDTH, 3, padding=1))
        self.project = nn.Linear(condition_dim, WIDTH)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        for layer in (self.first, self.second):
            x = F.leaky_relu(layer(x), 0.2)
        return torch.einsum("bchw,bc->bhw", x, self.project(condition).to(x))


class Critic(nn.Module):
    """A head for each map that `look` gives with this encoder, whose image and text embeddings are the condition."""

    def __init__(self, clip: Clip) -> None:
        super().__init__()
        chance = torch.Generator().manual_seed(0)
        with torch.no_grad():
            blank = torch.zeros(1, 3, clip.image_size, clip.image_size, device=clip.device)
            pixels, *layers = look(clip, blank, View.at_random(1, chance), chance).maps
        condition_dim = 2 * clip.embedding_dim
        over_pixels = Head(pixels.shape[1], condition_dim, kernel_size=3, stride=2)
        self.heads = nn.ModuleList([over_pixels, *(Head(each.shape[1], condition_dim) for each in layers)])

    def forward(self, maps: Sequence[Tensor], condition: Tensor) -> list[Tensor]:
        return [head(each, condition) for head, each in zip(self.heads, maps, strict=True)]

    def lesson(self, clip: Clip, drawn: Tensor, real: Tensor, condition: Tensor, generator: torch.Generator) -> Tensor:
        """What is to be learned from drawn and real pictures (B, 3, S, S) of the same embeddings (B, 2 D).

        By whoever drew them: to differ less in what the tower sees, and to convince the critic. By the critic: not to
        be convinced.
        """
        view = View.at_random(len(real), generator)
        with torch.no_grad():
            true = look(clip, real, view, generator)
        seen, condition = look(clip, drawn, view, generator), condition * clip.embedding_dim**0.5
        return unlikeness(seen, true) + self.objection(seen, condition) + self.error(seen, true, condition)

    def objection(self, drawn: Seen, condition: Tensor) -> Tensor:
        """How unreal drawn pictures look; the critic itself learns nothing from it."""
        fixed = {name: each.detach() for name, each in self.named_parameters()}
        return -torch.stack([each.mean() for each in functional_call(self, fixed, (drawn.maps, condition))]).mean()

    def error(self, drawn: Seen, real: Seen, condition: Tensor) -> Tensor:
        """How wrong the critic is (hinge loss, 2 where it cannot tell at all); nothing of it reaches the pictures."""
        scores = zip(self([each.detach() for each in drawn.maps], condition), self(real.maps, condition), strict=True)
        return torch.stack([F.relu(1 + no).mean() + F.relu(1 - yes).mean() for no, yes in scores]).mean()


def unlikeness(drawn: Seen, real: Seen) -> Tensor:
    """Absolute difference of what the tower's layers see, and one less the cosine of what they see as a whole.

    From random places these are a perceptual distance that is hard to deceive (E-LPIPS, arXiv 1906.03973).
    """
    pairs = list(zip(drawn.maps[1:], real.maps[1:], strict=True))
    layers = torch.stack([F.l1_loss(ours, theirs) for ours, theirs in pairs]).mean()
    return layers + (1 - (drawn.embedding * real.embedding).sum(dim=-1)).mean()
