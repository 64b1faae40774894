"""The prior stage of the published checkpoints: text features to an image embedding of its natural length."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from generation.unclip.families.causal import CausalPrior
from generation.unclip.families.schedulers import clean, few_steps
from generation.unclip.prior import DRAW_OFFSETS
from generation.unclip.sampling import Interval, OnStep, denoise, generators, guided, noise_of
from generation.unclip.stages import TextFeatures
from generation.unclip.upstream import SchedulerMixin


class Prior:
    """A CausalPrior. Draws with a solver of few steps, or with `published`, the scheduler it comes with."""

    draws, steps, guidance_scale = 2, 8, 4.0
    #: Where guidance is at work, in timesteps: near pure noise it only narrows what is drawn (arXiv 2404.07724).
    interval: Interval | None = Interval(0, 900)

    def __init__(self, model: CausalPrior, published: SchedulerMixin) -> None:
        self.model, self.published, self.scheduler = model, published, few_steps(published)

    @property
    def length(self) -> float:
        """The usual length of an image embedding, from the statistics that the prior was trained with."""
        mean, std = self.model.clip_mean.float(), self.model.clip_std.float()
        return (mean.square() + std.square()).sum().sqrt().item()

    @torch.no_grad()
    def draw(self, text: TextFeatures, no_text: TextFeatures, seeds: Sequence[int], on_step: OnStep) -> Tensor:
        """Image embeddings (len(seeds), D) for text features of the same batch size; of `draws`, the nearest to z_t."""
        drawn = self._drawn(text.repeat(self.draws), no_text, seeds, on_step).unflatten(0, (self.draws, -1))
        nearest = F.cosine_similarity(drawn, text.embedding.float(), dim=-1).argmax(0)
        return drawn[nearest, torch.arange(len(seeds), device=drawn.device)]

    def _drawn(self, text: TextFeatures, no_text: TextFeatures, seeds: Sequence[int], on_step: OnStep) -> Tensor:
        candidates = generators([seed + offset for offset in DRAW_OFFSETS[: self.draws] for seed in seeds])
        start = noise_of((self.model.config.embedding_dim,), candidates).to(text.embedding.device)
        given, withheld = self.model.remember(*text), self.model.remember(*no_text)
        withheld = tuple(each.expand(len(candidates), *each.shape[1:]) for each in withheld)
        predict = guided(self._predict, given, withheld, self.guidance_scale, self.interval)
        if self.scheduler is not self.published:
            predict = clean(predict, self.published)
        drawn = denoise(predict, start, self.scheduler, self.steps, on_step, candidates)
        return self.model.post_process_latents(drawn)

    def _predict(self, sample: Tensor, timestep: Tensor, keys: Tensor, values: Tensor, barred: Tensor) -> Tensor:
        return self.model.predict(sample.to(self.model.dtype), timestep, keys, values, barred).float()
