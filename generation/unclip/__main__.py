"""python -m generation.unclip "a 3D icon of a red apple" --count 4 --seed 1 --out apples/

The first word may name another operation: `python -m generation.unclip --help` lists them.
"""

import argparse
import sys
import time
from pathlib import Path

from generation.unclip import EngineError, Progress, Sample
from generation.unclip.commands import COMMANDS, add_engine_options, as_request, embed_all, options_for
from generation.unclip.upkeep import UPKEEP, add_upkeep, show_download


def main(arguments: list[str] | None = None) -> int:
    given = sys.argv[1:] if arguments is None else arguments
    # A prompt on its own is drawn.
    if given and given[0] not in (*COMMANDS, *UPKEEP, "embed", "-h", "--help"):
        given = ["draw", *given]
    options = parser().parse_args(given)
    try:
        print(options.tell(options)) if "tell" in options else options.act(options)
    except (EngineError, ValueError, OSError) as exc:
        print(exc, file=sys.stderr)
        return 1
    return 0


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="python -m generation.unclip", description="Draws pictures. A prompt alone is short for: draw PROMPT."
    )
    operations = top.add_subparsers(required=True, metavar="OPERATION")
    for name, command in COMMANDS.items():
        operation = operations.add_parser(name, help=command.help)
        options_for(operation, command)
        operation.set_defaults(act=_draw)
    embed = operations.add_parser("embed", help="print the embedding of a text or a picture file as JSON")
    embed.add_argument("what", nargs="+", help="texts, or paths of pictures")
    add_engine_options(embed)
    embed.set_defaults(act=_embed)
    add_upkeep(operations)
    return top


def _draw(options: argparse.Namespace) -> None:
    from generation.unclip.engine import Engine

    begun = time.perf_counter()
    engine = Engine.load(options.checkpoint, options.device, options.dtype, options.offload, show_download)
    loaded = time.perf_counter()
    samples = engine.generate(as_request(options, engine), show_progress)
    done = time.perf_counter()
    _write(samples, options.out)
    print(f"loaded in {loaded - begun:.1f} s, drew {len(samples)} in {done - loaded:.1f} s")


def _write(samples: list[Sample], out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    for sample in samples:
        path = out / f"{sample.seed}.png"
        sample.image.save(path)
        print(f"{path}  seed {sample.seed}")


def _embed(options: argparse.Namespace) -> None:
    from generation.unclip.engine import Engine

    engine = Engine.load(options.checkpoint, options.device, options.dtype, options.offload, show_download)
    for line in embed_all(engine, options.what):
        print(line)


def show_progress(progress: Progress) -> None:
    """One line on the terminal, drawn over until the end."""
    if sys.stderr.isatty():
        end = "\n" if progress.fraction >= 1 else ""
        print(f"\r{progress.fraction:4.0%} {progress.stage:<10}", end=end, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
