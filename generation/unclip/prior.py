"""The prior stage: text features to the image embedding z_i that the picture will be drawn from."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.func import functional_call
from torch.nn import functional as F

from generation.unclip.sampling import OnStep, denoise, guided, noise
from generation.unclip.stages import TextFeatures
from generation.unclip.upstream import PriorTransformer, SchedulerMixin

DRAWS = 2
# Keeps the two draws of one picture on noise of their own, apart from the decoder's.
DRAW_OFFSETS = (1 << 40, 1 << 41)


class Prior:
    """A PriorTransformer with its scheduler. Holds no state between calls."""

    def __init__(
        self, model: PriorTransformer, scheduler: SchedulerMixin, steps: int, guidance_scale: float = 1.0
    ) -> None:
        self.model, self.scheduler, self.steps, self.guidance_scale = model, scheduler, steps, guidance_scale

    @torch.no_grad()
    def draw(self, text: TextFeatures, no_text: TextFeatures, seeds: Sequence[int], on_step: OnStep) -> Tensor:
        """Unit image embeddings (len(seeds), D) for text features of the same batch size.

        `no_text` are the features of an empty caption, for guidance. Draws two embeddings for each seed and keeps the
        one with the larger z_i . z_t (paper, section 2.2).
        """
        candidates = [seed + offset for offset in DRAW_OFFSETS for seed in seeds]
        given = TextFeatures(*(each.repeat(DRAWS, *[1] * (each.ndim - 1)) for each in text))
        withheld = TextFeatures(*(each[:1].expand_as(full) for each, full in zip(no_text, given, strict=True)))
        start = noise((self.model.config.embedding_dim,), candidates).to(given.embedding)
        predict = guided(self._predict, given, withheld, self.guidance_scale)
        drawn = denoise(predict, start, self.scheduler, self.steps, on_step)
        drawn = F.normalize(self.model.post_process_latents(drawn), dim=-1).unflatten(0, (DRAWS, -1))
        better = (drawn * text.embedding).sum(-1).argmax(0)
        return drawn[better, torch.arange(len(seeds), device=drawn.device)]

    def _predict(self, sample: Tensor, timestep: Tensor, *text: Tensor) -> Tensor:
        return predicted(self.model, sample, timestep, TextFeatures(*text))


def predicted(model: PriorTransformer, sample: Tensor, timestep: Tensor, text: TextFeatures) -> Tensor:
    """The clean embeddings (B, D) seen in `sample` (B, D), by a model that reads no further than the longest text.

    What lies beyond is masked, and only takes time: most captions fill less than half of the context.
    """
    embedding, states, mask = text
    length, whole = max(1, int(mask.sum(dim=1).max())), mask.shape[1]
    if length == whole:
        return model(sample, timestep, embedding, states, mask).predicted_image_embedding
    position, causal = model.positional_embedding, model.causal_attention_mask
    read = torch.cat([torch.arange(length), torch.arange(whole, position.shape[1])]).to(position.device)
    shorter = {"positional_embedding": position[:, read], "causal_attention_mask": causal[:, read][:, :, read]}
    given = (sample, timestep, embedding, states[:, :length], mask[:, :length])
    return functional_call(model, shorter, given).predicted_image_embedding
