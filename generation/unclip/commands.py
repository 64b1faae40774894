"""What the command line offers: each operation's own arguments, and the request that they make."""

import argparse
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from generation.unclip.pictures import open_picture
from generation.unclip.request import (
    SIDE_STEP,
    Blend,
    Drawing,
    Edit,
    Part,
    Reconstruction,
    TextDiff,
    TextToImage,
    Upsample,
    Variations,
    outpaint,
)

if TYPE_CHECKING:
    from generation.unclip.engine import Engine

Arguments = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Command:
    """An operation: its help, its own arguments, and `make(options, engine, common)`, the request."""

    help: str
    arguments: Arguments
    make: Callable[[argparse.Namespace, "Engine", dict[str, Any]], Drawing]
    #: Whether one call draws several pictures.
    many: bool = True


PROMPT: Arguments = {"prompt": {"help": "what to draw, at most 1,000 characters"}}
SIZE: Arguments = {
    f"--{side}": {"type": int, "help": f"pixels, a multiple of {SIDE_STEP}; the checkpoint's own when left out"}
    for side in ("width", "height")
}
IMAGE: Arguments = {"image": {"help": "a picture file"}}


def _blend(options: argparse.Namespace, engine: "Engine", common: dict[str, Any]) -> Blend:
    weights = options.weights or [1.0] * len(options.what)
    if len(weights) != len(options.what):
        raise ValueError("Give one weight for each image or text.")
    sources = [engine.embed_images([open_picture(each)])[0] if Path(each).is_file() else each for each in options.what]
    return Blend(tuple(Part(*pair) for pair in zip(sources, weights, strict=True)), **common)


def _diff(options: argparse.Namespace, engine: "Engine", common: dict[str, Any]) -> TextDiff:
    count = common["count"]
    thetas = tuple(options.theta * (number + 1) / count for number in range(count))
    return TextDiff(open_picture(options.image), options.prompt, options.base, thetas, **common)


def _embedding(options: argparse.Namespace, engine: "Engine") -> tuple[float, ...]:
    return engine.embed_images([open_picture(options.image)])[0]


def _outpaint(options: argparse.Namespace, engine: "Engine", common: dict[str, Any]) -> Edit:
    sides = (options.left, options.top, options.right, options.bottom)
    return outpaint(open_picture(options.image), sides, options.prompt, **common)


SIDES: Arguments = {
    f"--{side}": {"type": int, "default": 0, "help": f"pixels to add at the {side}"}
    for side in ("left", "top", "right", "bottom")
}

COMMANDS: dict[str, Command] = {
    "draw": Command(
        "draw pictures of a prompt",
        PROMPT
        | SIZE
        | {"--no-prior": {"action": "store_true", "help": "let the text embedding stand for the image's"}},
        lambda options, engine, common: TextToImage(options.prompt, not options.no_prior, **common),
    ),
    "drafts": Command(
        "draw pictures of a prompt without upsampling them",
        PROMPT | SIZE,
        lambda options, engine, common: TextToImage(options.prompt, draft=True, **common),
    ),
    "upsample": Command(
        "make a picture four times as wide and high",
        IMAGE,
        lambda options, engine, common: Upsample(open_picture(options.image), **common),
        many=False,
    ),
    "variations": Command(
        "draw pictures like another",
        IMAGE | SIZE,
        lambda options, engine, common: Variations(_embedding(options, engine), **common),
    ),
    "blend": Command(
        "draw pictures between two to four pictures and texts",
        {
            "what": {"nargs": "+", "help": "picture files and texts"},
            "--weights": {"nargs": "+", "type": float, "help": "one for each; equal when left out"},
        }
        | SIZE,
        _blend,
    ),
    "diff": Command(
        "change a picture the way one text differs from another, little by little",
        IMAGE
        | PROMPT
        | {
            "--base": {"default": "a photo", "help": "what the picture shows now"},
            "--theta": {"type": float, "default": 0.5, "help": "how far the last picture goes, 0 to 0.5"},
        },
        _diff,
    ),
    "reconstruct": Command(
        "draw a picture again from the noise it comes from",
        IMAGE | {"--eta": {"type": float, "default": 0.0, "help": "0 gives the picture again, 1 loosens it most"}},
        lambda options, engine, common: Reconstruction(open_picture(options.image), options.eta, **common),
    ),
    "edit": Command(
        "draw the transparent part of a mask anew",
        IMAGE | {"mask": {"help": "a picture as large, transparent where to draw"}} | PROMPT,
        lambda options, engine, common: Edit(
            open_picture(options.image), open_picture(options.mask), options.prompt, **common
        ),
    ),
    "outpaint": Command(
        "draw beyond a picture's border",
        IMAGE | {"--prompt": {"default": "", "help": "what the whole shows; as the picture is when left out"}} | SIDES,
        _outpaint,
    ),
}


def options_for(parser: argparse.ArgumentParser, command: Command) -> None:
    """Adds the operation's own arguments and those that all have."""
    for name, options in command.arguments.items():
        parser.add_argument(name, **options)
    if command.many:
        parser.add_argument("--count", type=int, default=1, help="how many pictures, 1 to 16")
    parser.add_argument("--seed", type=int, help="picture k is drawn from seed + k; random when left out")
    parser.add_argument("--out", type=Path, default=Path("."), help="folder for the PNG files")
    parser.add_argument("--steps", type=int, help="decoder steps; the checkpoint's own number when left out")
    parser.add_argument("--guidance", type=float, help="guidance scale; the checkpoint's own when left out")
    parser.set_defaults(make=command.make)
    add_engine_options(parser)


def add_engine_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--checkpoint", default="starter", help="“starter”, a checkpoint folder or a name on the hub")
    parser.add_argument("--device", default="auto", help="auto, cuda, mps or cpu")
    parser.add_argument("--dtype", default="auto", choices=("auto", "fp32", "fp16", "bf16"))
    parser.add_argument("--offload", action="store_true", help="hold one model at a time on the device")


def as_request(options: argparse.Namespace, engine: "Engine") -> Drawing:
    """The request that the arguments make. Raises EngineError and ValueError with a sentence for the person."""
    seed = random.SystemRandom().randrange(2**32) if options.seed is None else options.seed
    common = {"seed": seed, "steps": options.steps, "guidance_scale": options.guidance}
    common |= {name: getattr(options, name) for name in ("count", "width", "height") if name in options}
    return options.make(options, engine, common)


def embed_all(engine: "Engine", sources: list[str]) -> Iterator[str]:
    """A line of JSON for each text or picture file."""
    for source in sources:
        if Path(source).is_file():
            (vector,) = engine.embed_images([open_picture(source)])
        else:
            (vector,) = engine.embed_text([source])
        yield json.dumps({"source": source, "embedding": vector})
