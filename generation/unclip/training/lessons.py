"""What the text and image encoder learns beside captions, so that fewer pictures are enough.

The image embedding has to name its picture's concept, style and background, and to bring back a thumbnail of the
picture and one of its subject cut out; the text embedding has to bring back the meaning that the lexicon gives a word.
Of a word unknown to captions it has to name the concept that is likely meant, and to say what that concept's own word
would say.
Thumbnails teach the most by far: a thousand numbers a picture, where a caption is one choice among a batch. The heads
are left behind when the encoder is packed.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

THUMBNAIL = 16
#: Logits are this times a cosine.
SHARPNESS = 24.0
NAMING_WEIGHT, THUMBNAIL_WEIGHT, MEANING_WEIGHT, PARAPHRASE_WEIGHT = 0.5, 8.0, 3.0, 3.0


class Lessons(nn.Module):
    """Heads on the embeddings of `dim` numbers; `answers` are the possible names of each kind, such as "style"."""

    def __init__(self, dim: int, answers: Mapping[str, Sequence[str]], meaning_dim: int) -> None:
        super().__init__()
        self.numbers = {kind: {name: n for n, name in enumerate(names)} for kind, names in answers.items()}
        self.names = nn.ParameterDict({kind: 0.05 * torch.randn(len(names), dim) for kind, names in answers.items()})
        self.paint = nn.Sequential(nn.Linear(dim, 512), nn.SiLU(), nn.Linear(512, 7 * THUMBNAIL**2))
        self.mean = nn.Linear(dim, meaning_dim)

    def naming(self, image_embedding: Tensor, right: Mapping[str, Sequence[str]]) -> Tensor:
        """Cross-entropy of naming each kind from unit embeddings (B, D); `right` holds the B right names of it."""
        losses = []
        for kind, names in right.items():
            target = torch.tensor([self.numbers[kind][name] for name in names], device=image_embedding.device)
            logits = SHARPNESS * image_embedding @ F.normalize(self.names[kind], dim=-1).T
            losses.append(F.cross_entropy(logits, target))
        return NAMING_WEIGHT * torch.stack(losses).sum()

    def guessing(self, text_embedding: Tensor, likely: Tensor) -> Tensor:
        """Cross-entropy of naming concepts from unit embeddings (B, D), where each is `likely` (B, concepts)."""
        logits = SHARPNESS * text_embedding @ F.normalize(self.names["concept"], dim=-1).T
        return NAMING_WEIGHT * F.cross_entropy(logits, likely)

    def thumbnails(self, image_embedding: Tensor, images: Tensor, subjects: Tensor) -> Tensor:
        """Squared error of what (B, D) brings back of pictures (B, 3, S, S) in -1..1 and subjects (B, 4, S, S)."""
        both = torch.cat([images, subjects * 2 - 1], dim=1)
        small = F.interpolate(both, THUMBNAIL, mode="bilinear", antialias=True, align_corners=False)
        painted = self.paint(image_embedding * image_embedding.shape[-1] ** 0.5)
        return THUMBNAIL_WEIGHT * F.mse_loss(painted, small.flatten(1))

    def meaning(self, text_embedding: Tensor, meanings: Tensor) -> Tensor:
        """One less the cosine between what (B, D) says and the unit meanings (B, M)."""
        return MEANING_WEIGHT * (1 - F.cosine_similarity(self.mean(text_embedding), meanings, dim=-1)).mean()


def paraphrase(text_embedding: Tensor, plain: Tensor) -> Tensor:
    """One less the cosine between captions (B, D) of unknown words and the same captions (B, D) of known ones."""
    return PARAPHRASE_WEIGHT * (1 - F.cosine_similarity(text_embedding, plain, dim=-1)).mean()
