"""Where checkpoints lie and what is in them: a folder in diffusers' layout, safetensors only. Free of torch."""

import json
from pathlib import Path
from typing import Any

from generation.unclip.errors import CheckpointInvalid, CheckpointNotFound

STARTER = Path(__file__).parent / "starter"
#: What a checkpoint draws best, one phrase a line, in the words of its captions; a checkpoint may go without.
SUBJECTS = "subjects.txt"
STAGES = ("clip", "prior", "decoder", "upsampler")


def find_checkpoint(name_or_path: str | Path) -> Path:
    """The folder of a checkpoint given as `starter` or as a path; raises CheckpointNotFound, CheckpointInvalid."""
    folder = STARTER if str(name_or_path) == "starter" else Path(name_or_path)
    if not (folder / "model_index.json").is_file():
        raise CheckpointNotFound(
            f"There is no model checkpoint at {folder}. Set AIRBRUSH_CHECKPOINT to a checkpoint folder, or to "
            "“starter” for the model that comes with Airbrush."
        )
    for stage in STAGES:
        if not any((folder / stage).glob("*.safetensors")):
            raise CheckpointInvalid(f"The model checkpoint at {folder} has no weights for its {stage}.")
    return folder


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
