"""Looks at what a checkpoint draws: a contact sheet of fixed prompts, and how often the asked background is there."""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from generation.unclip.engine import Engine
from generation.unclip.request import TextToImage

from .captions import with_article
from .palette import COLORS, color_name
from .sheets import grid

#: One prompt a line, eight rows of eight: one object across styles first, then styles across objects.
SHEET_PROMPTS = tuple((Path(__file__).parent / "sheet_prompts.txt").read_text(encoding="utf-8").splitlines())
BACKGROUND_STYLES = (
    *("3D icon", "flat icon", "cartoon emoji", "minimal flat emoji"),
    *("hand-drawn sketch", "watercolor painting", "clip art"),
)
BACKGROUND_SUBJECTS = (
    *("apple", "cat", "car", "tree", "house", "heart", "star", "cup"),
    *("key", "fish", "crown", "rocket", "umbrella", "guitar", "bell", "dog"),
)
# The frame in which nothing but background should be, as a share of the edge.
MARGIN = 0.05


def draw_sheet(engine: Engine, prompts: Sequence[str], path: Path, columns: int = 8, seed: int = 0) -> None:
    """One picture of each prompt, in order, none left out."""
    pictures = [engine.generate(TextToImage(prompt, seed=seed))[0].image for prompt in prompts]
    path.parent.mkdir(parents=True, exist_ok=True)
    grid(pictures, columns, gap=8).save(path, optimize=True)


def background_share(engine: Engine, count: int, report: Callable[[str], None], seed: int = 0) -> float:
    """The share of `count` pictures whose frame has the asked color, judged by `seen_background`."""
    rng = random.Random(seed)
    wrong: Counter[str] = Counter()
    for number in range(count):
        color = rng.choice(list(COLORS))
        style, subject = rng.choice(BACKGROUND_STYLES), rng.choice(BACKGROUND_SUBJECTS)
        prompt = f"{with_article(style)} of {with_article(subject)} on {with_article(color)} background"
        picture = engine.generate(TextToImage(prompt, seed=rng.randrange(2**32)))[0].image
        wrong[color] += seen_background(picture) != color
        if (number + 1) % 32 == 0:
            report(f"background right in {1 - wrong.total() / (number + 1):.1%} of {number + 1}")
    report("wrong by color asked: " + ", ".join(f"{color} {times}" for color, times in wrong.most_common() if times))
    return 1 - wrong.total() / count


def seen_background(picture: Image.Image) -> str:
    """The color word of the median pixel of the picture's frame."""
    pixels = np.asarray(picture.convert("RGB"))
    edge = max(1, round(MARGIN * min(pixels.shape[:2])))
    frame = np.concatenate([strip.reshape(-1, 3) for strip in _strips(pixels, edge)])
    red, green, blue = np.median(frame, axis=0)
    return color_name((int(red), int(green), int(blue)))


def _strips(pixels: np.ndarray, edge: int) -> tuple[np.ndarray, ...]:
    return pixels[:edge], pixels[-edge:], pixels[edge:-edge, :edge], pixels[edge:-edge, -edge:]


def evaluate(engine: Engine, sheet: Path, samples: int, report: Callable[[str], None]) -> None:
    """Draws the sheet and reports the share of right backgrounds."""
    draw_sheet(engine, SHEET_PROMPTS, sheet)
    report(f"drew {len(SHEET_PROMPTS)} pictures to {sheet}")
    share = background_share(engine, samples, report)
    report(f"asked background color in {share:.1%} of {samples} pictures")
