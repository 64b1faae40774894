"""python -m generation.unclip.training prepare | train STAGE | pack | evaluate"""

import argparse
import os
import sys
from pathlib import Path

from generation.unclip.errors import EngineError

from . import prepare
from .folders import PicturesUnusable
from .npm import SourceUnavailable
from .shards import SetMissing

DATA, RUN = Path("var/training/data"), Path("var/training/run")


def main(arguments: list[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    try:
        options.act(options)
    except KeyboardInterrupt:
        print("Stopped; training goes on from the last checkpoint when you start it again.", file=sys.stderr)
        return 130
    except (SourceUnavailable, PicturesUnusable, prepare.FoldersOverlap, SetMissing, EngineError, Refused) as exc:
        print(exc, file=sys.stderr)
        return 1
    return 0


class Refused(Exception):
    """What was asked for cannot be done; the message says why."""


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="python -m generation.unclip.training", description="Trains an unCLIP checkpoint."
    )
    acts = top.add_subparsers(required=True)
    first = acts.add_parser("prepare", help="turn captioned pictures, or the open sets, into a training set")
    prepare.add_arguments(first)
    first.set_defaults(act=_prepare)
    second = acts.add_parser("train", help="train one stage, from where it stopped")
    second.add_argument("stage", choices=("clip", "prior", "decoder", "upsampler"))
    second.add_argument("--minutes", type=float, required=True, help="how long to train from now")
    second.add_argument("--data", type=Path, default=DATA)
    second.add_argument("--folder", type=Path, default=RUN, help="where the stages are kept while they are trained")
    second.add_argument(
        "--from", dest="start", help="a checkpoint whose weights a new run begins with: “starter” or a folder"
    )
    size = "starter-cpu, starter-gpu, tiny, or a TOML file like theirs; by default what suits the device"
    second.add_argument("--size", help=size)
    second.add_argument("--device", default="auto", help="auto, cuda, mps or cpu")
    second.add_argument("--seed", type=int, default=0)
    second.set_defaults(act=_train)
    third = acts.add_parser("pack", help="write the trained stages as one checkpoint folder")
    third.add_argument("--folder", type=Path, default=RUN, help="where the stages are kept while they are trained")
    third.add_argument("--out", type=Path, required=True)
    third.add_argument("--name", required=True, help="the checkpoint's name, kept with every picture it draws")
    third.set_defaults(act=_pack)
    fourth = acts.add_parser("evaluate", help="draw a sheet of fixed prompts and check the backgrounds")
    fourth.add_argument("--checkpoint", default="starter", help="“starter” or a checkpoint folder")
    fourth.add_argument("--sheet", type=Path, default=Path("var/training/sheet.png"))
    fourth.add_argument("--samples", type=int, default=256, help="pictures whose background is checked")
    fourth.set_defaults(act=_evaluate)
    return top


def _say(line: str) -> None:
    print(line, flush=True)


def _prepare(options: argparse.Namespace) -> None:
    arguments = {key: value for key, value in vars(options).items() if key != "act"}
    prepare.run(**arguments, report=_say)


def _train(options: argparse.Namespace) -> None:
    import torch

    from generation.unclip.checkpoint import find_checkpoint
    from generation.unclip.devices import pick_device

    from .loop import Trainer
    from .recipes import RecipeInvalid, load
    from .stages import StageMissing, build_stage

    torch.manual_seed(options.seed)
    device = pick_device(options.device)
    try:
        # Each process of a team sees pictures of its own.
        seed = options.seed + 1000 * int(os.environ.get("RANK", 0))
        start = find_checkpoint(options.start) if options.start else None
        recipe = load(options.size or ("starter-gpu" if device.type == "cuda" else "starter-cpu"))[options.stage]
        stage = build_stage(options.stage, options.data, options.folder, seed, recipe, start)
    except (StageMissing, RecipeInvalid) as exc:
        raise Refused(str(exc)) from exc
    Trainer(stage, options.folder / options.stage, device, _say).run(options.minutes)


def _pack(options: argparse.Namespace) -> None:
    from .pack import pack
    from .stages import StageMissing

    try:
        size = pack(options.folder, options.out, options.name)
    except StageMissing as exc:
        raise Refused(str(exc)) from exc
    _say(f"{options.out}: {size / 1e6:.1f} MB")


def _evaluate(options: argparse.Namespace) -> None:
    from generation.unclip.engine import Engine

    from .evaluate import evaluate

    evaluate(Engine.load(options.checkpoint), options.sheet, options.samples, _say)


if __name__ == "__main__":
    sys.exit(main())
