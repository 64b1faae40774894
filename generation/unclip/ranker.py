"""The ranker: how well a picture's style fits a text, so that the best of several takes can be kept.

DALL-E ranked its samples by CLIP (arXiv 2102.12092, section 2.6). A small image tower tells things apart well and
styles badly, as it is taught to look through them; here the eye for manner looks beside it.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from generation.unclip.manner import Manner, misnamed
from generation.unclip.upstream import ConfigMixin, ModelMixin, register_to_config


class Ranker(ModelMixin, ConfigMixin):
    """Eyes that say which of `styles` a picture looks like, and a reader that says which of them a text asks for.

    The eyes of an `ensemble` begin apart and err apart, and together they err less (arXiv 1612.01474). `rates`
    (styles,) says how often each style is met among the pictures that all have learned from.
    """

    @register_to_config
    def __init__(
        self,
        styles: int = 1,
        embedding_dim: int = 256,
        channels: tuple[int, int] = (48, 96),
        stem_width: int = 24,
        ensemble: int = 1,
    ) -> None:
        super().__init__()
        self.eyes = nn.ModuleList(Manner(styles, tuple(channels), stem_width) for _ in range(ensemble))
        self.read = nn.Linear(embedding_dim, styles)
        self.register_buffer("rates", torch.full((styles,), 1 / styles))

    def forward(self, pictures: Tensor, text_embedding: Tensor) -> Tensor:
        """How much likelier (B,) a picture (B, 3, S, S) in [-1, 1] is under its unit text embedding (B, D) than under
        any: the logarithm, as far as styles go. It is 0 for a text that asks for none."""
        said = torch.stack([eye(pictures).scores.float().log_softmax(dim=-1) for eye in self.eyes])
        seen = said.logsumexp(dim=0) - math.log(len(self.eyes))
        asked = self._asked(text_embedding).float().log_softmax(dim=-1)
        return torch.logsumexp(seen + asked - self.rates.float().log(), dim=-1)

    def error(self, pictures: Tensor, text_embedding: Tensor, styles: Tensor) -> Tensor:
        """Cross-entropy of naming the `styles` (B,) of pictures (B, 3, S, S), and of their captions (B, D)."""
        seen = torch.stack([misnamed(eye(pictures).scores, styles) for eye in self.eyes])
        return seen.sum() + F.cross_entropy(self._asked(text_embedding).float(), styles)

    def _asked(self, text_embedding: Tensor) -> Tensor:
        return self.read(text_embedding * math.sqrt(self.config.embedding_dim))
