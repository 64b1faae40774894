"""Tiny checkpoints with random weights, built and saved by diffusers' own pipelines, to compare the engine with."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import diffusers
import torch
import transformers
from diffusers import (
    DDIMScheduler,
    DDPMScheduler,
    KandinskyV22InpaintPipeline,
    KandinskyV22Pipeline,
    KandinskyV22PriorPipeline,
    PriorTransformer,
    UnCLIPImageVariationPipeline,
    UnCLIPPipeline,
    UnCLIPScheduler,
    UNet2DConditionModel,
    UNet2DModel,
    VQModel,
)
from diffusers.pipelines.deprecated.unclip.text_proj import UnCLIPTextProjModel
from transformers import (
    CLIPImageProcessor,
    CLIPTextConfig,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    CLIPVisionConfig,
    CLIPVisionModelWithProjection,
)

DIM = 32
WORDS = ("red", "apple", "a", "photo", "of", "fox")
#: What `model_index.json` says of the text projection in the checkpoint that was published.
PUBLISHED_TEXT_PROJECTION = ["unclip", "UnCLIPTextProjModel"]
CROSS_ATTENTION_BLOCKS = {
    "down_block_types": ("ResnetDownsampleBlock2D", "SimpleCrossAttnDownBlock2D"),
    "up_block_types": ("SimpleCrossAttnUpBlock2D", "ResnetUpsampleBlock2D"),
    "mid_block_type": "UNetMidBlock2DSimpleCrossAttn",
    "block_out_channels": (32, 64),
    "layers_per_block": 1,
    "attention_head_dim": 4,
    "resnet_time_scale_shift": "scale_shift",
}


def seeded(build, *arguments, seed=0, **options):
    torch.manual_seed(seed)
    return build(*arguments, **options).eval()


@dataclass(frozen=True)
class KarloShape:
    """The sizes of Karlo's networks."""

    dim: int
    cross_attention_dim: int
    text: dict[str, Any]
    prior: dict[str, Any]
    decoder: dict[str, Any]
    super_res: dict[str, Any]


TINY = KarloShape(
    dim=DIM,
    cross_attention_dim=100,
    text={"intermediate_size": 37, "num_attention_heads": 4, "num_hidden_layers": 2, "vocab_size": 100},
    prior={"num_attention_heads": 2, "attention_head_dim": 12, "num_layers": 2},
    decoder={**CROSS_ATTENTION_BLOCKS, "sample_size": 8},
    super_res={
        "down_block_types": ("ResnetDownsampleBlock2D", "ResnetDownsampleBlock2D"),
        "up_block_types": ("ResnetUpsampleBlock2D", "ResnetUpsampleBlock2D"),
        "block_out_channels": (32, 64),
        "layers_per_block": 1,
        "sample_size": 32,
    },
)


def write_karlo(
    folder: Path, image_variations: bool = True, shape: KarloShape = TINY, dtype: torch.dtype = torch.float32
) -> Path:
    """`folder`, as UnCLIPPipeline saves it, and beside it the image variations, as theirs does."""
    time_embed_dim = 4 * shape.decoder["block_out_channels"][0]
    across = {"cross_attention_dim": shape.cross_attention_dim}
    torch.set_default_dtype(dtype)
    shared = {
        "text_encoder": text_encoder(shape.dim, shape.text),
        "tokenizer": tokenizer(),
        "text_proj": seeded(
            UnCLIPTextProjModel, clip_embeddings_dim=shape.dim, time_embed_dim=time_embed_dim, **across
        ),
        "decoder": seeded(
            *(UNet2DConditionModel,),
            **shape.decoder,
            **across,
            in_channels=3,
            out_channels=6,
            class_embed_type="identity",
        ),
        "super_res_first": super_res(shape, seed=1),
        "super_res_last": super_res(shape, seed=2),
        "decoder_scheduler": UnCLIPScheduler(variance_type="learned_range"),
        "super_res_scheduler": UnCLIPScheduler(),
    }
    whole = {"prior": prior(shape.dim, shape.prior), "prior_scheduler": prior_scheduler(5.0), **shared}
    UnCLIPPipeline(**whole).save_pretrained(folder)
    if image_variations:
        pictures = {"image_encoder": image_encoder(), "feature_extractor": image_processor()}
        UnCLIPImageVariationPipeline(**shared, **pictures).save_pretrained(f"{folder}-image-variations")
    torch.set_default_dtype(torch.float32)
    return folder


def prior_scheduler(bound: float) -> UnCLIPScheduler:
    return UnCLIPScheduler(prediction_type="sample", clip_sample_range=bound)


def read_reference(pipeline, folder: Path):
    """The pipeline on the weights in `folder`; from_pretrained fails on its own text projection, so part by part."""
    parts = {}
    for name, entry in json.loads((folder / "model_index.json").read_text()).items():
        if isinstance(entry, list):
            kind = {"UnCLIPTextProjModel": UnCLIPTextProjModel}.get(entry[1])
            kind = kind or getattr({"diffusers": diffusers, "transformers": transformers}[entry[0]], entry[1])
            parts[name] = kind.from_pretrained(folder / name)
    pipe = pipeline(**parts)
    pipe.set_progress_bar_config(disable=True)
    return pipe


def as_published(folder: Path) -> Path:
    """Spells the text projection as the published checkpoint does."""
    index = json.loads((folder / "model_index.json").read_text())
    index["text_proj"] = PUBLISHED_TEXT_PROJECTION
    (folder / "model_index.json").write_text(json.dumps(index))
    return folder


def write_kandinsky(folder: Path, stochastic: bool = False, inpaint: bool = True) -> Path:
    """`folder`/tiny-prior, -decoder and -decoder-inpaint, as the three pipelines save them; returns the decoder's."""
    KandinskyV22PriorPipeline(
        prior=prior(),
        image_encoder=image_encoder(),
        text_encoder=text_encoder(),
        tokenizer=tokenizer(),
        scheduler=prior_scheduler(10.0),
        image_processor=image_processor(),
    ).save_pretrained(folder / "tiny-prior")
    parts = {"movq": movq(), "scheduler": kandinsky_scheduler(stochastic)}
    KandinskyV22Pipeline(unet=kandinsky_unet(4), **parts).save_pretrained(folder / "tiny-decoder")
    if inpaint:
        inpainting = KandinskyV22InpaintPipeline(unet=kandinsky_unet(9), **parts)
        inpainting.save_pretrained(folder / "tiny-decoder-inpaint")
    return folder / "tiny-decoder"


def tokenizer() -> CLIPTokenizer:
    letters = sorted({letter for word in WORDS for letter in word})
    tokens = ["<|startoftext|>", "<|endoftext|>", *letters, *(f"{letter}</w>" for letter in letters)]
    return CLIPTokenizer(vocab={token: number for number, token in enumerate(tokens)}, merges=[], model_max_length=77)


def text_encoder(dim: int = DIM, sizes: dict[str, Any] = TINY.text) -> CLIPTextModelWithProjection:
    tokens = {"bos_token_id": 0, "eos_token_id": 1, "pad_token_id": 1}
    return seeded(CLIPTextModelWithProjection, CLIPTextConfig(hidden_size=dim, projection_dim=dim, **sizes, **tokens))


def image_encoder() -> CLIPVisionModelWithProjection:
    config = CLIPVisionConfig(
        hidden_size=DIM,
        projection_dim=DIM,
        intermediate_size=37,
        num_attention_heads=4,
        num_hidden_layers=2,
        image_size=32,
        patch_size=8,
    )
    return seeded(CLIPVisionModelWithProjection, config)


def image_processor() -> CLIPImageProcessor:
    return CLIPImageProcessor(crop_size={"height": 32, "width": 32}, size={"shortest_edge": 32}, resample=3)


def prior(dim: int = DIM, sizes: dict[str, Any] = TINY.prior) -> PriorTransformer:
    model = seeded(PriorTransformer, embedding_dim=dim, **sizes)
    model.clip_mean.data.normal_(generator=torch.Generator().manual_seed(1))
    model.clip_std.data.fill_(1.5)
    return model


def super_res(shape: KarloShape, seed: int) -> UNet2DModel:
    return seeded(UNet2DModel, seed=seed, **shape.super_res, in_channels=6, out_channels=3, add_attention=False)


def kandinsky_unet(channels: int) -> UNet2DConditionModel:
    return seeded(
        UNet2DConditionModel,
        **CROSS_ATTENTION_BLOCKS,
        sample_size=16,
        in_channels=channels,
        out_channels=8,
        addition_embed_type="image",
        encoder_hid_dim=DIM,
        encoder_hid_dim_type="image_proj",
        cross_attention_dim=DIM,
    )


def movq() -> VQModel:
    return seeded(
        VQModel,
        block_out_channels=[32, 64],
        down_block_types=["DownEncoderBlock2D", "AttnDownEncoderBlock2D"],
        up_block_types=["AttnUpDecoderBlock2D", "UpDecoderBlock2D"],
        latent_channels=4,
        layers_per_block=1,
        norm_num_groups=8,
        norm_type="spatial",
        num_vq_embeddings=12,
        vq_embed_dim=4,
    )


def kandinsky_scheduler(stochastic: bool) -> DDIMScheduler | DDPMScheduler:
    # Without bounds, random weights lead to latents so large that roundings of the MoVQ alone pass 1e-4.
    path = {"beta_schedule": "linear", "beta_start": 0.00085, "beta_end": 0.012, "clip_sample_range": 2.0}
    if stochastic:
        return DDPMScheduler(**path, variance_type="learned_range")
    return DDIMScheduler(**path, set_alpha_to_one=False, steps_offset=1)
