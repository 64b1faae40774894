"""Reads a published checkpoint's components into stages. Safetensors only; nothing a folder holds is ever run."""

from pathlib import Path
from typing import Any

import torch

from generation.unclip.checkpoint import Checkpoint, read_json
from generation.unclip.errors import CheckpointInvalid
from generation.unclip.families import kandinsky, karlo
from generation.unclip.families.causal import CausalPrior
from generation.unclip.families.offload import OneAtATime
from generation.unclip.families.prior import Prior
from generation.unclip.families.schedulers import AncestralScheduler, LastSteps
from generation.unclip.families.text_projection import TextProjection
from generation.unclip.families.towers import Towers
from generation.unclip.stages import Parts
from generation.unclip.upstream import (
    CLIPImageProcessor,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    CLIPVisionModelWithProjection,
    DDIMScheduler,
    DDPMScheduler,
    UNet2DConditionModel,
    UNet2DModel,
    VQModel,
)

PRIOR_METHODS = ("remember", "predict", "post_process_latents")
#: The schedulers that Kandinsky's decoder is published with.
SCHEDULERS = {"DDIMScheduler": DDIMScheduler, "DDPMScheduler": DDPMScheduler}


class Reader:
    """Reads components: to `device` in `dtype`, or with `offload` to the CPU until each is called."""

    def __init__(self, device: torch.device, dtype: torch.dtype, offload: bool = False) -> None:
        self.device, self.dtype = device, dtype
        self.turns = OneAtATime(device) if offload else None

    def model(self, kind: Any, folder: Path, *methods: str) -> Any:
        """A model of diffusers; `methods` are those it is used by beside being called."""
        model = kind.from_pretrained(folder, torch_dtype=self.dtype, use_safetensors=True, local_files_only=True)
        return self._placed(model, *methods)

    def tower(self, kind: Any, folder: Path) -> Any:
        """A model of transformers."""
        model = kind.from_pretrained(folder, dtype=self.dtype, use_safetensors=True, local_files_only=True)
        return self._placed(model)

    def _placed(self, model: Any, *methods: str) -> Any:
        model = model.eval().requires_grad_(False)
        if self.turns:
            self.turns.manage(model, *methods)
            return model
        return model.to(self.device)


def load_karlo(checkpoint: Checkpoint, reader: Reader) -> Parts:
    """Text to image, and from pictures too where the image variations are there."""
    main, variations = checkpoint.folders["main"], checkpoint.folders.get("variations")
    prior = Prior(
        reader.model(CausalPrior, main / "prior", *PRIOR_METHODS),
        AncestralScheduler.from_pretrained(main / "prior_scheduler"),
    )
    encoder = _towers(main, variations, "feature_extractor", prior, reader)
    decoder = karlo.Decoder(
        reader.model(UNet2DConditionModel, main / "decoder"),
        reader.model(TextProjection, main / "text_proj"),
        encoder,
        AncestralScheduler.from_pretrained(main / "decoder_scheduler"),
    )
    upsampler = karlo.Upsampler(
        reader.model(UNet2DModel, main / "super_res_first"),
        reader.model(UNet2DModel, main / "super_res_last"),
        LastSteps.from_pretrained(main / "super_res_scheduler"),
    )
    return Parts(checkpoint.name, encoder, prior, decoder, upsampler)


def load_kandinsky(checkpoint: Checkpoint, reader: Reader) -> Parts:
    """The decoder's picture is the finished one, so there is no upsampler."""
    folders = checkpoint.folders
    prior = Prior(
        reader.model(CausalPrior, folders["prior"] / "prior", *PRIOR_METHODS),
        AncestralScheduler.from_pretrained(folders["prior"] / "scheduler"),
    )
    encoder = _towers(folders["prior"], folders["prior"], "image_processor", prior, reader)
    inpaint = folders.get("inpaint")
    decoder = kandinsky.Decoder(
        reader.model(UNet2DConditionModel, folders["decoder"] / "unet"),
        reader.model(VQModel, folders["decoder"] / "movq", "encode", "decode"),
        encoder,
        _scheduler(folders["decoder"] / "scheduler"),
        reader.model(UNet2DConditionModel, inpaint / "unet") if inpaint else None,
    )
    return Parts(checkpoint.name, encoder, prior, decoder, None)


def _towers(texts: Path, pictures: Path | None, processor: str, prior: Prior, reader: Reader) -> Towers:
    return Towers(
        reader.tower(CLIPTextModelWithProjection, texts / "text_encoder"),
        CLIPTokenizer.from_pretrained(texts / "tokenizer", local_files_only=True),
        reader.tower(CLIPVisionModelWithProjection, pictures / "image_encoder") if pictures else None,
        CLIPImageProcessor.from_pretrained(pictures / processor, local_files_only=True) if pictures else None,
        prior.length,
        reader.device,
    )


def _scheduler(folder: Path) -> Any:
    name = read_json(folder / "scheduler_config.json").get("_class_name")
    if name not in SCHEDULERS:
        raise CheckpointInvalid(f"The scheduler in {folder} is a {name}; known are {' and '.join(SCHEDULERS)}.")
    return SCHEDULERS[name].from_pretrained(folder)


LOADERS = {"karlo": load_karlo, "kandinsky": load_kandinsky}
