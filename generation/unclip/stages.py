"""What the engine asks of the four stages of any checkpoint, and what passes between them."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import torch
from PIL import Image
from torch import Tensor

from generation.unclip.sampling import OnStep


class TextFeatures(NamedTuple):
    """What the prior reads: `embedding` (B, D), `states` (B, L, W), and `mask` (B, L), True where a word is."""

    embedding: Tensor
    states: Tensor
    mask: Tensor

    def expand(self, count: int) -> "TextFeatures":
        """The features of one text, for `count` pictures of it."""
        return TextFeatures(*(each.expand(count, *each.shape[1:]) for each in self))

    def repeat(self, times: int) -> "TextFeatures":
        """The features of all texts, one after the other, `times` over."""
        return TextFeatures(*(each.repeat(times, *[1] * (each.ndim - 1)) for each in self))

    def rows(self) -> "list[TextFeatures]":
        """The features of each text on its own."""
        return [TextFeatures(*row) for row in zip(*(each.split(1) for each in self), strict=True)]


class Condition(NamedTuple):
    """What the decoder draws from: `image_embedding` (B, D), and the `text` where there is one."""

    image_embedding: Tensor
    text: TextFeatures | None = None


class Known(NamedTuple):
    """The part of a picture that stays: `picture` (1 or B, 3, S, S) and `redrawn` (1, 1, S, S), 1 where it does not."""

    picture: Tensor
    redrawn: Tensor


class Encoder(Protocol):
    """CLIP: texts and pictures to one space."""

    embedding_dim: int
    device: torch.device

    def natural(self, unit: Tensor) -> Tensor:
        """Unit vectors (B, D) at the length that this checkpoint's image embeddings have."""

    def encode_text(self, texts: Sequence[str]) -> TextFeatures: ...

    def encode_pictures(self, pictures: Sequence[Image.Image]) -> Tensor: ...


class Prior(Protocol):
    """Text to the image embedding of a picture it may stand under."""

    steps: int

    def draw(self, text: TextFeatures, no_text: TextFeatures, seeds: Sequence[int], on_step: OnStep) -> Tensor: ...


class Decoder(Protocol):
    """Image embedding to a picture of `size` pixels an edge."""

    size: int
    steps: int
    #: Whether `draw` takes a `shape`; others draw squares of `size`.
    draws_any_shape: bool
    #: Steps of `invert`, and of `redraw`.
    ddim_steps: int

    def draw(self, condition: Condition, seeds: Sequence[int], on_step: OnStep, **options: Any) -> Tensor:
        """Pictures (B, 3, S, S). Options: `steps`, `guidance_scale`, `known` (what stays), `shape` (H, W)."""

    def invert(self, picture: Tensor, image_embedding: Tensor, on_step: OnStep) -> Tensor:
        """The noise x_T that `redraw` makes `picture` (B, 3, S, S) from."""

    def redraw(
        self, image_embedding: Tensor, noise: Tensor, seeds: Sequence[int], on_step: OnStep, eta: float
    ) -> Tensor:
        """Pictures (B, 3, S, S) from `noise`; with `eta` above 0, more and more of it is drawn anew."""


class Upsampler(Protocol):
    """A picture to one `factor` times as wide and high."""

    factor: int

    def steps_of(self, count: int) -> int:
        """How many steps `upsample` reports for so many pictures."""

    def upsample(self, pictures: Tensor, image_embedding: Tensor, seeds: Sequence[int], on_step: OnStep) -> Tensor: ...


class Parts(NamedTuple):
    """A checkpoint taken apart; without an `upsampler`, the decoder's picture is the finished one."""

    name: str
    encoder: Encoder
    prior: Prior
    decoder: Decoder
    upsampler: Upsampler | None
