"""Trains the text and image encoder from captions: symmetric contrastive loss (arXiv 2103.00020, figure 3)."""

from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from generation.unclip.clip import Clip

from .batches import STILL, TELLING, Batch, Batches
from .loop import Recipe, Stage
from .shards import ImageSet
from .tokenizer import END_ID, PAD_ID, train_tokenizer

#: Pictures are drawn at this size and shrunk by the tower itself, as the decoder's are.
SIZE = 64
VOCABULARY = 4096
MASKED_SHARE = 0.7
LARGEST_SCALE = 4.6052


def config(vocab_size: int) -> dict:
    """The starter's open_clip configuration."""
    return {
        "embed_dim": 256,
        "vision_cfg": {"image_size": 48, "patch_size": 8, "width": 256, "layers": 4, "patch_dropout": 0.0},
        "text_cfg": {
            "context_length": 24,
            "vocab_size": vocab_size,
            "width": 256,
            "heads": 4,
            "layers": 3,
            "pad_id": PAD_ID,
            "eos_id": END_ID,
            "pool_type": "eos",
        },
    }


class ClipStage(Stage):
    """Half of the patches are left out for the first 70 % of a run: twice the pictures a second (arXiv 2212.00794)."""

    name = "clip"
    recipe = Recipe(batch_size=64, learning_rate=1e-3, weight_decay=0.1, warmup=100, ema=0.99)

    def __init__(self, images: ImageSet, seed: int, start: Clip | None = None) -> None:
        self.clip = start or self._fresh(images)
        self.model = self.clip.model
        self.masked = _PatchMask(0.5)
        self.plain = self.model.visual.patch_dropout
        self._batches = Batches(images, SIZE, self.recipe.batch_size, seed, TELLING)
        self._check = Batches(images, SIZE, 256, seed + 1, STILL).draw(0)

    @staticmethod
    def _fresh(images: ImageSet) -> Clip:
        tokenizer = train_tokenizer(images.records, VOCABULARY)
        return Clip(config(tokenizer.get_vocab_size()), tokenizer)

    def batches(self, start: int) -> Iterator[Batch]:
        return self._batches(start)

    def enter(self, share_done: float) -> None:
        self.model.visual.patch_dropout = self.masked if share_done < MASKED_SHARE else self.plain

    def loss(self, batch: Batch, generator: torch.Generator) -> Tensor:
        self.clip.to(self.model.logit_scale.device)
        image = self.clip.encode_images(batch.images.to(self.clip.device))
        text = self.clip.encode_text(batch.captions).embedding
        logits = self.model.logit_scale.clamp(max=LARGEST_SCALE).exp() * image @ text.T
        return contrastive_loss(logits, batch.captions)

    def summary(self, model: nn.Module) -> str:
        """Share of 256 captions whose own picture is found first."""
        clip = Clip(self.clip.config, self.clip.tokenizer)
        clip.model = model
        with torch.no_grad():
            image = clip.encode_images(self._check.images.to(clip.device))
            text = clip.encode_text(self._check.captions).embedding
        said = torch.tensor([bool(each) for each in self._check.captions], device=clip.device)
        hits = (text @ image.T).argmax(1) == torch.arange(len(text), device=clip.device)
        return f"finds the picture of {hits[said].float().mean():.0%} of captions among {len(text)}"

    def save(self, model: nn.Module, folder: Path) -> None:
        clip = Clip(self.clip.config, self.clip.tokenizer)
        clip.model = model
        clip.save_pretrained(folder)


class _PatchMask(nn.Module):
    """Keeps the class token and a random share of the patches of (B, 1 + N, C)."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return x
        keep = max(1, int((x.shape[1] - 1) * (1 - self.share)))
        order = torch.rand(x.shape[0], x.shape[1] - 1, device=x.device).argsort(dim=1)[:, :keep, None] + 1
        return torch.cat([x[:, :1], x.gather(1, order.expand(-1, -1, x.shape[2]))], dim=1)


def contrastive_loss(logits: Tensor, captions: list[str]) -> Tensor:
    """Cross-entropy over (B, B) image x text logits both ways; pictures without a caption take no part.

    Equal captions are each other's answer too, so neither counts as wrong.
    """
    said = torch.tensor([bool(each) for each in captions], device=logits.device)
    logits = logits[said][:, said]
    kept = [each for each in captions if each]
    number = {each: n for n, each in enumerate(dict.fromkeys(kept))}
    groups = torch.tensor([number[each] for each in kept], device=logits.device)
    target = (groups[:, None] == groups[None]).float()
    target = target / target.sum(dim=1, keepdim=True)
    return (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)) / 2
