"""What a checkpoint is: its stages, their sizes, the memory it needs and its license. Loads nothing. Free of torch."""

from dataclasses import dataclass

from generation.unclip.checkpoint import Checkpoint, read_json
from generation.unclip.weights import read_weights

#: Bytes of a number in memory.
WIDTHS = {"fp32": 4, "bf16": 2, "fp16": 2}
#: What drawing four pictures takes beside the weights, as a share of them; measured on Karlo's full size.
ACTIVATIONS = 0.15
SIZES = {"decoder": "decoder", "unet": "decoder", "super_res_last": "upsampler", "upsampler": "upsampler"}


@dataclass(frozen=True)
class Stage:
    """A component with weights: how many numbers, their bytes on disk, and the pixels an edge that it draws, if any."""

    name: str
    parameters: int
    size: int
    types: tuple[str, ...]
    pixels: int | None


@dataclass(frozen=True)
class Description:
    """A checkpoint, described from its files."""

    name: str
    family: str
    license: str
    stages: tuple[Stage, ...]

    @property
    def parameters(self) -> int:
        return sum(stage.parameters for stage in self.stages)

    @property
    def memory(self) -> dict[str, int]:
        """Bytes needed to draw, by type; with `offload` the largest stage's share of it."""
        return {name: round(self.parameters * width * (1 + ACTIVATIONS)) for name, width in WIDTHS.items()}


def describe(checkpoint: Checkpoint) -> Description:
    """Raises CheckpointInvalid where a file is damaged."""
    stages = []
    for name, folder in checkpoint.components():
        weights = read_weights(folder)
        config = read_json(folder / "config.json")
        pixels = config.get("sample_size") if folder.name in SIZES else None
        stages.append(Stage(name, weights.parameters, weights.size, tuple(sorted(weights.types)), pixels))
    return Description(checkpoint.name, checkpoint.family, _license(checkpoint), tuple(stages))


def _license(checkpoint: Checkpoint) -> str:
    """What the front matter of the README says, else the first words of LICENSE."""
    for folder in checkpoint.folders.values():
        readme = folder / "README.md"
        lines = readme.read_text(encoding="utf-8").splitlines() if readme.is_file() else []
        front = lines[1 : lines.index("---", 1)] if lines[:1] == ["---"] and "---" in lines[1:] else []
        named = [line.removeprefix("license:").strip() for line in front if line.startswith("license:")]
        if named:
            return named[0]
        if (folder / "LICENSE").is_file():
            return (folder / "LICENSE").read_text(encoding="utf-8").strip().splitlines()[0].strip()
    return "not told"
