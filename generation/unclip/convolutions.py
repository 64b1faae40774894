"""Residual convolutions that a condition scales and shifts, for whatever works on pixels."""

from torch import Tensor, nn
from torch.nn import functional as F


class ModulatedBlock(nn.Module):
    """Two convolutions; the condition scales and shifts what lies between them (FiLM, arXiv 1709.07871)."""

    def __init__(self, channels: int, condition_dim: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)
        self.modulate = nn.Linear(condition_dim, 2 * channels)
        for layer in (self.second, self.modulate):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """`x` (B, channels, H, W), `condition` (B, condition_dim)."""
        scale, shift = self.modulate(condition)[:, :, None, None].chunk(2, dim=1)
        return x + self.second(F.silu(self.first(x) * (1 + scale) + shift))
