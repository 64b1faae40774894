"""Packs the trained stages into one checkpoint folder: diffusers' layout, half-precision safetensors."""

import json
import shutil
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from generation.unclip.checkpoint import SUBJECTS
from generation.unclip.clip import Clip
from generation.unclip.upstream import ModelMixin

from .decoder_stage import STEPS, leaping_scheduler
from .prior_stage import flow_scheduler
from .stages import COMPONENTS, component

#: How the checkpoint draws when nobody says otherwise.
DEFAULTS = {
    "prior_steps": 3,
    "prior_guidance_scale": 2.0,
    "steps": STEPS,
    "guidance_scale": 1.0,
    "takes": 6,
    "noise": 1.0,
}
CLASSES = {
    "clip": ["open_clip", "CustomTextCLIP"],
    "prior": ["diffusers", "PriorTransformer"],
    "prior_scheduler": ["diffusers", "DPMSolverMultistepScheduler"],
    "decoder": ["generation.unclip.decoder", "HourglassDecoder"],
    "decoder_scheduler": ["generation.unclip.renoising", "RenoisingScheduler"],
    "ranker": ["generation.unclip.ranker", "Ranker"],
    "upsampler": ["generation.unclip.upsampler", "PixelShuffleUpsampler"],
}


def pack(run: Path, out: Path, name: str, subjects: Sequence[str] = (), defaults: dict[str, Any] | None = None) -> int:
    """Writes the checkpoint `name` from the averaged weights in `run` and returns its size in bytes.

    Components in `out` are replaced, and the list of what it draws where `subjects` are given; other files (a model
    card, say) stay. Raises StageMissing.
    """
    folders = {stage: component(run, stage, needed_by="pack") for stage in ("clip", *COMPONENTS)}
    out.mkdir(parents=True, exist_ok=True)
    for part in CLASSES:
        shutil.rmtree(out / part, ignore_errors=True)
    Clip.from_pretrained(folders["clip"]).half().save_pretrained(out / "clip")
    for stage, model in COMPONENTS.items():
        save_component(model.from_pretrained(folders[stage]).half(), out / stage)
    if subjects:
        (out / SUBJECTS).write_text("".join(f"{each}\n" for each in subjects), encoding="utf-8")
    write_index(out, name, defaults)
    return sum(file.stat().st_size for file in out.rglob("*") if file.is_file())


def save_component(model: ModelMixin, folder: Path) -> None:
    """Saves without the path it was read from, which is nobody's business."""
    model.save_pretrained(folder)
    path = folder / "config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    config.pop("_name_or_path", None)
    path.write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def write_index(out: Path, name: str, defaults: dict[str, Any] | None = None) -> None:
    """The schedulers, and model_index.json last: a folder without it is no checkpoint yet."""
    flow_scheduler().save_pretrained(out / "prior_scheduler")
    leaping_scheduler().save_pretrained(out / "decoder_scheduler")
    index = {
        "_class_name": "UnCLIP",
        "_diffusers_version": version("diffusers"),
        "name": name,
        "defaults": DEFAULTS | (defaults or {}),
        **CLASSES,
    }
    (out / "model_index.json").write_text(json.dumps(index, indent=2) + "\n", encoding="utf-8")
