"""The published priors' network, with what it makes of the text kept from step to step.

It is a causal transformer over [text states, text embedding, timestep, noisy embedding, answer]: the first two look at
nothing that changes on the way, so their keys and values are computed once, and a step is left with three tokens.
"""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from generation.unclip.upstream import PriorTransformer

#: What is added where attention must not look; the published weights were trained with it.
HIDDEN = -10000.0


class CausalPrior(PriorTransformer):
    """A PriorTransformer in two parts, `remember` and `predict`, which together are its `forward`."""

    def remember(self, embedding: Tensor, states: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Keys and values (B, layers, heads, L + 1, C), and where not to look (B, 1, 1, L + 1), of text features."""
        words = torch.cat([self.encoder_hidden_states_proj(states), self.embedding_proj(embedding)[:, None]], dim=1)
        hidden = words + self.positional_embedding[:, : words.shape[1]]
        barred = F.pad((~mask).to(hidden) * HIDDEN, (0, 1))[:, None, None]
        looks = barred + self.causal_attention_mask[:, : words.shape[1], : words.shape[1]].to(hidden)
        keys, values = [], []
        for block in self.transformer_blocks:
            query, key, value = _projected(block, hidden)
            hidden = _passed(block, hidden, F.scaled_dot_product_attention(query, key, value, looks))
            keys.append(key)
            values.append(value)
        return torch.stack(keys, dim=1), torch.stack(values, dim=1), barred

    def predict(self, sample: Tensor, timestep: Tensor, keys: Tensor, values: Tensor, barred: Tensor) -> Tensor:
        """The clean image embedding (B, D) seen in `sample` (B, D), with what `remember` gave."""
        times = self.time_embedding(self.time_proj(timestep.expand(len(sample))).to(sample))
        answer = self.prd_embedding[:, 0].expand(len(sample), -1)
        hidden = torch.stack([times, self.proj_in(sample), answer], dim=1) + self.positional_embedding[:, -3:]
        looks = torch.cat(
            [barred.expand(-1, -1, 3, -1), self._among_three(hidden).expand(len(sample), 1, -1, -1)], dim=-1
        )
        for number, block in enumerate(self.transformer_blocks):
            query, key, value = _projected(block, hidden)
            key, value = torch.cat([keys[:, number], key], dim=2), torch.cat([values[:, number], value], dim=2)
            hidden = _passed(block, hidden, F.scaled_dot_product_attention(query, key, value, looks))
        return self.proj_to_clip_embeddings(self.norm_out(hidden[:, -1]))

    def _among_three(self, hidden: Tensor) -> Tensor:
        return self.causal_attention_mask[:, -3:, -3:].to(hidden)


def _projected(block: Any, hidden: Tensor) -> list[Tensor]:
    """Query, key and value (B, heads, L, C) of a block."""
    normed, heads = block.norm1(hidden), block.attn1.heads
    projections = (block.attn1.to_q, block.attn1.to_k, block.attn1.to_v)
    return [each(normed).unflatten(-1, (heads, -1)).transpose(1, 2) for each in projections]


def _passed(block: Any, hidden: Tensor, attended: Tensor) -> Tensor:
    """What a block makes of `hidden` (B, L, W), given what its heads saw (B, heads, L, C)."""
    hidden = hidden + block.attn1.to_out[0](attended.transpose(1, 2).flatten(2))
    return hidden + block.ff(block.norm3(hidden))
