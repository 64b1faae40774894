"""The engine: a checkpoint held in memory that draws pictures and embeds texts and images.

Text encoder -> prior -> decoder -> upsampler, as in "Hierarchical Text-Conditional Image Generation with CLIP Latents"
(arXiv 2204.06125). What is asked for becomes a condition (`conditioning`), the condition a picture (here).
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Self

import torch
from PIL import Image
from torch.nn import functional as F

from generation.unclip.conditioning import Conditioner, steps_of
from generation.unclip.devices import out_of_memory_as_error
from generation.unclip.errors import OutOfMemory
from generation.unclip.loading import OnDownload, ignore_download, load_parts
from generation.unclip.painting import Painter
from generation.unclip.request import (
    Drawing,
    Edit,
    OnProgress,
    Sample,
    ignore_progress,
)
from generation.unclip.stages import Parts
from generation.unclip.tracking import Tracker

EMBED_BATCH = 32


class Engine:
    """One loaded checkpoint. Not for several threads at once."""

    def __init__(self, checkpoint: str, parts: Parts) -> None:
        self.checkpoint, self.clip_model = checkpoint, f"{parts.name}/clip"
        _, self.encoder, self.prior, self.decoder, self.upsampler = parts
        self.conditioner = Conditioner(self.encoder, self.prior)
        self.painter = Painter(self.conditioner, self.decoder, self.upsampler)

    @property
    def size(self) -> int:
        """The edge in pixels of the squares that are drawn when nobody asks for another size."""
        return self.painter.size

    @classmethod
    def load(
        cls,
        checkpoint: str | Path = "starter",
        device: str = "auto",
        dtype: str = "auto",
        offload: bool = False,
        on_download: OnDownload = ignore_download,
    ) -> Self:
        """Reads `starter`, a checkpoint folder or a checkpoint of the hub, which is downloaded the first time.

        `device` is auto, cuda, mps or cpu; `dtype` auto, bf16, fp16 or fp32. With `offload`, one model at a time is on
        the device. Raises CheckpointNotFound, CheckpointInvalid, DownloadFailed.
        """
        return cls(str(checkpoint), load_parts(checkpoint, device, dtype, offload, on_download))

    def generate(self, request: Drawing, on_progress: OnProgress = ignore_progress) -> list[Sample]:
        """Draws `request.count` pictures. Raises EngineError, and whatever `on_progress` raises."""
        tracker = Tracker(on_progress, self._steps_of(request))
        try:
            with out_of_memory_as_error(), torch.no_grad():
                condition = self.conditioner.of(request, tracker)  # text encoder, prior
                images = self.painter.paint(request, condition, tracker)  # decoder, upsampler
                # An edited picture is not what its hole was drawn from.
                vectors = (
                    self.encoder.encode_pictures(images) if isinstance(request, Edit) else condition.image_embedding
                )
        except OutOfMemory as problem:
            raise OutOfMemory(self._fitting(request)) from problem
        embeddings = [tuple(row) for row in F.normalize(vectors.float(), dim=-1).tolist()]
        return [Sample(*each) for each in zip(images, request.seeds, embeddings, strict=True)]

    @torch.no_grad()
    def embed_text(self, texts: Sequence[str]) -> list[tuple[float, ...]]:
        """Unit text embeddings z_t, one for each text."""
        if not texts:
            return []
        return [tuple(row) for row in F.normalize(self.encoder.encode_text(texts).embedding, dim=-1).float().tolist()]

    @torch.no_grad()
    def embed_images(self, images: Sequence[Image.Image]) -> list[tuple[float, ...]]:
        """Unit image embeddings z_i, one for each picture, whatever its size or mode."""
        rows: list[tuple[float, ...]] = []
        for start in range(0, len(images), EMBED_BATCH):
            drawn = F.normalize(self.encoder.encode_pictures(images[start : start + EMBED_BATCH]), dim=-1)
            rows += [tuple(row) for row in drawn.float().tolist()]
        return rows

    def _fitting(self, request: Drawing) -> int:
        """How many of the pictures fit at once, found by drawing half as many, in one step, until they do."""
        count = request.count // 2
        while count:
            try:
                with out_of_memory_as_error(), torch.no_grad():
                    attempt = replace(request.part(0, count), steps=1)
                    tracker = Tracker(ignore_progress, self._steps_of(attempt))
                    self.painter.paint(attempt, self.conditioner.of(attempt, tracker), tracker)
                    return count
            except OutOfMemory:
                count //= 2
        return 0

    def _steps_of(self, request: Drawing) -> dict[str, int]:
        return {**steps_of(request, self.prior), **self.painter.steps_of(request)}
