"""Where checkpoints lie and what is in them: folders in diffusers' layout, safetensors only. Free of torch.

A checkpoint is of one family and may be spread over several folders, its roles: Kandinsky 2.2 is published as a prior,
a decoder and an inpainting decoder. Given one of them, the others are found beside it by their names.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generation.unclip.errors import CheckpointInvalid, CheckpointNotFound, PickleRefused
from generation.unclip.weights import PICKLES, read_weights

STARTER = Path(__file__).parent / "starter"
#: What a checkpoint draws best, one phrase a line, in the words of its captions; a checkpoint may go without.
SUBJECTS = "subjects.txt"
INDEX = "model_index.json"
HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+(@[\w.-]+)?")


@dataclass(frozen=True)
class Role:
    """One folder of a family: how its name ends, the class its index names, and the components that are used of it."""

    name: str
    ending: str
    index_class: str
    weights: tuple[str, ...]
    settings: tuple[str, ...] = ()
    optional: bool = False


FAMILIES = {
    "starter": (
        Role(
            *("main", "", "UnCLIP"),
            ("clip", "prior", "decoder", "ranker", "upsampler"),
            ("prior_scheduler", "decoder_scheduler"),
        ),
    ),
    "karlo": (
        Role(
            *("main", "", "UnCLIPPipeline"),
            ("text_encoder", "prior", "text_proj", "decoder", "super_res_first", "super_res_last"),
            ("tokenizer", "prior_scheduler", "decoder_scheduler", "super_res_scheduler"),
        ),
        Role(
            *("variations", "-image-variations", "UnCLIPImageVariationPipeline"),
            ("image_encoder",),
            ("feature_extractor",),
            optional=True,
        ),
    ),
    "kandinsky": (
        Role(
            *("prior", "-prior", "KandinskyV22PriorPipeline"),
            ("text_encoder", "image_encoder", "prior"),
            ("tokenizer", "image_processor", "scheduler"),
        ),
        Role("decoder", "-decoder", "KandinskyV22Pipeline", ("unet", "movq"), ("scheduler",)),
        Role("inpaint", "-decoder-inpaint", "KandinskyV22InpaintPipeline", ("unet",), optional=True),
    ),
}


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint on disk: the name it was asked for by, its family and the folder of each of its roles."""

    name: str
    family: str
    folders: dict[str, Path]

    @property
    def folder(self) -> Path:
        return next(iter(self.folders.values()))

    @property
    def draws_any_shape(self) -> bool:
        """Whether width and height may be chosen, rather than a square of the checkpoint's own size."""
        return self.family == "kandinsky"

    def components(self) -> Iterator[tuple[str, Path]]:
        """(name, folder) of each component with weights, such as ("prior", ...)."""
        for role in FAMILIES[self.family]:
            if role.name in self.folders:
                for part in role.weights:
                    yield (f"{role.name}/{part}" if role.optional else part), self.folders[role.name] / part


def find_checkpoint(name_or_path: str | Path) -> Checkpoint:
    """A checkpoint given as `starter`, as a path or by the name of one that was downloaded. Nothing is downloaded.

    Raises CheckpointNotFound, CheckpointInvalid, PickleRefused.
    """
    name, folder = str(name_or_path), STARTER if str(name_or_path) == "starter" else Path(name_or_path)
    if not folder.exists() and is_hub_name(name):
        from generation.unclip.hub import cached_folder

        folder = cached_folder(name)
    if folder.is_file() and folder.suffix in PICKLES:
        raise PickleRefused(folder)
    return _checked(_gather(name, folder))


def is_hub_name(name: str) -> bool:
    """Whether this may be the name of a repository on the hub, such as kakaobrain/karlo-v1-alpha."""
    return HUB_NAME.fullmatch(name) is not None and not name.startswith(".")


def _gather(name: str, folder: Path) -> Checkpoint:
    seen = _nearby(folder)
    for family, roles in FAMILIES.items():
        folders = {role.name: seen[role.index_class] for role in roles if role.index_class in seen}
        if not folders:
            continue
        for role in roles:
            if role.name not in folders and not role.optional:
                raise CheckpointInvalid(
                    f"The model checkpoint at {folder} lacks its {role.name}: put the folder that is published as "
                    f"“…{role.ending or stem(folder.name)}” beside it."
                )
        return Checkpoint(name, family, folders)
    if not seen and is_hub_name(name):
        raise CheckpointNotFound(
            f"The model checkpoint {name} is not here yet: `python -m generation.unclip download {name}` fetches it."
        )
    if not seen:
        raise CheckpointNotFound(
            f"There is no model checkpoint at {folder}. Set AIRBRUSH_CHECKPOINT to a checkpoint folder, or to "
            "“starter” for the model that comes with Airbrush."
        )
    raise CheckpointInvalid(
        f"The checkpoint at {folder} is a {' and a '.join(seen)}, which cannot be drawn with here: what can is "
        f"{', '.join(role.index_class for roles in FAMILIES.values() for role in roles)}."
    )


def _nearby(folder: Path) -> dict[str, Path]:
    """Folders by the class that their index names: this one and those published beside it, or those in it."""
    beside = [folder, *(folder.parent / f"{stem(folder.name)}{ending}" for ending in _endings())]
    candidates = beside if (folder / INDEX).is_file() else sorted(folder.glob("*/"))
    seen: dict[str, Path] = {}
    for candidate in candidates:
        if (candidate / INDEX).is_file():
            seen.setdefault(str(read_json(candidate / INDEX).get("_class_name")), candidate)
    return seen


def stem(name: str) -> str:
    """A folder's name without the ending that tells its role."""
    for ending in _endings():
        if ending and name.endswith(ending):
            return name.removesuffix(ending)
    return name


def _endings() -> list[str]:
    """The longest first."""
    return sorted({role.ending for roles in FAMILIES.values() for role in roles}, key=len, reverse=True)


def _checked(checkpoint: Checkpoint) -> Checkpoint:
    for _, folder in checkpoint.components():
        read_weights(folder)
        read_json(folder / "config.json")
    return checkpoint


def known_subjects(folder: Path) -> list[str]:
    """The phrases of the checkpoint's list of subjects, such as "a fox"; none where it has no list."""
    try:
        return (folder / SUBJECTS).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []


def read_json(path: Path) -> dict[str, Any]:
    """A configuration file of a checkpoint; raises CheckpointInvalid, naming the file."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as exc:
        raise CheckpointInvalid(f"The model checkpoint's {path.parent.name}/{path.name} cannot be read.") from exc
