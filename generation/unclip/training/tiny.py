"""A tiny checkpoint with random weights: every stage is real, nothing it draws means anything. For tests."""

from pathlib import Path

import torch

from generation.unclip.clip import Clip
from generation.unclip.decoder import HourglassDecoder
from generation.unclip.ranker import Ranker
from generation.unclip.upsampler import PixelShuffleUpsampler
from generation.unclip.upstream import PriorTransformer

from .captions import Record
from .clip_stage import clip_config
from .pack import save_component, write_index
from .recipes import load
from .tokenizer import train_tokenizer

DEFAULTS = {"prior_steps": 2, "steps": 4, "takes": 2}


def write_tiny_checkpoint(folder: Path, seed: int = 0) -> Path:
    """Writes a checkpoint of under 1 MB, which draws 256-pixel pictures, into `folder`, and returns `folder`."""
    torch.manual_seed(seed)
    recipes = load("tiny")
    apple = Record("red apple", "red apple", "3d-icon", ("fruit",), "red", "tiny", "CC0-1.0", "train")
    tokenizer = train_tokenizer([apple], recipes["clip"].vocabulary)
    clip = Clip(clip_config(recipes["clip"].model, tokenizer), tokenizer)
    clip.save_pretrained(folder / "clip")
    width, length = clip.embedding_dim, clip.config["text_cfg"]["context_length"]
    models = {
        "prior": PriorTransformer(**recipes["prior"].model, embedding_dim=width, num_embeddings=length),
        "decoder": HourglassDecoder(**recipes["decoder"].model, embedding_dim=width),
        "ranker": Ranker(**recipes["ranker"].model, embedding_dim=width),
        "upsampler": PixelShuffleUpsampler(**recipes["upsampler"].model, embedding_dim=width),
    }
    for name, model in models.items():
        for parameter in model.parameters():
            parameter.data = torch.randn_like(parameter) * 0.02
        save_component(model, folder / name)
    write_index(folder, "tiny", DEFAULTS)
    return folder
