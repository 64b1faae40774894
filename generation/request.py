"""What a person asks for, checked once: whoever holds a `GenerationRequest` holds a valid one."""

import unicodedata
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from django.core.exceptions import ValidationError

from gallery.models import Image
from generation.presets import find_preset, full_prompt
from generation.shapes import find_shape

MAX_PROMPT = 1000
MAX_COUNT = 8
#: Drafts are small, so that a sheet of them is as soon done as a few images.
MAX_DRAFTS = 16
MAX_SEED = 2**32 - 1

#: Marks that turn the direction of the text after them, and so can make a prompt read as what it is not.
BIDI_CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def clean_prompt(text: str) -> str:
    """One line of composed Unicode: white space collapsed, control characters and lone surrogates dropped."""
    shown = (char for char in text if char.isspace() or _shows(char))
    return unicodedata.normalize("NFC", " ".join("".join(shown).split()))


def _shows(char: str) -> bool:
    return char not in BIDI_CONTROLS and unicodedata.category(char) not in {"Cc", "Cs"}


@dataclass(frozen=True, kw_only=True)
class JobRequest:
    """`count` new pictures; a `seed` of None lets the service choose. Raises ValidationError."""

    max_count = MAX_COUNT

    count: int = 4
    seed: int | None = None
    visibility: str = Image.Visibility.PRIVATE.value

    def __post_init__(self) -> None:
        if problems := dict(self._problems()):
            raise ValidationError(problems)

    def _problems(self) -> Iterator[tuple[str, str]]:
        if not 1 <= self.count <= self.max_count:
            yield "count", f"Choose between 1 and {self.max_count} images."
        if self.seed is not None and not 0 <= self.seed <= MAX_SEED:
            yield "seed", f"The seed is a whole number from 0 to {MAX_SEED}, or left empty."
        if self.visibility not in Image.Visibility.values:
            yield "visibility", "Choose private, unlisted or public."


@dataclass(frozen=True)
class GenerationRequest(JobRequest):
    """Pictures of `prompt` in a `style`, of one of the SHAPES."""

    operation = "text-to-image"
    parent = None

    prompt: str
    style: str = ""
    shape: str = field(default="", kw_only=True)

    def __post_init__(self) -> None:
        object.__setattr__(self, "prompt", clean_prompt(self.prompt))
        super().__post_init__()

    def _problems(self) -> Iterator[tuple[str, str]]:
        if not self.prompt:
            yield "prompt", "Describe the picture you want."
        elif len(self.prompt) > MAX_PROMPT:
            yield "prompt", f"The prompt has {len(self.prompt):,} characters; it may have {MAX_PROMPT:,}."
        elif len(self.full_prompt) > MAX_PROMPT:
            yield "prompt", f"With the words of its style, the prompt is longer than {MAX_PROMPT:,} characters."
        if self.style and not find_preset(self.style):
            yield "style", "There is no such style."
        if not find_shape(self.shape):
            yield "shape", "There is no such shape."
        yield from super()._problems()

    @property
    def full_prompt(self) -> str:
        return full_prompt(self.prompt, self.style)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class DraftRequest(GenerationRequest):
    """A sheet of drafts of `prompt`, to choose from before any is finished."""

    operation = "drafts"
    max_count = MAX_DRAFTS

    count: int = field(default=MAX_DRAFTS, kw_only=True)
