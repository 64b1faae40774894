"""What the engine is asked for, what it reports on the way and what it gives back. Free of torch."""

from collections.abc import Callable
from dataclasses import dataclass
from math import isclose

from PIL import Image

MAX_PROMPT = 1000
MAX_COUNT = 16
MAX_SEED = 2**63 - MAX_COUNT


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """`count` pictures; picture k is drawn from seed `seed + k`, whatever else is in the batch.

    `size` is the edge in pixels (256, or less for the base stage alone). `steps` and `guidance_scale` of None
    mean the checkpoint's own defaults. Raises ValueError on values out of range.
    """

    count: int = 1
    seed: int = 0
    size: int = 256
    steps: int | None = None
    guidance_scale: float | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.count <= MAX_COUNT:
            raise ValueError(f"The count must be between 1 and {MAX_COUNT}.")
        if not 0 <= self.seed <= MAX_SEED:
            raise ValueError(f"The seed must be between 0 and {MAX_SEED}.")
        if self.size not in (64, 256):
            raise ValueError("The size must be 64 or 256 pixels.")
        if self.steps is not None and not 1 <= self.steps <= 1000:
            raise ValueError("The number of steps must be between 1 and 1,000.")
        if self.guidance_scale is not None and not 0 <= self.guidance_scale <= 50:
            raise ValueError("The guidance scale must be between 0 and 50.")


@dataclass(frozen=True)
class TextToImage(Drawing):
    """Pictures of `prompt`."""

    prompt: str

    def __post_init__(self) -> None:
        if not self.prompt.strip():
            raise ValueError("The prompt is empty; describe the picture you want.")
        if len(self.prompt) > MAX_PROMPT:
            raise ValueError(f"The prompt is longer than {MAX_PROMPT:,} characters.")
        super().__post_init__()


@dataclass(frozen=True)
class Variations(Drawing):
    """Pictures like the one whose unit image embedding is given, without a prompt (paper, section 3.1).

    What the embedding holds stays, such as the subject, its style and its colors; what it leaves open is drawn anew.
    """

    image_embedding: tuple[float, ...]

    def __post_init__(self) -> None:
        if not isclose(sum(x * x for x in self.image_embedding), 1, abs_tol=0.02):
            raise ValueError("The image embedding must be a vector of length 1.")
        super().__post_init__()


@dataclass(frozen=True)
class Progress:
    """Where a drawing stands: step `step` of `steps` in `stage`, `fraction` (0 to 1, never falling) of the whole.

    `previews` holds one small RGB picture for each picture being drawn, where the stage has something to show.
    """

    stage: str
    step: int
    steps: int
    fraction: float
    previews: tuple[Image.Image, ...] = ()


@dataclass(frozen=True)
class Sample:
    """One finished RGB picture, the seed that draws it again and the unit-length image embedding that drew it."""

    image: Image.Image
    seed: int
    image_embedding: tuple[float, ...]


OnProgress = Callable[[Progress], None]


def ignore_progress(progress: Progress) -> None:
    """The callback of a caller that does not want to know."""
