"""Styles: each is a few words put before the prompt, and nothing that the person cannot read."""

from dataclasses import dataclass

MARK = "{prompt}"


@dataclass(frozen=True)
class Preset:
    key: str
    label: str
    #: The full prompt, with `{prompt}` where the person's own words go.
    words: str

    def apply(self, prompt: str) -> str:
        """The prompt in this style. Words that the prompt already begins with are not said twice."""
        lead = self.words.partition(MARK)[0].strip()
        if _without_article(prompt).casefold().startswith(lead.casefold()):
            return prompt
        # Not str.format: the prompt is the person's, braces included.
        return self.words.replace(MARK, prompt)


def _without_article(prompt: str) -> str:
    first, _, rest = prompt.partition(" ")
    return rest if first.casefold() in {"a", "an", "the"} else prompt


PRESETS: tuple[Preset, ...] = (
    Preset("photo", "Photo", "photo of {prompt}"),
    Preset("3d-icon", "3D icon", "3D icon of {prompt}"),
    Preset("flat-icon", "Flat icon", "flat icon of {prompt}"),
    Preset("sketch", "Sketch", "hand-drawn sketch of {prompt}"),
    Preset("watercolor", "Watercolor", "watercolor painting of {prompt}"),
    Preset("clip-art", "Clip art", "clip art of {prompt}"),
)
_BY_KEY = {preset.key: preset for preset in PRESETS}


def find_preset(key: str) -> Preset | None:
    return _BY_KEY.get(key)


def full_prompt(prompt: str, style: str) -> str:
    """What the engine is asked to draw. An unknown or empty style adds nothing."""
    preset = find_preset(style)
    return preset.apply(prompt) if preset and prompt else prompt
