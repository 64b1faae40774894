"""A prepared set small enough for a test: four things, each drawn in four styles, one of which is held out."""

from pathlib import Path

from PIL import Image, ImageDraw

from generation.unclip.training.captions import Record
from generation.unclip.training.shards import Manifest, ShardWriter

THINGS = {"red heart": "red", "blue heart": "blue", "green heart": "green", "robot": "yellow"}
STYLES = ("flat-icon", "3d-icon", "watercolor", "blob-emoji")
HELD_OUT = "blob-emoji"


def write_set(folder: Path, things: dict[str, str] = THINGS, held_out: str | None = HELD_OUT) -> Path:
    """Each thing is a plain disc of its color; with `held_out` of None, all pictures are for training."""
    folder.mkdir(parents=True, exist_ok=True)
    writer = ShardWriter(folder)
    for concept, color in things.items():
        picture = Image.new("RGBA", (64, 64))
        ImageDraw.Draw(picture).ellipse((4, 4, 60, 60), fill=color)
        picture.save(folder / "one.webp", lossless=True)
        for style in STYLES:
            split = "heldout" if style == held_out else "train"
            record = Record(concept, concept, style, ("thing",), color, "test", "CC0-1.0", split)
            writer.add(record, (folder / "one.webp").read_bytes())
    pairs = [(concept, held_out) for concept in things] if held_out else []
    Manifest(size=64, count=4 * len(things), heldout=pairs, sha256=writer.finish()).save(folder)
    return folder
