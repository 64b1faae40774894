"""From a request to what the decoder draws from: an image embedding for each picture, and the text if there is one."""

from collections.abc import Sequence
from functools import cached_property

import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from generation.unclip import arithmetic
from generation.unclip.errors import EmbeddingMismatch
from generation.unclip.request import (
    Blend,
    Drawing,
    Edit,
    Embedding,
    Reconstruction,
    TextDiff,
    TextToImage,
    Upsample,
    Variations,
)
from generation.unclip.stages import Condition, Encoder, Prior, TextFeatures
from generation.unclip.tracking import Tracker


def steps_of(request: Drawing, prior: Prior) -> dict[str, int]:
    """The stages that `Conditioner.of` reports for a request, each with its steps."""
    match request:
        case TextToImage(prior=False):
            return {"text": 1}
        case TextToImage():
            return {"text": 1, "prior": prior.steps}
        case Edit(prompt=prompt) if prompt:
            return {"text": 1, "prior": prior.steps}
        case Blend(parts=parts) if texts := sum(isinstance(part.source, str) for part in parts):
            return {"text": 1, "prior": prior.steps * texts}
        case TextDiff():
            return {"text": 1}
    return {}


class Conditioner:
    """The encoder and the prior of a checkpoint."""

    def __init__(self, encoder: Encoder, prior: Prior) -> None:
        self.encoder, self.prior = encoder, prior

    @torch.no_grad()
    def of(self, request: Drawing, tracker: Tracker) -> Condition:
        """The condition of each of `request.count` pictures. Raises EmbeddingMismatch."""
        match request:
            case TextToImage(prompt=prompt, prior=False):
                text = self._encode([prompt], tracker).expand(request.count)
                return Condition(self.encoder.natural(text.embedding), text)
            case TextToImage(prompt=prompt):
                return self._of_text(prompt, request.seeds, tracker)
            case Variations(image_embedding=given):
                return Condition(self.place(given).expand(request.count, -1))
            case Blend():
                return Condition(self._blended(request, tracker))
            case TextDiff(image=image, prompt=prompt, base_prompt=base, thetas=thetas):
                z_i, (z_t, z_t0) = self.embed(image), self._encode([prompt, base], tracker).embedding
                units = [F.normalize(each, dim=-1) for each in (z_i, z_t[None], z_t0[None])]
                turned = torch.cat([arithmetic.text_diff(*units, theta) for theta in thetas])
                return Condition(turned * z_i.norm(dim=-1, keepdim=True))
            case Edit(prompt=prompt) if prompt:
                return self._of_text(prompt, request.seeds, tracker)
            case Upsample(image_embedding=given) if given:
                return Condition(self.place(given))
            case Reconstruction(image=image) | Edit(image=image) | Upsample(image=image):
                return Condition(self.embed(image).expand(request.count, -1))
        raise TypeError(f"The engine does not know how to draw {type(request).__name__}.")

    def place(self, embedding: Embedding) -> Tensor:
        """The embedding (1, D) on the model's device. Raises EmbeddingMismatch."""
        if len(embedding) != self.encoder.embedding_dim:
            raise EmbeddingMismatch
        return self.encoder.natural(torch.tensor([embedding], device=self.encoder.device, dtype=self.dtype))

    @property
    def dtype(self) -> torch.dtype:
        return self._no_text.embedding.dtype

    def embed(self, picture: Image.Image) -> Tensor:
        """z_i (1, D) of a picture, of the length that the decoder expects."""
        return self.encoder.encode_pictures([picture])

    def _of_text(self, prompt: str, seeds: Sequence[int], tracker: Tracker) -> Condition:
        text = self._encode([prompt], tracker).expand(len(seeds))
        return Condition(self.prior.draw(text, self._no_text, seeds, tracker.stage("prior")), text)

    def _blended(self, request: Blend, tracker: Tracker) -> Tensor:
        """(B, D); a text stands for the image embeddings that the prior draws for it."""
        prompts = [part.source for part in request.parts if isinstance(part.source, str)]
        texts = iter(self._encode(prompts, tracker).rows() if prompts else ())
        vectors, done = [], 0
        for part in request.parts:
            if isinstance(part.source, str):
                text, report = next(texts).expand(request.count), tracker.stage("prior", done)
                vectors.append(self.prior.draw(text, self._no_text, request.seeds, report))
                done += self.prior.steps
            else:
                vectors.append(self.place(part.source).expand(request.count, -1))
        units = [F.normalize(vector, dim=-1) for vector in vectors]
        return self.encoder.natural(arithmetic.blend(units, [part.weight for part in request.parts]))

    def _encode(self, texts: Sequence[str], tracker: Tracker) -> TextFeatures:
        features = self.encoder.encode_text(texts)
        tracker.stage("text")(1)
        return features

    @cached_property
    def _no_text(self) -> TextFeatures:
        with torch.no_grad():
            return self.encoder.encode_text([""])
