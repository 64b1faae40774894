"""The decoder's network: an hourglass of transformer blocks that predicts the clean picture from a noisy one.

Patches at full count pass a thin outer level; in the middle four patches share one wide token (the hourglass of arXiv
2401.11605). Most of the weights read the embeddings once for a whole picture and write a plan, a few numbers for each
patch: a weight there costs a sixty-fourth of one that every patch passes, and at high noise, where the embeddings
decide everything, the plan already is the picture. It is drawn as a sketch, to which the rest adds; a line that runs on
from patch to patch takes convolutions to draw. The network predicts the clean picture itself, which large patches need
(arXiv 2511.13720), under the straight noise path x_s = (1 - s) x_0 + s eps of arXiv 2210.02747. It is small enough to
be trained on a CPU.

A picture is predicted as stock pictures are made: a subject, a matte and an even ground (`Layers`). Of the ground the
network says two colors only, so that no grain and no seam of a patch can show there.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from generation.unclip.convolutions import ModulatedBlock
from generation.unclip.upstream import ConfigMixin, ModelMixin, register_to_config

#: Those of ordinary embeddings are 0.5 to 2, by the noise level.
LARGEST_CONDITION = 2.5


class AdaptiveBlock(nn.Module):
    """Attention and SwiGLU, each scaled, shifted and gated by the conditioning (adaLN-single, arXiv 2310.00426)."""

    def __init__(self, dim: int, head_dim: int) -> None:
        super().__init__()
        self.heads = dim // head_dim
        self.norm1, self.norm2 = (nn.RMSNorm(dim, elementwise_affine=False) for _ in range(2))
        self.qkv, self.out = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
        hidden = (dim * 8 // 3 + 31) // 32 * 32
        self.up, self.down = nn.Linear(dim, 2 * hidden), nn.Linear(hidden, dim)
        self.modulation = nn.Parameter(torch.randn(6, dim) * 0.02)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """`x` (B, N, dim), `condition` (B, 6, dim)."""
        shift1, scale1, gate1, shift2, scale2, gate2 = (condition + self.modulation).unsqueeze(2).unbind(1)
        x = x + gate1 * self.out(self._attend(self.norm1(x) * (1 + scale1) + shift1))
        value, gate = self.up(self.norm2(x) * (1 + scale2) + shift2).chunk(2, dim=-1)
        return x + gate2 * self.down(value * F.silu(gate))

    def _attend(self, x: Tensor) -> Tensor:
        q, k, v = self.qkv(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        q, k = F.rms_norm(q, q.shape[-1:]), F.rms_norm(k, k.shape[-1:])
        return F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)


class Level(nn.Module):
    """Blocks of one width under one conditioning, with their own share of the noise level and the embeddings."""

    def __init__(self, dim: int, layers: int, head_dim: int, condition_dim: int) -> None:
        super().__init__()
        self.modulate = nn.Linear(condition_dim, 6 * dim)
        nn.init.zeros_(self.modulate.weight)
        nn.init.zeros_(self.modulate.bias)
        self.blocks = nn.ModuleList(AdaptiveBlock(dim, head_dim) for _ in range(layers))

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        condition = self.modulate(condition).unflatten(-1, (6, -1))
        for block in self.blocks:
            x = block(x, condition)
        return x


class Layers(NamedTuple):
    """`subject` (B, 3, S, S) in [-1, 1], `matte` (B, 1, S, S), 1 where the subject hides the ground, and the ground's
    colors `top` and `bottom` (B, 3), even or a gradient from the one down to the other."""

    subject: Tensor
    matte: Tensor
    top: Tensor
    bottom: Tensor

    def flattened(self) -> Tensor:
        """The subject laid on the ground: (B, 3, S, S)."""
        down = torch.linspace(0, 1, self.matte.shape[-2], device=self.matte.device)[:, None].to(self.matte)
        ground = torch.lerp(self.top[:, :, None, None], self.bottom[:, :, None, None], down)
        return torch.lerp(ground.expand_as(self.subject), self.subject, self.matte)

    def premultiplied(self) -> Tensor:
        """The subject alone as red, green, blue and alpha in 0..1: (B, 4, S, S)."""
        return torch.cat([(self.subject + 1) / 2 * self.matte, self.matte], dim=1)


class Strokes(nn.Module):
    """Convolutions that draw a plan as it is doubled in size, patch by patch up to the full resolution.

    What they draw depends on the whole picture's features too, so that the same few numbers of a patch may be fur in
    one picture and rust in another.
    """

    def __init__(self, plan_dim: int, channels: int, known_dim: int, patch_size: int) -> None:
        super().__init__()
        self.read = nn.Linear(known_dim, plan_dim)
        self.start = nn.Conv2d(plan_dim, channels, 3, padding=1)
        self.doublings, self.blocks = nn.ModuleList(), nn.ModuleList()
        while patch_size > 2:
            self.doublings.append(nn.Conv2d(channels, 2 * channels, 1))
            patch_size, channels = patch_size // 2, channels // 2
            self.blocks.append(ModulatedBlock(channels, plan_dim))
        self.finish = nn.Conv2d(channels, 4 * patch_size**2, 3, padding=1)
        self.last = patch_size
        self.to(memory_format=torch.channels_last)

    def forward(self, plan: Tensor, known: Tensor) -> Tensor:
        """`plan` (B, plan_dim, grid, grid) under the features `known` (B, known_dim) as (B, 4, S, S)."""
        x, condition = self.start(plan.contiguous(memory_format=torch.channels_last)), F.silu(self.read(known))
        for double, block in zip(self.doublings, self.blocks, strict=True):
            x = block(F.pixel_shuffle(double(F.silu(x)), 2), condition)
        return F.pixel_shuffle(self.finish(F.silu(x)), self.last)


class Refine(nn.Module):
    """Convolutions at a half and a quarter of the resolution that mend what patches leave: seams, grain, soft edges.

    A small U-Net (arXiv 1505.04597). It sees the noisy picture too, and the conditioning tells it how noisy it is.
    """

    def __init__(self, channels: int, layers: int, inner_layers: int, condition_dim: int) -> None:
        super().__init__()

        def blocks(width: int, count: int) -> nn.ModuleList:
            return nn.ModuleList(ModulatedBlock(width, condition_dim) for _ in range(count))

        self.start = nn.Conv2d(4 * (4 + 3), channels, 3, padding=1)
        self.before, self.inner, self.after = (
            blocks(channels, layers),
            blocks(2 * channels, inner_layers),
            blocks(channels, layers),
        )
        self.shrink = nn.Conv2d(channels, 2 * channels, 2, stride=2)
        self.enlarge = nn.Conv2d(2 * channels, 4 * channels, 1)
        self.finish = nn.Conv2d(channels, 4 * 4, 3, padding=1)
        nn.init.zeros_(self.finish.weight)
        nn.init.zeros_(self.finish.bias)
        self.to(memory_format=torch.channels_last)

    def forward(self, coarse: Tensor, sample: Tensor, condition: Tensor) -> Tensor:
        """`coarse` (B, 4, S, S) mended, of it and `sample` (B, 3, S, S) under `condition` (B, condition_dim)."""
        x = F.pixel_unshuffle(torch.cat([coarse, sample], dim=1), 2)
        x = self.start(x.contiguous(memory_format=torch.channels_last))
        for block in self.before:
            x = block(x, condition)
        small = self.shrink(x)
        for block in self.inner:
            small = block(small, condition)
        x = x + F.pixel_shuffle(self.enlarge(F.silu(small)), 2)
        for block in self.after:
            x = block(x, condition)
        return coarse + F.pixel_shuffle(self.finish(F.silu(x)), 2)


class HourglassDecoder(ModelMixin, ConfigMixin):
    """Predicts x_0 from x_s, the noise level s, the image embedding and (where known) the text embedding.

    `null_image` and `null_text` (D,) stand for an embedding that is withheld: for guidance, and for drawing from an
    image alone.
    """

    @register_to_config
    def __init__(
        self,
        sample_size: int = 64,
        patch_size: int = 8,
        embedding_dim: int = 256,
        outer_dim: int = 128,
        outer_layers: int = 1,
        inner_dim: int = 256,
        inner_layers: int = 4,
        head_dim: int = 64,
        trunk_dim: int = 1536,
        plan_dim: int = 64,
        stroke_channels: int = 256,
        refine_channels: int = 32,
        refine_layers: int = 2,
        refine_inner_layers: int = 2,
    ) -> None:
        super().__init__()
        grid, pixels = sample_size // patch_size, 3 * patch_size**2
        self.null_image = nn.Parameter(torch.zeros(embedding_dim))
        self.null_text = nn.Parameter(torch.zeros(embedding_dim))
        self.time = nn.Sequential(nn.Linear(256, inner_dim), nn.SiLU(), nn.Linear(inner_dim, inner_dim))
        self.trunk = nn.Sequential(
            nn.Linear(2 * embedding_dim, trunk_dim), nn.SiLU(), nn.Linear(trunk_dim, trunk_dim), nn.SiLU()
        )
        self.condition = nn.Linear(trunk_dim, inner_dim)
        self.plan = nn.Linear(trunk_dim, grid**2 * plan_dim)
        self.plan_in = nn.Linear(plan_dim, outer_dim)
        self.sketch = nn.Linear(plan_dim, 4 * patch_size**2)
        self.strokes = Strokes(plan_dim, stroke_channels, trunk_dim, patch_size)
        self.plan_ground = nn.Linear(trunk_dim, 6)
        self.patch_in = nn.Sequential(nn.Linear(pixels, 128), nn.Linear(128, outer_dim))
        self.outer_position = nn.Parameter(torch.randn(grid**2, outer_dim) * 0.02)
        self.inner_position = nn.Parameter(torch.randn((grid // 2) ** 2, inner_dim) * 0.02)
        self.descend = Level(outer_dim, outer_layers, head_dim, inner_dim)
        self.merge = nn.Linear(4 * outer_dim, inner_dim)
        self.middle = Level(inner_dim, inner_layers, head_dim, inner_dim)
        self.split = nn.Linear(inner_dim, 4 * outer_dim)
        self.ascend = Level(outer_dim, outer_layers, head_dim, inner_dim)
        self.norm = nn.RMSNorm(outer_dim)
        self.patch_out = nn.Linear(outer_dim, 4 * patch_size**2)
        self.refine = Refine(refine_channels, refine_layers, refine_inner_layers, inner_dim)
        self.ground = nn.Sequential(nn.Linear(outer_dim + inner_dim, inner_dim), nn.SiLU(), nn.Linear(inner_dim, 6))
        for layer in (self.sketch, self.strokes.finish, self.plan_ground, self.patch_out, self.ground[-1]):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, sample: Tensor, noise_level: Tensor, image_embedding: Tensor, text_embedding: Tensor) -> Tensor:
        """The clean picture (B, 3, S, S) seen in `sample` (B, 3, S, S).

        `noise_level` (B,) is s in 0..1; the embeddings (B, D) are of unit length, or the null embeddings. Where all is
        noise the sample says nothing, and the sketch is what is known.
        """
        blind = noise_level >= 1
        known = (image_embedding, text_embedding)
        if blind.all():
            return self.planned(*known).flattened().to(sample)
        drawn = self.layers(sample, noise_level, *known).flattened()
        if blind.any():
            drawn = torch.where(blind[:, None, None, None], self.planned(*known).flattened().to(sample), drawn)
        return drawn

    def planned(self, image_embedding: Tensor, text_embedding: Tensor, *, stroked: bool = True) -> Layers:
        """The layers as the plan alone has them, which sees no sample: what all pictures of these embeddings share.

        If not `stroked`, each patch is drawn by itself, for a fraction of the work.
        """
        known, plan = self._plan(image_embedding, text_embedding)
        sketch = self._sketched(known, plan) if stroked else self._unpatched(self.sketch(plan))
        return _layers(sketch.to(image_embedding), self.plan_ground(known).to(image_embedding))

    def layers(self, sample: Tensor, noise_level: Tensor, image_embedding: Tensor, text_embedding: Tensor) -> Layers:
        """What `forward` takes, as the layers that its picture consists of."""
        grid, patch = self._grid, self.config.patch_size
        known, plan = self._plan(image_embedding, text_embedding)
        condition = bounded(F.silu(self.time(wave(noise_level)) + self.condition(known)))
        x = F.pixel_unshuffle(sample, patch).flatten(2).transpose(1, 2)
        x = outer = self.descend(self.patch_in(x) + self.outer_position + self.plan_in(plan), condition)
        x = self.middle(self.merge(group(x, grid)) + self.inner_position, condition)
        x = self.ascend(outer + ungroup(self.split(x), grid), condition)
        x = self.norm(x)
        coarse = self._sketched(known, plan) + self._unpatched(self.patch_out(x))
        ground = self.plan_ground(known) + self.ground(torch.cat([x.mean(dim=1), condition], dim=-1))
        return _layers(self.refine(coarse, sample.to(coarse), condition).to(sample), ground.to(sample))

    @property
    def _grid(self) -> int:
        """Patches along an edge."""
        return self.config.sample_size // self.config.patch_size

    def _plan(self, image_embedding: Tensor, text_embedding: Tensor) -> tuple[Tensor, Tensor]:
        """The trunk's features (B, trunk_dim) and the plan (B, patches, plan_dim)."""
        unit = math.sqrt(self.config.embedding_dim)
        device = image_embedding.device.type
        # For a few pictures these are so little work that turning their many weights into bf16 would take longer.
        with torch.autocast(device, enabled=self.training and torch.is_autocast_enabled(device)):
            known = self.trunk(torch.cat([image_embedding, text_embedding], dim=-1) * unit)
            return known, self.plan(known).unflatten(-1, (self._grid**2, self.config.plan_dim))

    def _sketched(self, known: Tensor, plan: Tensor) -> Tensor:
        """The plan (B, patches, plan_dim) as (B, 4, S, S): each patch by itself, and by what lies around it."""
        around = plan.transpose(1, 2).unflatten(2, (self._grid, self._grid))
        return self._unpatched(self.sketch(plan)) + self.strokes(around, known)

    def _unpatched(self, patches: Tensor) -> Tensor:
        """(B, patches, 4 P^2) as (B, 4, S, S)."""
        return F.pixel_shuffle(patches.transpose(1, 2).unflatten(2, (self._grid, self._grid)), self.config.patch_size)


def _layers(raw: Tensor, ground: Tensor) -> Layers:
    """Of (B, 4, S, S), three colors and the matte before its sigmoid, and the two colors (B, 6) of the ground."""
    return Layers(raw[:, :3], torch.sigmoid(raw[:, 3:]), *ground.chunk(2, dim=-1))


def bounded(condition: Tensor) -> Tensor:
    """(B, D), each row as it is up to a root mean square of LARGEST_CONDITION, and scaled down to that beyond.

    An embedding unlike all others then draws a strange picture, and not one that runs away through all blocks.
    """
    size = condition.float().square().mean(dim=-1, keepdim=True).sqrt()
    return condition * (LARGEST_CONDITION / size.clamp(min=LARGEST_CONDITION)).to(condition)


def wave(noise_level: Tensor, dim: int = 256) -> Tensor:
    """(B,) levels in 0..1 as (B, dim) sines and cosines of 1000 s, as in "Attention Is All You Need"."""
    rates = torch.exp(-math.log(1e4) * torch.arange(dim // 2, device=noise_level.device) / (dim // 2))
    angles = noise_level.float()[:, None] * 1000 * rates
    return torch.cat([angles.sin(), angles.cos()], dim=-1).to(noise_level.dtype)


def group(x: Tensor, grid: int) -> Tensor:
    """(B, grid^2, C) -> (B, grid^2 / 4, 4 C): each 2 x 2 of tokens side by side in one."""
    x = x.unflatten(1, (grid // 2, 2, grid // 2, 2)).permute(0, 1, 3, 2, 4, 5)
    return x.flatten(3, 5).flatten(1, 2)


def ungroup(x: Tensor, grid: int) -> Tensor:
    """The inverse of `group`."""
    x = x.unflatten(1, (grid // 2, grid // 2)).unflatten(-1, (2, 2, -1)).permute(0, 1, 3, 2, 4, 5)
    return x.reshape(x.shape[0], grid * grid, -1)
