"""python -m generation.unclip.showcase --out docs/engine: a contact sheet of each operation, drawn by a checkpoint."""

import argparse
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from generation.unclip.engine import Engine
from generation.unclip.request import (
    Blend,
    Drawing,
    Edit,
    Part,
    Reconstruction,
    Sample,
    TextDiff,
    TextToImage,
    Upsample,
    Variations,
    outpaint,
)

EDGE, GAP, COLUMNS = 192, 8, 6
APPLE = "a 3D icon of a red apple on a white background"
CAR = "a flat icon of a blue car on a yellow background"


def first(engine: Engine, request: Drawing) -> Sample:
    return engine.generate(request)[0]


def drafts(engine: Engine) -> list[Image.Image]:
    """Five drafts, and the second one finished."""
    drawn = engine.generate(TextToImage(CAR, count=COLUMNS - 1, seed=2, draft=True))
    chosen = drawn[1]
    finished = first(engine, Upsample(chosen.image, chosen.image_embedding, seed=chosen.seed))
    return [each.image for each in [*drawn, finished]]


def without_prior(engine: Engine) -> list[Image.Image]:
    """Three with the prior, three with the text embedding in place of the image embedding."""
    return [each.image for prior in (True, False) for each in engine.generate(TextToImage(CAR, prior, count=3, seed=2))]


def variations(engine: Engine) -> list[Image.Image]:
    """A picture, and five drawn from its image embedding."""
    picture = first(engine, TextToImage(APPLE, seed=1))
    drawn = engine.generate(Variations(picture.image_embedding, count=COLUMNS - 1, seed=10))
    return [picture.image, *(each.image for each in drawn)]


def blends(engine: Engine) -> list[Image.Image]:
    """From one picture to another."""
    start, end = (first(engine, TextToImage(prompt, seed=1)).image_embedding for prompt in (APPLE, CAR))
    shares = [number / (COLUMNS - 1) for number in range(COLUMNS)]
    return [first(engine, Blend((Part(start, 1 - share), Part(end, share)), seed=4)).image for share in shares]


def text_diffs(engine: Engine) -> list[Image.Image]:
    """A picture, and the same further and further from a red apple towards a green pear."""
    picture = first(engine, TextToImage(APPLE, seed=1)).image
    thetas = (0.1, 0.2, 0.3, 0.4, 0.5)
    drawn = engine.generate(TextDiff(picture, "a green pear", "a red apple", thetas, count=len(thetas)))
    return [picture, *(each.image for each in drawn)]


def inversions(engine: Engine) -> list[Image.Image]:
    """A picture, and the same from its own noise with eta 0, 0.25, 0.5, 0.75 and 1."""
    picture = first(engine, TextToImage(APPLE, seed=1)).image
    etas = (0, 0.25, 0.5, 0.75, 1)
    return [picture, *(first(engine, Reconstruction(picture, eta, seed=3)).image for eta in etas)]


def edits(engine: Engine) -> list[Image.Image]:
    """A picture, the part to be drawn anew in gray, and four drawings of it."""
    picture, box = first(engine, TextToImage(APPLE, seed=1)).image, (128, 0, 256, 256)
    mask, shown = Image.new("RGBA", picture.size, "black"), picture.copy()
    mask.paste((0, 0, 0, 0), box)
    shown.paste("gray", box)
    drawn = engine.generate(Edit(picture, mask, APPLE.replace("white", "green"), count=COLUMNS - 2))
    return [picture, shown, *(each.image for each in drawn)]


def outpaintings(engine: Engine) -> list[Image.Image]:
    """A picture, and the same with more around it: right, left, below, and on all sides, twice."""
    picture = first(engine, TextToImage(CAR, seed=2)).image
    sides = ((0, 0, 96, 0), (96, 0, 0, 0), (0, 0, 0, 96), (64, 64, 64, 64), (96, 96, 96, 96))
    return [picture, *(first(engine, outpaint(picture, each)).image for each in sides)]


SHEETS: dict[str, Callable[[Engine], list[Image.Image]]] = {
    each.__name__.replace("_", "-"): each
    for each in (drafts, without_prior, variations, blends, text_diffs, inversions, edits, outpaintings)
}


def row(pictures: list[Image.Image]) -> Image.Image:
    """The pictures side by side, each fitted into a square."""
    sheet = Image.new("RGB", (GAP + len(pictures) * (EDGE + GAP), EDGE + 2 * GAP), "#e8e4e0")
    for number, picture in enumerate(pictures):
        scale = EDGE / max(picture.size)
        fitted = picture.resize([round(side * scale) for side in picture.size], Image.Resampling.LANCZOS)
        left = GAP + number * (EDGE + GAP) + (EDGE - fitted.width) // 2
        sheet.paste(fitted, (left, GAP + (EDGE - fitted.height) // 2))
    return sheet


def main() -> None:
    parser = argparse.ArgumentParser(description="Draws a contact sheet of each operation.")
    parser.add_argument("--out", type=Path, required=True, help="folder for the sheets")
    parser.add_argument("--checkpoint", default="starter")
    options = parser.parse_args()
    engine = Engine.load(options.checkpoint)
    options.out.mkdir(parents=True, exist_ok=True)
    for name, draw in SHEETS.items():
        row(draw(engine)).save(options.out / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
