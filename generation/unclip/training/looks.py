"""Looks that no open set is drawn in, made from flat drawings: a pencil sketch and a watercolor painting."""

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageChops, ImageFilter

_GRAPHITE = (52, 52, 58)
# Of a 256-pixel picture: how far watercolor runs over its edges, in pixels, and how large its blotches are.
_RUN, _BLOTCHES = 5.0, 9


def pencil_sketch(picture: Image.Image) -> Image.Image:
    """Graphite lines where colors meet, on white paper cut to the subject's shape and lightly shaded."""
    flat = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture).convert("RGB")
    reach = max(3, picture.width // 50 | 1)
    light, dark = flat.filter(ImageFilter.MaxFilter(reach)), flat.filter(ImageFilter.MinFilter(reach))
    edges = np.asarray(ImageChops.difference(light, dark)).max(axis=2).astype(np.float32) / 255
    outline = ImageChops.difference(*(picture.getchannel("A").filter(each(reach)) for each in _SPREADS))
    lines = np.clip(np.maximum(edges * 1.8 - 0.15, np.asarray(outline) / 255), 0, 1)[..., None]
    shade = 255 - 0.28 * (255 - np.asarray(flat.convert("L"), np.float32))
    paper = np.repeat(shade[..., None], 3, axis=2)
    alpha = np.asarray(picture.getchannel("A").filter(ImageFilter.MaxFilter(reach)))[..., None]
    drawn = paper * (1 - lines) + np.float32(_GRAPHITE) * lines
    return Image.fromarray(np.concatenate([drawn.round().astype(np.uint8), alpha], axis=2), "RGBA")


_SPREADS: tuple[Callable[[int], ImageFilter.Filter], ...] = (ImageFilter.MaxFilter, ImageFilter.MinFilter)


def watercolor(picture: Image.Image) -> Image.Image:
    """Pale blotchy paint that runs over its edges and dries darker at the rim."""
    size = picture.width
    rng = np.random.default_rng(size)
    down, across = (_field(rng, size) * _RUN * size / 256 for _ in range(2))
    rows, columns = np.indices((size, size))
    source = np.asarray(picture.filter(ImageFilter.GaussianBlur(size / 300)))
    moved = source[
        np.clip(rows + down, 0, size - 1).round().astype(int),
        np.clip(columns + across, 0, size - 1).round().astype(int),
    ]
    alpha = Image.fromarray(np.ascontiguousarray(moved[..., 3]))
    inside = np.asarray(alpha.filter(ImageFilter.GaussianBlur(size / 28)), np.float32) / 255
    rim = (np.asarray(alpha, np.float32) / 255 * (1 - inside))[..., None]
    pale = (0.30 + 0.22 * _field(rng, size))[..., None]
    paint = (moved[..., :3].astype(np.float32) * (1 - pale) + 255 * pale) * (1 - 0.45 * rim)
    wet = np.asarray(alpha.filter(ImageFilter.GaussianBlur(size / 170)))[..., None]
    return Image.fromarray(np.concatenate([paint.clip(0, 255).round().astype(np.uint8), wet], axis=2), "RGBA")


def _field(rng: np.random.Generator, size: int) -> np.ndarray:
    """Smooth noise (size, size) in about -1..1."""
    coarse = Image.fromarray(rng.uniform(-1, 1, (_BLOTCHES, _BLOTCHES)).astype(np.float32))
    return np.asarray(coarse.resize((size, size), Image.Resampling.BICUBIC))


#: By style key.
LOOKS: dict[str, Callable[[Image.Image], Image.Image]] = {"pencil-sketch": pencil_sketch, "watercolor": watercolor}
