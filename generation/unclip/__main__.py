"""python -m generation.unclip "a 3D icon of a red apple" --count 4 --seed 1 --out apples/"""

import argparse
import random
import sys
import time
from pathlib import Path

from generation.unclip import EngineError, Progress, TextToImage


def main(arguments: list[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    seed = random.SystemRandom().randrange(2**32) if options.seed is None else options.seed
    try:
        request = TextToImage(
            options.prompt, count=options.count, seed=seed, steps=options.steps, guidance_scale=options.guidance
        )
        draw(request, options)
    except (EngineError, ValueError, OSError) as exc:
        print(exc, file=sys.stderr)
        return 1
    return 0


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m generation.unclip", description="Draws pictures of a prompt.")
    parser.add_argument("prompt", help="what to draw, at most 1,000 characters")
    parser.add_argument("--count", type=int, default=1, help="how many pictures, 1 to 16")
    parser.add_argument("--seed", type=int, help="picture k is drawn from seed + k; random when left out")
    parser.add_argument("--out", type=Path, default=Path("."), help="folder for the PNG files")
    parser.add_argument("--checkpoint", default="starter", help="“starter” or a checkpoint folder")
    parser.add_argument("--device", default="auto", help="auto, cuda, mps or cpu")
    parser.add_argument("--steps", type=int, help="decoder steps; the checkpoint's own number when left out")
    parser.add_argument("--guidance", type=float, help="guidance scale; the checkpoint's own when left out")
    return parser


def draw(request: TextToImage, options: argparse.Namespace) -> None:
    begun = time.perf_counter()
    from generation.unclip.engine import Engine

    engine = Engine.load(options.checkpoint, options.device)
    loaded = time.perf_counter()
    samples = engine.generate(request, show_progress)
    done = time.perf_counter()
    options.out.mkdir(parents=True, exist_ok=True)
    for sample in samples:
        path = options.out / f"{sample.seed}.png"
        sample.image.save(path)
        print(f"{path}  seed {sample.seed}")
    print(f"loaded in {loaded - begun:.1f} s, drew {len(samples)} in {done - loaded:.1f} s")


def show_progress(progress: Progress) -> None:
    """One line on the terminal, drawn over until the end."""
    if sys.stderr.isatty():
        end = "\n" if progress.fraction >= 1 else ""
        print(f"\r{progress.fraction:4.0%} {progress.stage:<10}", end=end, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
