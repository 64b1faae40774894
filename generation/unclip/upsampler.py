"""The upsampler's network: one step from the decoder's picture to one four times as wide.

Plain residual convolutions at the low resolution and a pixel shuffle (arXiv 1609.05158), each block scaled and shifted
by the image embedding, so that a photo is sharpened as a photo and a drawing as a drawing. It is trained on pictures
with the decoder's own faults, the role that noise on the low-resolution input has in the paper (section 2.1).
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from generation.unclip.convolutions import ModulatedBlock
from generation.unclip.upstream import ConfigMixin, ModelMixin, register_to_config


class PixelShuffleUpsampler(ModelMixin, ConfigMixin):
    """(B, 3, S, S) in [-1, 1] and unit image embeddings (B, D) -> (B, 3, factor S, factor S) in [-1, 1], for any S."""

    @register_to_config
    def __init__(self, factor: int = 4, channels: int = 32, layers: int = 6, embedding_dim: int = 256) -> None:
        super().__init__()
        self.start = nn.Conv2d(3, channels, 5, padding=2)
        self.blocks = nn.ModuleList(ModulatedBlock(channels, embedding_dim) for _ in range(layers))
        self.spread = nn.Conv2d(channels, 4 * channels, 3, padding=1)
        self.finish = nn.Conv2d(channels, 3 * (factor // 2) ** 2, 3, padding=1)
        nn.init.zeros_(self.finish.weight)
        nn.init.zeros_(self.finish.bias)

    def forward(self, image: Tensor, image_embedding: Tensor) -> Tensor:
        embedding = image_embedding * math.sqrt(self.config.embedding_dim)
        x = self.start(image)
        for block in self.blocks:
            x = block(x, embedding)
        x = F.silu(F.pixel_shuffle(self.spread(x), 2))
        detail = F.pixel_shuffle(self.finish(x), self.config.factor // 2)
        smooth = F.interpolate(image, scale_factor=self.config.factor, mode="bicubic", align_corners=False)
        return torch.add(smooth, detail)
