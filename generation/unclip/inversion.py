"""A picture to the noise it comes from, and back: what the decoders of all families do alike (paper, section 3)."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from generation.unclip.ddim import FlowDDIM, settled
from generation.unclip.sampling import OnStep, Predict, denoise, generators, without_preview


class Invertible(ABC):
    """The part of a decoder that needs to know its models and its noise path only."""

    #: Steps of `invert`, and of `redraw`.
    ddim_steps = 40
    draws_any_shape = False
    #: How several takes on each picture are drawn, to keep the best; None where each is drawn once.
    takes: Any = None
    #: Whether samples are pictures, to be shown on the way.
    in_pixels = True

    @torch.no_grad()
    def invert(self, picture: Tensor, image_embedding: Tensor, on_step: OnStep) -> Tensor:
        """x_T, of the shape of the decoder's samples, that `redraw` makes `picture` (B, 3, S, S) from."""
        scheduler = self.ddim(inverse=True)
        predict = settled(self.unguided(image_embedding), scheduler)
        return denoise(predict, self.encode(picture), scheduler, self.ddim_steps, self._shown(on_step))

    @torch.no_grad()
    def redraw(
        self, image_embedding: Tensor, noise: Tensor, seeds: Sequence[int], on_step: OnStep, eta: float = 0.0
    ) -> Tensor:
        """Pictures (B, 3, S, S) in [-1, 1] from x_T; `eta` is the share of the noise drawn anew."""
        predict, each = self.unguided(image_embedding), generators(seeds)
        return self.decode(denoise(predict, noise, self.ddim(eta), self.ddim_steps, self._shown(on_step), each))

    @abstractmethod
    def ddim(self, eta: float = 0.0, inverse: bool = False) -> FlowDDIM:
        """DDIM on the noise path that the model was trained on."""

    @abstractmethod
    def unguided(self, image_embedding: Tensor) -> Predict:
        """The prediction from image embeddings (B, D) alone, without guidance."""

    def encode(self, picture: Tensor) -> Tensor:
        """A picture (B, 3, S, S) as the model's sample."""
        return picture

    def decode(self, sample: Tensor) -> Tensor:
        """The model's clean sample as a picture (B, 3, S, S) in [-1, 1]."""
        return sample.clamp(-1, 1)

    def _shown(self, on_step: OnStep) -> OnStep:
        return on_step if self.in_pixels else without_preview(on_step)
