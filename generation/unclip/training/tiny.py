"""A tiny checkpoint with random weights: every stage is real, nothing it draws means anything. For tests."""

from pathlib import Path

import torch

from generation.unclip.clip import Clip
from generation.unclip.decoder import HourglassDecoder
from generation.unclip.upsampler import PixelShuffleUpsampler
from generation.unclip.upstream import PriorTransformer

from .captions import Record
from .pack import save_component, write_index
from .tokenizer import END_ID, PAD_ID, train_tokenizer

WIDTH = 32
VOCABULARY = 300
STEPS = {"prior_steps": 2, "steps": 4}


def write_tiny_checkpoint(folder: Path, seed: int = 0) -> Path:
    """Writes a checkpoint of under 1 MB, which draws 256-pixel pictures, into `folder`, and returns `folder`."""
    torch.manual_seed(seed)
    apple = Record("red apple", "red apple", "3d-icon", ("fruit",), "red", "tiny", "CC0-1.0", "train")
    clip = Clip(tiny_clip_config(), train_tokenizer([apple], VOCABULARY))
    clip.save_pretrained(folder / "clip")
    prior = PriorTransformer(
        num_attention_heads=2, attention_head_dim=16, num_layers=1, embedding_dim=WIDTH, num_embeddings=16
    )
    decoder = HourglassDecoder(
        embedding_dim=WIDTH,
        outer_dim=32,
        inner_dim=64,
        inner_layers=1,
        head_dim=32,
        context_tokens=1,
        refine_channels=4,
    )
    upsampler = PixelShuffleUpsampler(channels=8, layers=1, embedding_dim=WIDTH)
    for name, model in (("prior", prior), ("decoder", decoder), ("upsampler", upsampler)):
        for parameter in model.parameters():
            parameter.data = torch.randn_like(parameter) * 0.02
        save_component(model, folder / name)
    write_index(folder, "tiny", STEPS)
    return folder


def tiny_clip_config(vocab_size: int = VOCABULARY) -> dict:
    """An open_clip configuration that a test can afford."""
    return {
        "embed_dim": WIDTH,
        "vision_cfg": {"image_size": 16, "patch_size": 8, "width": WIDTH, "head_width": 16, "layers": 1},
        "text_cfg": {
            "context_length": 16,
            "vocab_size": vocab_size,
            "width": WIDTH,
            "heads": 2,
            "layers": 1,
            "pad_id": PAD_ID,
            "eos_id": END_ID,
            "pool_type": "eos",
        },
    }
