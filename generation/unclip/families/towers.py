"""CLIP as the published checkpoints hold it: a text tower, a tokenizer and an image tower of transformers."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from generation.unclip.errors import Unsupported
from generation.unclip.stages import TextFeatures
from generation.unclip.upstream import (
    CLIPImageProcessor,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    CLIPVisionModelWithProjection,
)


class Towers:
    """Texts and pictures to embeddings of their natural length. Without an image tower, texts alone.

    `length` is the usual length of an image embedding, which unit vectors are given by `natural`.
    """

    def __init__(
        self,
        text: CLIPTextModelWithProjection,
        tokenizer: CLIPTokenizer,
        image: CLIPVisionModelWithProjection | None,
        processor: CLIPImageProcessor | None,
        length: float,
        device: torch.device,
    ) -> None:
        self.text, self.tokenizer, self.image, self.processor = text, tokenizer, image, processor
        self.length, self.device = length, device
        self.embedding_dim: int = text.config.projection_dim

    def natural(self, unit: Tensor) -> Tensor:
        """Unit vectors (B, D) at the usual length of this checkpoint's image embeddings."""
        return F.normalize(unit, dim=-1) * self.length

    @torch.no_grad()
    def encode_text(self, texts: Sequence[str]) -> TextFeatures:
        """Text features of captions; longer texts are cut, "" stands for no caption at all."""
        tokens = self.tokenizer(
            list(texts),
            padding="max_length",
            max_length=self.tokenizer.model_max_length,
            truncation=True,
            return_tensors="pt",
        ).to(self.device)
        encoded = self.text(tokens.input_ids)
        return TextFeatures(encoded.text_embeds, encoded.last_hidden_state, tokens.attention_mask.bool())

    @torch.no_grad()
    def encode_pictures(self, pictures: Sequence[Image.Image]) -> Tensor:
        """Image embeddings (B, D). Raises Unsupported without an image tower."""
        image = self._image_tower()
        pixels = self.processor(images=list(pictures), return_tensors="pt").pixel_values
        return image(pixels.to(self.device, image.dtype)).image_embeds

    @cached_property
    def no_text(self) -> TextFeatures:
        """The features of an empty caption."""
        return self.encode_text([""])

    @cached_property
    @torch.no_grad()
    def no_picture(self) -> Tensor:
        """(1, D): what the image tower makes of nothing, which stands for an embedding that is withheld."""
        image = self._image_tower()
        size = image.config.image_size
        return image(torch.zeros(1, 3, size, size, device=self.device, dtype=image.dtype)).image_embeds

    def _image_tower(self) -> Any:
        if self.image is None:
            raise Unsupported(
                "This checkpoint came without its image encoder, so it cannot look at pictures. Karlo's is in "
                "kakaobrain/karlo-v1-alpha-image-variations: put that folder beside the checkpoint's."
            )
        return self.image
