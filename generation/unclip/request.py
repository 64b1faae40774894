"""What the engine is asked for, what it reports on the way and what it gives back. Free of torch."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import isclose, isfinite
from typing import Self

import numpy as np
from PIL import Image

from generation.unclip.pictures import flatten, hole, upright

MAX_PROMPT = 1000
MAX_COUNT = 16
MAX_SEED = 2**63 - MAX_COUNT
MAX_PARTS = 4
#: How far a text diff may turn an embedding, in half turns of the slerp (paper, section 3.3 goes from 0.25 to 0.5).
MAX_THETA = 0.5
MAX_BORDER = 1024
#: A picture's sides come in multiples of this, up to the most.
SIDE_STEP, MAX_SIDE = 64, 2048
Embedding = tuple[float, ...]


def _check_prompt(prompt: str) -> None:
    if not prompt.strip():
        raise ValueError("The prompt is empty; describe the picture you want.")
    if len(prompt) > MAX_PROMPT:
        raise ValueError(f"The prompt is longer than {MAX_PROMPT:,} characters.")


def _check_embedding(embedding: Embedding) -> None:
    if not isclose(sum(x * x for x in embedding), 1, abs_tol=0.02):
        raise ValueError("The image embedding must be a vector of length 1.")


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """`count` pictures; picture k is drawn from seed `seed + k`, whatever else is in the batch.

    A `draft` is the decoder's own picture, not upsampled. `steps` and `guidance_scale` of None mean the checkpoint's
    own defaults. Raises ValueError on values out of range.
    """

    count: int = 1
    seed: int = 0
    draft: bool = False
    steps: int | None = None
    guidance_scale: float | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.count <= MAX_COUNT:
            raise ValueError(f"The count must be between 1 and {MAX_COUNT}.")
        if not 0 <= self.seed <= MAX_SEED:
            raise ValueError(f"The seed must be between 0 and {MAX_SEED}.")
        if self.steps is not None and not 1 <= self.steps <= 1000:
            raise ValueError("The number of steps must be between 1 and 1,000.")
        if self.guidance_scale is not None and not 0 <= self.guidance_scale <= 50:
            raise ValueError("The guidance scale must be between 0 and 50.")

    @property
    def seeds(self) -> list[int]:
        return [self.seed + k for k in range(self.count)]

    def part(self, start: int, count: int) -> Self:
        """The same pictures from number `start` on, `count` of them."""
        return replace(self, seed=self.seed + start, count=count)


@dataclass(frozen=True, kw_only=True)
class Composition(Drawing):
    """A drawing from nothing but noise: `width` and `height` in pixels, None for the checkpoint's own.

    Most checkpoints draw squares of one size only, and the engine raises Unsupported for any other.
    """

    width: int | None = None
    height: int | None = None

    def __post_init__(self) -> None:
        for side in (self.width, self.height):
            if side is not None and (side % SIDE_STEP or not SIDE_STEP <= side <= MAX_SIDE):
                raise ValueError(f"Width and height must be multiples of {SIDE_STEP}, up to {MAX_SIDE:,} pixels.")
        super().__post_init__()


@dataclass(frozen=True)
class TextToImage(Composition):
    """Pictures of `prompt`. Without `prior`, the text embedding stands in for the image embedding (paper, 2.1)."""

    prompt: str
    prior: bool = True

    def __post_init__(self) -> None:
        _check_prompt(self.prompt)
        super().__post_init__()


@dataclass(frozen=True)
class Variations(Composition):
    """Pictures like the one whose unit image embedding is given, without a prompt (paper, section 3.1).

    What the embedding holds stays, such as the subject, its style and its colors; what it leaves open is drawn anew.
    """

    image_embedding: Embedding

    def __post_init__(self) -> None:
        _check_embedding(self.image_embedding)
        super().__post_init__()


@dataclass(frozen=True)
class Part:
    """One of the things blended: a unit image embedding, or a text, with its weight."""

    source: str | Embedding
    weight: float = 1.0

    def __post_init__(self) -> None:
        _check_prompt(self.source) if isinstance(self.source, str) else _check_embedding(self.source)
        if not (isfinite(self.weight) and self.weight >= 0):
            raise ValueError("A weight must be a number that is not negative.")


@dataclass(frozen=True)
class Blend(Composition):
    """Pictures between two to four images and texts, by spherical interpolation (paper, section 3.2).

    Weights are shares: only their ratios count.
    """

    parts: tuple[Part, ...]

    def __post_init__(self) -> None:
        if not 2 <= len(self.parts) <= MAX_PARTS:
            raise ValueError(f"Blend two to {MAX_PARTS} images or texts.")
        if not sum(part.weight for part in self.parts) > 0:
            raise ValueError("At least one weight must be above zero.")
        super().__post_init__()


@dataclass(frozen=True)
class TextDiff(Drawing):
    """`image` changed the way that `prompt` differs from `base_prompt` (paper, section 3.3), its layout kept.

    Picture k is turned by `thetas[k]`, 0 (the image itself) to 0.5. Needs no seed.
    """

    image: Image.Image
    prompt: str
    base_prompt: str = "a photo"
    thetas: tuple[float, ...] = (0.25,)

    def __post_init__(self) -> None:
        for each in (self.prompt, self.base_prompt):
            _check_prompt(each)
        if not all(0 <= theta <= MAX_THETA for theta in self.thetas):
            raise ValueError(f"Theta must be between 0 and {MAX_THETA}.")
        if len(self.thetas) != self.count:
            raise ValueError("There must be one theta for each picture.")
        object.__setattr__(self, "image", flatten(self.image))
        super().__post_init__()

    def part(self, start: int, count: int) -> Self:
        return replace(self, seed=self.seed + start, count=count, thetas=self.thetas[start : start + count])


@dataclass(frozen=True)
class Reconstruction(Drawing):
    """`image` through (z_i, x_T) and back (paper, section 3): `eta` 0 gives it again, more loosens it, 1 most."""

    image: Image.Image
    eta: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.eta <= 1:
            raise ValueError("Eta must be between 0 and 1.")
        object.__setattr__(self, "image", flatten(self.image))
        super().__post_init__()


@dataclass(frozen=True)
class Edit(Drawing):
    """`image` with the part under the transparent pixels of `mask` drawn anew, as `prompt` says.

    An empty prompt goes on in the manner of the image. Raises PictureInvalid for a mask that does not fit.
    """

    image: Image.Image
    mask: Image.Image
    prompt: str = ""

    def __post_init__(self) -> None:
        if self.prompt:
            _check_prompt(self.prompt)
        image = upright(self.image)
        hole(self.mask, image.size)
        object.__setattr__(self, "image", flatten(image))
        super().__post_init__()


def outpaint(image: Image.Image, sides: Sequence[int], prompt: str = "", **options: object) -> Edit:
    """The Edit that draws beyond the border: `sides` are the pixels to add left, top, right and bottom."""
    left, top, right, bottom = sides
    if min(sides) < 0 or not 0 < max(sides) <= MAX_BORDER:
        raise ValueError(f"Add between 1 and {MAX_BORDER:,} pixels on a side, and 0 on the others.")
    picture = flatten(image)
    size = (left + picture.width + right, top + picture.height + bottom)
    # What will be drawn over is filled from the border, for whoever looks at the whole to tell what it shows.
    canvas = Image.fromarray(np.pad(np.asarray(picture), ((top, bottom), (left, right), (0, 0)), "edge"))
    mask = Image.new("RGBA", size)
    mask.paste("black", (left, top, left + picture.width, top + picture.height))
    return Edit(canvas, mask, prompt, **options)


@dataclass(frozen=True)
class Upsample(Drawing):
    """`image` four times as wide and high; of a draft with its `image_embedding`, what a full run would have given."""

    image: Image.Image
    image_embedding: Embedding | None = None

    def __post_init__(self) -> None:
        if self.image_embedding is not None:
            _check_embedding(self.image_embedding)
        if self.draft or self.count > 1:
            raise ValueError("One picture is upsampled at a time, and the result is no draft.")
        object.__setattr__(self, "image", flatten(self.image))
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
    image_embedding: Embedding


OnProgress = Callable[[Progress], None]


def ignore_progress(progress: Progress) -> None:
    """The callback of a caller that does not want to know."""
