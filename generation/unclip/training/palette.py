"""The twelve color words of the training captions, and the backgrounds that pictures are laid on.

Naming works on hue, saturation and value, so that the light and shadow of one painted thing get one name.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

import numpy as np

Rgb = tuple[int, int, int]

COLORS: dict[str, Rgb] = {
    "red": (222, 56, 60),
    "orange": (247, 144, 48),
    "yellow": (252, 214, 72),
    "green": (82, 174, 92),
    "teal": (38, 166, 160),
    "blue": (66, 122, 226),
    "purple": (142, 86, 206),
    "pink": (246, 150, 190),
    "brown": (134, 88, 56),
    "black": (24, 24, 28),
    "gray": (140, 144, 152),
    "white": (255, 255, 255),
}
LIGHT_GRAY: Rgb = (232, 234, 238)

_NAMES = tuple(COLORS)
_CODE = {name: code for code, name in enumerate(_NAMES)}
# Upper ends of the hue intervals in degrees; what lies beyond the last is red again.
_HUES = (
    (16, "red"),
    (36, "orange"),
    (68, "yellow"),
    (158, "green"),
    (192, "teal"),
    (252, "blue"),
    (294, "purple"),
    (342, "pink"),
)


@dataclass(frozen=True)
class Background:
    """A plain color, or a gradient from the top color to the bottom color."""

    name: str
    top: Rgb
    bottom: Rgb

    def paint(self, size: int) -> np.ndarray:
        """uint8 picture (size, size, 3)."""
        weight = np.linspace(0.0, 1.0, size, dtype=np.float32)[:, None, None]
        column = (1 - weight) * np.float32(self.top) + weight * np.float32(self.bottom)
        return np.broadcast_to(column.round().astype(np.uint8), (size, size, 3)).copy()


def _plain(name: str, rgb: Rgb) -> Background:
    return Background(name, rgb, rgb)


def _gradient(top: str, bottom: str) -> Background:
    return Background(f"{top} to {bottom} gradient", COLORS[top], COLORS[bottom])


_GRADIENT_PAIRS = (
    ("blue", "purple"), ("purple", "pink"), ("pink", "orange"), ("orange", "yellow"),
    ("yellow", "green"), ("teal", "blue"), ("green", "teal"), ("red", "orange"),
    ("white", "blue"), ("white", "pink"), ("white", "gray"), ("black", "purple"),
)  # fmt: skip
WHITE = _plain("white", COLORS["white"])
PLAIN = tuple(_plain(name, rgb) for name, rgb in COLORS.items() if name != "white")
GRADIENTS = tuple(_gradient(top, bottom) for top, bottom in _GRADIENT_PAIRS)
BACKGROUNDS: dict[str, Background] = {
    each.name: each for each in (WHITE, *PLAIN, _plain("light gray", LIGHT_GRAY), *GRADIENTS)
}
#: What a picture that fills its frame lies on: nothing is seen of it, and no caption names it.
SCENE = _plain("scene", COLORS["gray"])


def sample_background(rng: random.Random, avoid: str | None = None) -> Background:
    """White in a half of all draws, a named color in 35 %, a gradient in 10 %, light gray in 5 %.

    `avoid` is the subject's color: a subject is never laid on a plain background of its own color.
    """
    while True:
        kind = rng.random()
        if kind < 0.50:
            background = WHITE
        elif kind < 0.85:
            background = rng.choice(PLAIN)
        elif kind < 0.95:
            background = rng.choice(GRADIENTS)
        else:
            background = BACKGROUNDS["light gray"]
        if background.name != avoid:
            return background


def sample_color(rng: random.Random, avoid: str | None = None) -> Background:
    """One of the twelve colors other than `avoid`, each as often as the others."""
    return BACKGROUNDS[rng.choice([name for name in COLORS if name != avoid])]


def color_name(rgb: Rgb) -> str:
    """The nearest of the twelve color words."""
    return _NAMES[int(_codes(np.asarray([rgb], dtype=np.float32))[0])]


def dominant_color(rgba: np.ndarray, share: float = 0.55) -> str | None:
    """The color word of at least `share` of the opaque pixels of (h, w, 4) uint8; None for a colorful picture."""
    opaque = rgba[rgba[..., 3] >= 128][:, :3]
    if not len(opaque):
        return None
    counts = np.bincount(_codes(opaque.astype(np.float32)), minlength=len(_NAMES))
    top = int(counts.argmax())
    return _NAMES[top] if counts[top] >= share * len(opaque) else None


def rotate_hue(rgba: np.ndarray, degrees: float) -> np.ndarray:
    """The picture (h, w, 4) uint8 in other colors: hues turned, light, grays and alpha as they were."""
    rgb = rgba[..., :3].reshape(-1, 3).astype(np.float32)
    value = rgb.max(axis=1)
    chroma = value - rgb.min(axis=1)
    sextant = (_hue(rgb, value, chroma) + degrees) / 60
    turned = rgba.copy()
    for channel, shift in enumerate((5, 3, 1)):
        ramp = (sextant + shift) % 6
        level = value - chroma * np.clip(np.minimum(ramp, 4 - ramp), 0, 1)
        turned[..., channel] = level.round().reshape(rgba.shape[:2])
    return turned


def _codes(rgb: np.ndarray) -> np.ndarray:
    """Index into COLORS for each row of (n, 3) float32 in 0..255."""
    value = rgb.max(axis=1)
    chroma = value - rgb.min(axis=1)
    saturation = chroma / np.maximum(value, 1)
    hue = _hue(rgb, value, chroma)
    code = np.full(len(rgb), _CODE["red"])
    lower = 0
    for upper, name in _HUES:
        code[(hue >= lower) & (hue < upper)] = _CODE[name]
        lower = upper
    reddish = (hue < 16) | (hue >= 330)
    code[reddish & (saturation < 0.58) & (value >= 170)] = _CODE["pink"]
    code[(hue >= 10) & (hue < 48) & (value < 175) & (saturation >= 0.22)] = _CODE["brown"]
    code[((hue < 10) | (hue >= 342)) & (value < 115)] = _CODE["brown"]
    code[(saturation < 0.15) | ((value < 110) & (saturation < 0.35))] = _CODE["gray"]
    code[(saturation < 0.10) & (value >= 222)] = _CODE["white"]
    code[(value < 48) | ((value < 80) & (saturation < 0.35))] = _CODE["black"]
    return code


def _hue(rgb: np.ndarray, value: np.ndarray, chroma: np.ndarray) -> np.ndarray:
    """Hue in degrees, 0 for grays."""
    red, green, blue = rgb.T
    safe = np.maximum(chroma, 1e-6)
    sextant = np.where(
        value == red,
        (green - blue) / safe % 6,
        np.where(value == green, (blue - red) / safe + 2, (red - green) / safe + 4),
    )
    return sextant * 60
