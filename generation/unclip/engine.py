"""The engine: a checkpoint held in memory that draws pictures and embeds texts and images.

Text encoder -> prior -> decoder -> upsampler, as in "Hierarchical Text-Conditional Image Generation with CLIP Latents"
(arXiv 2204.06125).
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import torch
from PIL import Image
from torch import Tensor

from generation.unclip.checkpoint import find_checkpoint, read_json
from generation.unclip.clip import Clip, TextFeatures, to_images, to_tensor
from generation.unclip.decoder import HourglassDecoder
from generation.unclip.decoding import Decoder
from generation.unclip.errors import CheckpointInvalid, EmbeddingMismatch, OutOfMemory
from generation.unclip.prior import Prior
from generation.unclip.request import Drawing, OnProgress, Sample, TextToImage, Variations, ignore_progress
from generation.unclip.tracking import Tracker
from generation.unclip.upsampler import PixelShuffleUpsampler
from generation.unclip.upstream import DPMSolverMultistepScheduler, PriorTransformer

EMBED_BATCH = 32


class Engine:
    """One loaded checkpoint. Not for several threads at once."""

    def __init__(self, checkpoint: str, name: str, clip: Clip, prior: Prior, decoder: Decoder, upsampler: Any) -> None:
        self.checkpoint = checkpoint
        self.clip_model = f"{name}/clip"
        self.clip, self.prior, self.decoder, self.upsampler = clip, prior, decoder, upsampler
        self.no_text = self._no_text()

    @classmethod
    def load(cls, checkpoint: str | Path = "starter", device: str = "auto", dtype: str = "auto") -> Self:
        """Reads `starter` or a checkpoint folder. Raises CheckpointNotFound, CheckpointInvalid."""
        folder = find_checkpoint(checkpoint)
        index = read_json(folder / "model_index.json")
        place = {"device": pick_device(device), "dtype": pick_dtype(dtype, pick_device(device))}
        try:
            defaults, name = index["defaults"], index["name"]
            clip = Clip.from_pretrained(folder / "clip").to(**place)
            prior = Prior(
                _read(PriorTransformer, folder / "prior", place),
                DPMSolverMultistepScheduler.from_pretrained(folder / "prior_scheduler"),
                defaults["prior_steps"],
                defaults["prior_guidance_scale"],
            )
            decoder = Decoder(
                _read(HourglassDecoder, folder / "decoder", place),
                DPMSolverMultistepScheduler.from_pretrained(folder / "decoder_scheduler"),
                defaults["steps"],
                defaults["guidance_scale"],
            )
            upsampler = _read(PixelShuffleUpsampler, folder / "upsampler", place)
        except (OSError, KeyError, ValueError, RuntimeError) as exc:
            raise CheckpointInvalid(f"The model checkpoint at {folder} cannot be read: {exc}") from exc
        return cls(str(checkpoint), name, clip, prior, decoder, upsampler)

    def generate(self, request: Drawing, on_progress: OnProgress = ignore_progress) -> list[Sample]:
        """Draws `request.count` pictures. Raises OutOfMemory, EmbeddingMismatch, and whatever `on_progress` raises."""
        seeds = [request.seed + k for k in range(request.count)]
        steps = request.steps or self.decoder.steps
        before = {"text": 1, "prior": self.prior.steps} if isinstance(request, TextToImage) else {}
        after = {"upsampler": len(seeds)} if request.size > self.decoder.model.config.sample_size else {}
        tracker = Tracker(on_progress, {**before, "decoder": steps, **after})
        with out_of_memory_as_error():
            image_embedding, text_embedding = self._conditions(request, seeds, tracker)
            base = self.decoder.draw(
                image_embedding, text_embedding, seeds, tracker.stage("decoder"), steps, request.guidance_scale
            )
            images = self._upsample(base, image_embedding, tracker) if after else to_images(base)
        embeddings = [tuple(row) for row in image_embedding.float().tolist()]
        return [Sample(*each) for each in zip(images, seeds, embeddings, strict=True)]

    @torch.no_grad()
    def embed_text(self, texts: Sequence[str]) -> list[tuple[float, ...]]:
        """Unit text embeddings z_t, one for each text."""
        return [tuple(row) for row in self.clip.encode_text(texts).embedding.float().tolist()] if texts else []

    @torch.no_grad()
    def embed_images(self, images: Sequence[Image.Image]) -> list[tuple[float, ...]]:
        """Unit image embeddings z_i, one for each picture, whatever its size or mode."""
        rows: list[tuple[float, ...]] = []
        for start in range(0, len(images), EMBED_BATCH):
            pixels = to_tensor(images[start : start + EMBED_BATCH], self.decoder.model.config.sample_size)
            pixels = pixels.to(self.clip.device, self.decoder.model.dtype)
            rows += [tuple(row) for row in self.clip.encode_images(pixels).float().tolist()]
        return rows

    def _conditions(self, request: Drawing, seeds: Sequence[int], tracker: Tracker) -> tuple[Tensor, Tensor | None]:
        """What the decoder draws from: unit image embeddings (B, D), and text embeddings where there is a prompt."""
        match request:
            case TextToImage(prompt=prompt):
                text = self._encode(prompt, len(seeds))
                tracker.stage("text")(1)
                return self.prior.draw(text, self.no_text, seeds, tracker.stage("prior")), text.embedding
            case Variations(image_embedding=given):
                return self._place(given).expand(len(seeds), -1), None
        raise TypeError(f"The engine does not know how to draw {type(request).__name__}.")

    def _place(self, embedding: Sequence[float]) -> Tensor:
        """The embedding (1, D) on the model's device. Raises EmbeddingMismatch."""
        if len(embedding) != self.clip.embedding_dim:
            raise EmbeddingMismatch
        return torch.tensor([embedding], device=self.clip.device, dtype=self.decoder.model.dtype)

    @torch.no_grad()
    def _encode(self, prompt: str, count: int) -> TextFeatures:
        return TextFeatures(*(each.expand(count, *each.shape[1:]) for each in self.clip.encode_text([prompt])))

    @torch.no_grad()
    def _no_text(self) -> TextFeatures:
        return self.clip.encode_text([""])

    @torch.no_grad()
    def _upsample(self, base: Tensor, image_embedding: Tensor, tracker: Tracker) -> list[Image.Image]:
        images: list[Image.Image] = []
        report = tracker.stage("upsampler")
        for number in range(len(base)):
            one = slice(number, number + 1)
            images += to_images(self.upsampler(base[one], image_embedding[one]))
            report(number + 1)
        return images


def _read(model: Any, folder: Path, place: dict[str, Any]) -> Any:
    return model.from_pretrained(folder, torch_dtype=place["dtype"], use_safetensors=True).to(place["device"]).eval()


def pick_device(device: str) -> torch.device:
    """`auto` is CUDA, then Apple's MPS, then the CPU."""
    if device != "auto":
        return torch.device(device)
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def pick_dtype(dtype: str, device: torch.device) -> torch.dtype:
    """`auto` is bf16 on CUDA, else fp32."""
    if dtype == "auto":
        return torch.bfloat16 if device.type == "cuda" and torch.cuda.is_bf16_supported() else torch.float32
    return {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}[dtype]


@contextmanager
def out_of_memory_as_error() -> Iterator[None]:
    """Turns every device's way of running out of memory into OutOfMemory."""
    try:
        yield
    except (MemoryError, torch.OutOfMemoryError) as exc:
        raise OutOfMemory from exc
    except RuntimeError as exc:
        if "allocate memory" not in str(exc):
            raise
        raise OutOfMemory from exc
