"""What a person may ask for that begins with pictures they have: each request names its `parent` and says the rest.

Checked once, as in `request`: whoever holds one of these holds a valid one.
"""

import base64
import binascii
import io
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS
from PIL import Image as Pictures

from gallery.models import Image
from generation.models import Generation
from generation.presets import find_preset
from generation.request import MAX_COUNT, MAX_PROMPT, JobRequest, clean_prompt

MAX_BORDER = 512
MAX_MASK = 200_000  # characters of base64; a mask of two colors is far smaller
MAX_OTHERS = 3
#: Upsampled once more, a picture this wide would be larger than a page or a printer has use for.
MAX_UPSAMPLED = 1024


@dataclass(frozen=True)
class RemixRequest(JobRequest):
    """Pictures that come from `parent`, which the person asking must own; `words` are what is said of them."""

    operation = ""

    parent: Image
    words: str = field(default="", kw_only=True)

    def __post_init__(self) -> None:
        object.__setattr__(self, "words", clean_prompt(self.words))
        super().__post_init__()

    def _problems(self) -> Iterator[tuple[str, str]]:
        if len(self.words) > MAX_PROMPT:
            yield "words", f"The words have {len(self.words):,} characters; they may have {MAX_PROMPT:,}."
        yield from super()._problems()

    @property
    def prompt(self) -> str:
        return self.words or clean_prompt(self.parent.prompt or self.parent.alt)

    @property
    def style(self) -> str:
        """The parent's, where the words are the parent's, too."""
        return self.parent.style if not self.words and find_preset(self.parent.style) else ""

    def as_json(self) -> dict[str, Any]:
        return {each.name: getattr(self, each.name) for each in fields(self)} | {"parent": str(self.parent.pk)}


@dataclass(frozen=True)
class VariationRequest(RemixRequest):
    """Pictures like the parent."""

    operation = Generation.Operation.VARIATIONS


@dataclass(frozen=True)
class UpsampleRequest(RemixRequest):
    """The parent four times as wide and high."""

    operation = Generation.Operation.UPSAMPLE
    max_count = 1

    count: int = field(default=1, kw_only=True)

    def _problems(self) -> Iterator[tuple[str, str]]:
        if max(self.parent.width, self.parent.height) > MAX_UPSAMPLED:
            yield (
                NON_FIELD_ERRORS,
                f"Images of up to {MAX_UPSAMPLED:,} pixels an edge can be enlarged; this one is larger.",
            )
        yield from super()._problems()


@dataclass(frozen=True)
class LoosenRequest(RemixRequest):
    """The parent drawn again with `eta` of its noise new: its layout stays, its details change."""

    operation = Generation.Operation.RECONSTRUCTION

    eta: float = field(default=0.5, kw_only=True)

    def _problems(self) -> Iterator[tuple[str, str]]:
        if not 0 <= self.eta <= 1:
            yield "eta", "Choose a freedom between 0 and 1."
        yield from super()._problems()


@dataclass(frozen=True)
class DiffRequest(RemixRequest):
    """The parent changed the way `words` differ from `base`; the last picture goes as far as `theta`."""

    operation = Generation.Operation.TEXT_DIFF

    base: str = field(default="a photo", kw_only=True)
    theta: float = field(default=0.4, kw_only=True)

    def __post_init__(self) -> None:
        object.__setattr__(self, "base", clean_prompt(self.base) or "a photo")
        super().__post_init__()

    def _problems(self) -> Iterator[tuple[str, str]]:
        if not self.words:
            yield "words", "Say what it should become."
        if len(self.base) > MAX_PROMPT:
            yield "base", f"The words have {len(self.base):,} characters; they may have {MAX_PROMPT:,}."
        if not 0 < self.theta <= 0.5:
            yield "theta", "Choose a strength above 0 and up to 0.5."
        yield from super()._problems()


@dataclass(frozen=True)
class OutpaintRequest(RemixRequest):
    """The parent with so many pixels added on each side; without words it goes on as it is."""

    operation = Generation.Operation.OUTPAINT

    left: int = field(default=0, kw_only=True)
    top: int = field(default=0, kw_only=True)
    right: int = field(default=0, kw_only=True)
    bottom: int = field(default=0, kw_only=True)

    @property
    def sides(self) -> tuple[int, int, int, int]:
        return self.left, self.top, self.right, self.bottom

    def _problems(self) -> Iterator[tuple[str, str]]:
        if min(self.sides) < 0 or not 0 < max(self.sides) <= MAX_BORDER:
            yield "left", f"Add between 1 and {MAX_BORDER} pixels on at least one side."
        yield from super()._problems()


@dataclass(frozen=True)
class EditRequest(RemixRequest):
    """The parent with the transparent part of `mask`, a PNG in base64 of the parent's size, drawn anew."""

    operation = Generation.Operation.EDIT

    mask: str = field(default="", kw_only=True)

    def _problems(self) -> Iterator[tuple[str, str]]:
        if not self.words:
            yield "words", "Say what should be there instead."
        if problem := self._mask_problem():
            yield "mask", problem
        yield from super()._problems()

    def _mask_problem(self) -> str:
        if len(self.mask) > MAX_MASK:
            return "The mask is too large."
        try:
            with Pictures.open(io.BytesIO(base64.b64decode(self.mask, validate=True)), formats=["PNG"]) as mask:
                if mask.size != (self.parent.width, self.parent.height):
                    return "The mask must be as large as the image."
                is_open = mask.mode in {"RGBA", "LA"} and mask.getchannel("A").getextrema()[0] == 0
        except (binascii.Error, OSError, SyntaxError, ValueError):
            return "The mask is not a PNG picture."
        return "" if is_open else "Mark the part that is to be drawn anew."


@dataclass(frozen=True)
class BlendRequest(RemixRequest):
    """Between the parent, `others` and `words`; `share` of it is the parent's, the rest is split evenly."""

    operation = Generation.Operation.BLEND

    others: tuple[Image, ...] = field(default=(), kw_only=True)
    share: float = field(default=0.5, kw_only=True)

    def _problems(self) -> Iterator[tuple[str, str]]:
        if not 1 <= len(self.others) + bool(self.words) <= MAX_OTHERS:
            yield "others", f"Choose one to {MAX_OTHERS} images or words to blend with."
        if not 0 < self.share < 1:
            yield "share", "Choose a share between 0 and 1."
        yield from super()._problems()

    def as_json(self) -> dict[str, Any]:
        return super().as_json() | {"others": [str(other.pk) for other in self.others]}


@dataclass(frozen=True)
class FinishRequest(JobRequest):
    """The drafts `indices` of the job `drafts`, finished: the images that drawing them whole would have given."""

    operation = Generation.Operation.FINISH
    parent = None

    drafts: Generation
    indices: tuple[int, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "count", len(self.indices))
        object.__setattr__(self, "seed", self.drafts.seed)
        object.__setattr__(self, "visibility", self.drafts.visibility)
        super().__post_init__()

    def _problems(self) -> Iterator[tuple[str, str]]:
        if not 1 <= len(self.indices) <= MAX_COUNT:
            yield "indices", f"Choose one to {MAX_COUNT} drafts."
        elif self.drafts.drafts.filter(index__in=self.indices).count() != len(set(self.indices)):
            yield "indices", "One of these drafts is gone."
        else:
            yield from super()._problems()

    @property
    def prompt(self) -> str:
        return self.drafts.prompt

    @property
    def style(self) -> str:
        return self.drafts.style

    def as_json(self) -> dict[str, Any]:
        return {"drafts": str(self.drafts.pk), "indices": list(self.indices)}
