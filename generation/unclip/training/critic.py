"""The critic: tells real pictures from drawn ones, and so teaches a decoder to draw what cannot be told (GAN, arXiv
1406.2661).

It looks through the layers of the image tower and of an eye for manner, which stay as they are, so that only small
heads have to be learned (arXiv 2111.01007), and at the pixels themselves, as both are blind to grain. It knows the
embeddings, and so judges whether a picture is one of those that they may stand for (arXiv 1802.05637). The eyes see
each picture from another place and under grain (arXiv 2006.10738): a pattern made for one tower in one position would
otherwise do.
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
from generation.unclip.manner import Manner, misnamed

from .chance import normal, uniform
from .surface import apart

WIDTH = 64
#: How far views differ in size, in place (in half frames) and in the strength of their grain, which so many have.
SMALLEST, LARGEST, FURTHEST, GRAINIEST, GRAINY_SHARE = 0.85, 1.2, 0.12, 0.25, 0.6
#: The pixels lie in squares of this width.
SQUARE = 2
MANNER_WEIGHT = 1.0


class View(NamedTuple):
    """From where B pictures are seen: affine maps `places` (B, 2, 3), and the noise's strength `grain` (B, 1, 1, 1)."""

    places: Tensor
    grain: Tensor

    @classmethod
    def at_random(cls, count: int, generator: torch.Generator) -> View:
        def between(low: float, high: float) -> Tensor:
            return low + (high - low) * uniform(count, generator)

        size, none = between(SMALLEST, LARGEST), torch.zeros(count, device=generator.device)
        side = torch.where(between(0, 1) < 0.5, -1.0, 1.0)
        across, down = (between(-FURTHEST, FURTHEST) for _ in range(2))
        rows = torch.stack([side / size, none, across, none, 1 / size, down], dim=1)
        grain = between(0, GRAINIEST) * (between(0, 1) < GRAINY_SHARE)
        return cls(rows.unflatten(1, (2, 3)), grain[:, None, None, None])

    def of(self, images: Tensor, generator: torch.Generator) -> Tensor:
        """Pictures (B, 3, S, S) as they are seen; what lies beyond an edge is as the edge."""
        places = F.affine_grid(self.places.to(images.device), list(images.shape), align_corners=False)
        moved = F.grid_sample(images.float(), places, padding_mode="border", align_corners=False)
        return moved + self.grain.to(images.device) * normal(moved.shape, generator).to(moved)


class Seen(NamedTuple):
    """`maps` (B, C, H, W), each of zero mean and unit variance: a picture's pixels in squares, and what the layers of
    the tower, then of the eye for manner, make of its view; `embedding` (B, D) of unit length is what the view shows as
    a whole, `styles` (B, styles) how much it looks like each."""

    maps: list[Tensor]
    embedding: Tensor
    styles: Tensor


class Meant(NamedTuple):
    """What B pictures should show: `embeddings` (B, 2 D), of image and text, and the numbers `styles` (B,)."""

    embeddings: Tensor
    styles: Tensor


def look(clip: Clip, manner: Manner, images: Tensor, view: View, generator: torch.Generator) -> Seen:
    """Pictures (B, 3, S, S) in [-1, 1], through the eyes of both; gradients reach the pictures."""
    viewed = view.of(images, generator)
    seen, traits = clip.model.visual.forward_intermediates(clip.sized(viewed), output_fmt="NCHW"), manner(viewed)
    layers = [F.group_norm(each.contiguous(), 1) for each in (*seen["image_intermediates"], *traits.maps)]
    maps = [each.contiguous(memory_format=torch.channels_last) for each in (F.pixel_unshuffle(images, SQUARE), *layers)]
    return Seen(maps, F.normalize(seen["image_features"], dim=-1), traits.scores)


class Head(nn.Module):
    """Scores (B, H, W) of a map (B, C, H, W): how real each place looks, given the condition (B, condition_dim).

    `kernels` and `strides` are those of its convolutions.
    """

    #: A critic that lags behind lets grain and smears pass (arXiv 1706.08500).
    pace = 4.0

    def __init__(
        self, channels: int, condition_dim: int, kernels: Sequence[int] = (1, 3), strides: Sequence[int] = (1, 1)
    ) -> None:
        super().__init__()
        sizes = zip((channels, *[WIDTH] * len(kernels)), kernels, strides, strict=False)
        convolutions = [nn.Conv2d(each, WIDTH, kernel, stride, kernel // 2) for each, kernel, stride in sizes]
        self.layers = nn.ModuleList(spectral_norm(each) for each in convolutions)
        self.project = nn.Linear(condition_dim, WIDTH)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        for layer in self.layers:
            x = F.leaky_relu(layer(x), 0.2)
        return torch.einsum("bchw,bc->bhw", x, self.project(condition).to(x))


class Critic(nn.Module):
    """A head for each map that `look` gives with this encoder, whose image and text embeddings are the condition, and
    the eye for manner, which has to know its styles before any lesson."""

    def __init__(self, clip: Clip, styles: int) -> None:
        super().__init__()
        self.manner = Manner(styles).eval()
        chance = torch.Generator().manual_seed(0)
        with torch.no_grad():
            blank = torch.zeros(1, 3, clip.image_size, clip.image_size, device=clip.device)
            pixels, *layers = look(clip, self.manner, blank, View.at_random(1, chance), chance).maps
        condition_dim = 2 * clip.embedding_dim
        over_pixels = Head(pixels.shape[1], condition_dim, kernels=(3, 3, 3, 3), strides=(1, 2, 1, 2))
        self.heads = nn.ModuleList([over_pixels, *(Head(each.shape[1], condition_dim) for each in layers)])

    def forward(self, maps: Sequence[Tensor], condition: Tensor) -> list[Tensor]:
        return [head(each, condition) for head, each in zip(self.heads, maps, strict=True)]

    def manners(self, real: Tensor, styles: Tensor, generator: torch.Generator) -> Tensor:
        """What the eye for manner is to learn from real pictures (B, 3, S, S) of these styles (B,)."""
        return misnamed(self.manner(View.at_random(len(real), generator).of(real, generator)).scores, styles)

    def lesson(self, clip: Clip, drawn: Tensor, real: Tensor, meant: Meant, generator: torch.Generator) -> Tensor:
        """What is to be learned from drawn and real pictures (B, 3, S, S) that are meant to be the same.

        By whoever drew them: to differ less in what is seen, to be of the right style, and to convince the critic. By
        the critic: not to be convinced.
        """
        view = View.at_random(len(real), generator)
        with torch.no_grad():
            true = look(clip, self.manner, real, view, generator)
        seen = look(clip, self.manner, drawn, view, generator)
        condition = meant.embeddings * clip.embedding_dim**0.5
        to_draw = unlikeness(seen, true) + apart(drawn, real, generator)
        to_draw = to_draw + MANNER_WEIGHT * misnamed(seen.styles, meant.styles)
        return to_draw + self.objection(seen, condition) + self.error(seen, true, condition)

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
