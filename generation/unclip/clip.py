"""The text and image encoder: an open_clip model with a small tokenizer of its own.

Paper: "Learning Transferable Visual Models From Natural Language Supervision" (arXiv 2103.00020). It maps captions and
pictures to unit vectors of one space: z_t for a text, z_i for an image.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import torch
from PIL import Image
from safetensors.torch import load_model
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional as F

from generation.unclip.checkpoint import read_json
from generation.unclip.errors import CheckpointInvalid
from generation.unclip.pictures import square
from generation.unclip.stages import TextFeatures
from generation.unclip.tensors import to_tensor
from generation.unclip.upstream import CLIPTextCfg, CLIPVisionCfg, CustomTextCLIP


class Clip(nn.Module):
    """An open_clip model and its tokenizer, read from a folder with config.json, tokenizer.json and safetensors."""

    def __init__(self, config: dict[str, Any], tokenizer: Tokenizer) -> None:
        super().__init__()
        self.config = config
        text = CLIPTextCfg(**config["text_cfg"], output_tokens=True)
        self.model = CustomTextCLIP(config["embed_dim"], CLIPVisionCfg(**config["vision_cfg"]), text)
        self.tokenizer = tokenizer
        self.tokenizer.enable_truncation(text.context_length)
        self.tokenizer.enable_padding(length=text.context_length, pad_id=text.pad_id)

    @classmethod
    def from_pretrained(cls, folder: Path) -> Self:
        """Raises CheckpointInvalid, naming the file that is missing or damaged."""
        config = read_json(folder / "config.json")
        try:
            tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            clip = cls(config, tokenizer)
            load_model(clip.model, folder / "model.safetensors")
        except Exception as exc:  # tokenizers and safetensors raise bare Exception and RuntimeError
            raise CheckpointInvalid(
                f"The checkpoint's text and image encoder at {folder} cannot be read: {exc}"
            ) from exc
        return clip.eval()

    def save_pretrained(self, folder: Path) -> None:
        """Writes the folder that `from_pretrained` reads, weights in the model's present dtype."""
        from safetensors.torch import save_model

        folder.mkdir(parents=True, exist_ok=True)
        (folder / "config.json").write_text(json.dumps(self.config, indent=2) + "\n", encoding="utf-8")
        self.tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
        save_model(self.model, str(folder / "model.safetensors"))

    @property
    def device(self) -> torch.device:
        return self.model.logit_scale.device

    @property
    def embedding_dim(self) -> int:
        return self.config["embed_dim"]

    @property
    def image_size(self) -> int:
        return self.config["vision_cfg"]["image_size"]

    def tokenize(self, texts: Sequence[str]) -> Tensor:
        """(B, L) int64 token ids; longer texts are cut, the end token is kept."""
        ids = [encoding.ids for encoding in self.tokenizer.encode_batch(list(texts))]
        return torch.tensor(ids, dtype=torch.long, device=self.device)

    def encode_tokens(self, tokens: Tensor) -> TextFeatures:
        """Text features of (B, L) token ids."""
        pooled, states = self.model.text(tokens)
        return TextFeatures(F.normalize(pooled, dim=-1), states, tokens != self.config["text_cfg"]["pad_id"])

    def encode_text(self, texts: Sequence[str]) -> TextFeatures:
        """Text features of captions; "" stands for no caption at all."""
        return self.encode_tokens(self.tokenize(texts))

    def embed_text(self, texts: Sequence[str]) -> Tensor:
        """Unit text embeddings z_t (B, D) alone, computed without the padding that no text of this batch needs."""
        tokens, tower = self.tokenize(texts), self.model.text
        longest, mask = int((tokens != self.config["text_cfg"]["pad_id"]).sum(1).max()), tower.attn_mask
        try:
            # open_clip's tower expects a causal mask of just the texts' length.
            tower.attn_mask = mask[:longest, :longest]
            return self.encode_tokens(tokens[:, :longest]).embedding
        finally:
            tower.attn_mask = mask

    def natural(self, unit: Tensor) -> Tensor:
        """Unit vectors (B, D) as they are: the models were trained with them."""
        return unit

    def encode_pictures(self, pictures: Sequence[Image.Image]) -> Tensor:
        """Unit image embeddings z_i (B, D) of pictures of any size and mode; their middle square is looked at."""
        pixels = torch.cat([to_tensor(square(picture, self.image_size)) for picture in pictures])
        return self.encode_images(pixels.to(self.device, self.model.logit_scale.dtype))

    def encode_images(self, images: Tensor) -> Tensor:
        """Unit image embeddings z_i (B, D) of (B, 3, H, W) pictures in [-1, 1]; scaled to the tower's own size."""
        return F.normalize(self.model.visual(self.sized(images)), dim=-1)

    def sized(self, images: Tensor) -> Tensor:
        """Pictures (B, 3, H, W) at the image tower's size, as they are where they have it."""
        if images.shape[-1] == self.image_size:
            return images
        size = (self.image_size, self.image_size)
        return F.interpolate(images, size, mode="bilinear", antialias=True, align_corners=False)
