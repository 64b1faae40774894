"""python -m generation.unclip.training prepare | train STAGE | pack | evaluate | steps"""

import argparse
import math
import os
import sys
from pathlib import Path

from generation.unclip.errors import EngineError

from . import prepare
from .folders import PicturesUnusable
from .npm import SourceUnavailable
from .recipes import JUDGE, STAGES
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
    second = acts.add_parser("train", help="train one stage or the judge, from where it stopped")
    second.add_argument("stage", choices=(*STAGES, JUDGE))
    length = second.add_mutually_exclusive_group(required=True)
    until = "how long to train in all, earlier runs included: "
    length.add_argument("--minutes", type=float, default=math.inf, help=f"{until}in minutes")
    length.add_argument("--samples", type=float, default=math.inf, help=f"{until}in pictures, the same on any machine")
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
    data = "the prepared set that it was trained with, for the list of what it draws"
    third.add_argument("--data", type=Path, default=DATA, help=data)
    third.set_defaults(act=_pack)
    fourth = acts.add_parser("evaluate", help="draw a sheet of fixed prompts, and measure with the judge")
    fourth.add_argument("--checkpoint", default="starter", help="“starter” or a checkpoint folder")
    fourth.add_argument("--judge", type=Path, default=RUN / "judge" / "component", help="folder of the trained judge")
    fourth.add_argument("--data", type=Path, default=DATA, help="the prepared set that the judge was trained with")
    fourth.add_argument("--sheet", type=Path, default=Path("var/training/sheet.png"))
    fourth.add_argument("--samples", type=int, default=1024, help="pictures of each kind of prompt (default 1024)")
    fourth.add_argument("--out", type=Path, default=Path("var/training/figures.json"), help="the figures as JSON")
    fourth.add_argument("--device", default="auto", help="auto, cuda, mps or cpu")
    fourth.set_defaults(act=_evaluate)
    fifth = acts.add_parser("steps", help="compare a checkpoint's few steps with 100")
    fifth.add_argument("--checkpoint", default="starter", help="“starter” or a checkpoint folder")
    fifth.add_argument("--data", type=Path, default=DATA, help="a prepared set that holds pictures out")
    fifth.add_argument("--samples", type=int, default=256, help="pictures drawn with either (default 256)")
    fifth.set_defaults(act=_steps)
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
    from .recipes import RecipeInvalid, recipe_of
    from .stages import StageMissing, build_stage

    if min(options.minutes, options.samples) <= 0:
        raise Refused("--minutes and --samples must be more than 0.")
    torch.manual_seed(options.seed)
    device = pick_device(options.device)
    try:
        # Each process of a team sees pictures of its own.
        seed = options.seed + 1000 * int(os.environ.get("RANK", 0))
        start = find_checkpoint(options.start).folder if options.start else None
        size = options.size or ("starter-gpu" if device.type == "cuda" else "starter-cpu")
        recipe = recipe_of(options.stage, size)
        stage = build_stage(options.stage, options.data, options.folder, seed, recipe, start)
    except (StageMissing, RecipeInvalid) as exc:
        raise Refused(str(exc)) from exc
    Trainer(stage, options.folder / options.stage, device, _say).run(options.minutes, options.samples)


def _pack(options: argparse.Namespace) -> None:
    from .mix import subjects
    from .pack import pack
    from .shards import ImageSet
    from .stages import StageMissing

    try:
        size = pack(options.folder, options.out, options.name, subjects(ImageSet(options.data).records))
    except StageMissing as exc:
        raise Refused(str(exc)) from exc
    _say(f"{options.out}: {size / 1e6:.1f} MB")


def _evaluate(options: argparse.Namespace) -> None:
    from generation.unclip.engine import Engine

    from .evaluate import draw_sheet, measure
    from .judge import Judge, JudgeMissing
    from .prompts import SHEET_COLUMNS, SHEET_PROMPTS, held_out_in_sheet
    from .reference import NotMeasurable
    from .report import doubts, table, write_json
    from .shards import ImageSet

    if options.samples < 1:
        raise Refused("--samples must be 1 at least.")
    try:
        judge, images = Judge.load(options.judge), ImageSet(options.data)
        engine = Engine.load(options.checkpoint, options.device)
        columns = measure(engine, judge.to(engine.encoder.device), images, options.samples, _say)
    except (JudgeMissing, NotMeasurable) as exc:
        raise Refused(str(exc)) from exc
    write_json(options.out, options.checkpoint, options.samples, columns)
    draw_sheet(engine, SHEET_PROMPTS, options.sheet, SHEET_COLUMNS)
    unseen = f"{held_out_in_sheet(images.records)} of pairs that this set holds out"
    _say(f"drew {len(SHEET_PROMPTS)} pictures to {options.sheet}, {unseen}; figures in {options.out}\n")
    _say("\n".join([table(columns), "", *doubts(columns)]))


def _steps(options: argparse.Namespace) -> None:
    from generation.unclip.engine import Engine

    from .fewsteps import compare_steps
    from .reference import NotMeasurable
    from .shards import ImageSet

    if options.samples < 1:
        raise Refused("--samples must be 1 at least.")
    try:
        compare_steps(Engine.load(options.checkpoint), ImageSet(options.data), options.samples, _say)
    except NotMeasurable as exc:
        raise Refused(str(exc)) from exc


if __name__ == "__main__":
    sys.exit(main())
