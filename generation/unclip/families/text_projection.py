"""Karlo's text projection: text and image embeddings to what its decoder reads (paper, section 2.1).

Both embeddings join the timestep's; the image embedding also becomes a few extra tokens before the text's.
"""

import torch
from torch import Tensor, nn

from generation.unclip.upstream import ConfigMixin, ModelMixin, register_to_config


class TextProjection(ModelMixin, ConfigMixin):
    """Published checkpoints know it as UnCLIPTextProjModel; parameters have the names it has there."""

    @register_to_config
    def __init__(
        self,
        time_embed_dim: int,
        cross_attention_dim: int,
        clip_embeddings_dim: int = 768,
        clip_extra_context_tokens: int = 4,
    ) -> None:
        super().__init__()
        extra = clip_extra_context_tokens * cross_attention_dim
        self.learned_classifier_free_guidance_embeddings = nn.Parameter(torch.zeros(clip_embeddings_dim))
        self.embedding_proj = nn.Linear(clip_embeddings_dim, time_embed_dim)
        self.clip_image_embeddings_project_to_time_embeddings = nn.Linear(clip_embeddings_dim, time_embed_dim)
        self.clip_extra_context_tokens_proj = nn.Linear(clip_embeddings_dim, extra)
        self.encoder_hidden_states_proj = nn.Linear(clip_embeddings_dim, cross_attention_dim)
        self.text_encoder_hidden_states_norm = nn.LayerNorm(cross_attention_dim)

    @property
    def no_image(self) -> Tensor:
        """(D,) stands for an image embedding that is withheld, for guidance."""
        return self.learned_classifier_free_guidance_embeddings

    @property
    def extra_tokens(self) -> int:
        return self.config.clip_extra_context_tokens

    def forward(self, image_embedding: Tensor, text_embedding: Tensor, states: Tensor) -> tuple[Tensor, Tensor]:
        """Tokens (B, extra + L, C) and what is added to the time embedding (B, T), of (B, D), (B, D) and (B, L, D)."""
        time = self.clip_image_embeddings_project_to_time_embeddings(image_embedding)
        time = time + self.embedding_proj(text_embedding)
        # The published weights hold the extra tokens one channel after the other.
        extra = self.clip_extra_context_tokens_proj(image_embedding).unflatten(-1, (-1, self.extra_tokens))
        words = self.text_encoder_hidden_states_norm(self.encoder_hidden_states_proj(states))
        return torch.cat([extra.transpose(1, 2), words], dim=1), time
