"""Several takes on each picture, of which the best is kept."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from generation.unclip.clip import Clip
from generation.unclip.ranker import Ranker
from generation.unclip.sampling import noise
from generation.unclip.stages import Condition

#: What is added to embeddings lies on noise of its own, apart from that of the prior's draws and of the pictures; so
#: do all takes but the first.
NOISE_OFFSET, TAKE_OFFSET = 1 << 42, 1 << 44
#: A cosine counts so many times as the logarithm of a likelihood. CLIP's own logits are made alike.
LIKENESS = 10.0


class Takes(NamedTuple):
    """Draws `count` takes on each picture and keeps the one that `clip` and `ranker` find nearest to what was asked.

    Under guidance the embeddings of one caption are much alike. `noise` is the length of what is added to each, by its
    seed, before it is of unit length again: a decoder that was trained with noise on embeddings then draws pictures
    that differ more (the noise level of Stable unCLIP's embeddings, after arXiv 2106.15282). The more they differ, the
    more of them fail, and the more there is to choose from.
    """

    clip: Clip
    ranker: Ranker
    count: int = 1
    noise: float = 0.0

    def spread(self, condition: Condition, seeds: Sequence[int]) -> tuple[Condition, list[int]]:
        """The conditions and seeds of all takes, the first ones of all pictures before the second ones."""
        image, text = condition
        every = [seed + take * TAKE_OFFSET for take in range(self.count) for seed in seeds]
        image = image.repeat(self.count, 1)
        if self.noise:
            off = noise(image.shape[1:], [seed + NOISE_OFFSET for seed in every]).to(image)
            image = F.normalize(image + self.noise / image.shape[1] ** 0.5 * off, dim=-1)
        return Condition(image, text and text.repeat(self.count)), every

    def best(self, pictures: Tensor, condition: Condition) -> Tensor:
        """The number (B,) of the best take on each picture, of all takes (count * B, 3, S, S) on what was asked for."""
        first = torch.arange(len(condition.image_embedding), device=pictures.device)
        if self.count == 1:
            return first
        image, text = condition
        likeness = (self.clip.encode_images(pictures) * image.repeat(self.count, 1)).sum(dim=-1)
        score = LIKENESS * likeness.float()
        if text is not None:
            score = score + self.ranker(pictures, text.embedding.repeat(self.count, 1))
        return score.unflatten(0, (self.count, -1)).argmax(dim=0) * len(first) + first
