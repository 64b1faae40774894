"""python -m tests.unclip.bench: the engine beside diffusers' UnCLIPPipeline, in one run on the same random weights.

Exit status 1 when a bound is missed. `--full` measures Karlo's own size instead: loading, memory and seconds a step.
"""

import argparse
import itertools
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch

from generation.unclip.devices import computes_bf16
from generation.unclip.engine import Engine
from generation.unclip.families import schedulers
from generation.unclip.families.causal import CausalPrior
from generation.unclip.request import TextToImage
from tests.unclip.references import KarloShape, UnCLIPPipeline, read_reference, write_karlo

RUNS = 5
COUNT = 4
MOST_A_STEP = 1.02
LEAST_GAIN = 3.0
PROMPT = "a photo of a red fox"
#: Karlo's blocks, a tenth as wide and half as high and wide in pixels.
MIDDLE = KarloShape(
    dim=256,
    cross_attention_dim=256,
    text={"intermediate_size": 512, "num_attention_heads": 4, "num_hidden_layers": 4, "vocab_size": 100},
    prior={"num_attention_heads": 8, "attention_head_dim": 64, "num_layers": 6},
    decoder={
        "down_block_types": ("ResnetDownsampleBlock2D", *["SimpleCrossAttnDownBlock2D"] * 3),
        "up_block_types": (*["SimpleCrossAttnUpBlock2D"] * 3, "ResnetUpsampleBlock2D"),
        "mid_block_type": "UNetMidBlock2DSimpleCrossAttn",
        "block_out_channels": (32, 64, 96, 128),
        "layers_per_block": 1,
        "attention_head_dim": 32,
        "resnet_time_scale_shift": "scale_shift",
        "sample_size": 32,
    },
    super_res={
        "down_block_types": ("ResnetDownsampleBlock2D",) * 4,
        "up_block_types": ("ResnetUpsampleBlock2D",) * 4,
        "block_out_channels": (32, 64, 96, 128),
        "layers_per_block": 1,
        "sample_size": 128,
    },
)
FULL = KarloShape(
    dim=768,
    cross_attention_dim=1536,
    text={"intermediate_size": 3072, "num_attention_heads": 12, "num_hidden_layers": 12, "vocab_size": 49408},
    prior={"num_attention_heads": 32, "attention_head_dim": 64, "num_layers": 20},
    decoder={
        **MIDDLE.decoder,
        "block_out_channels": (320, 640, 960, 1280),
        "layers_per_block": 3,
        "attention_head_dim": 64,
        "sample_size": 64,
    },
    super_res={
        **MIDDLE.super_res,
        "block_out_channels": (320, 640, 960, 1280),
        "layers_per_block": 3,
        "sample_size": 256,
    },
)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.unclip.bench", description=__doc__)
    parser.add_argument("--full", action="store_true", help="measure Karlo's own size: 16 GB of memory, 7 GB of disk")
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--dtype", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.folder:
        return measure_full(options.folder, options.dtype)
    with tempfile.TemporaryDirectory() as folder:
        if options.full:
            write_karlo(Path(folder) / "full", image_variations=False, shape=FULL, dtype=torch.bfloat16)
            # Processes of their own, so that their peaks of memory are those of loading and drawing alone.
            command = [sys.executable, "-m", "tests.unclip.bench", "--folder", f"{folder}/full", "--dtype"]
            ended = [subprocess.run([*command, dtype], check=False).returncode for dtype in ("bf16", "fp32")]
            return int(any(ended))  # below zero where one was killed for its memory
        return compare(write_karlo(Path(folder) / "middle", image_variations=False, shape=MIDDLE))


def compare(folder: Path) -> int:
    """Prints the two ratios that are bounded and where the gain comes from."""
    pipe = read_reference(UnCLIPPipeline, folder)
    steps = {"prior": 4, "decoder": 4, "super_res": 3}
    same, engine = (Engine.load(folder, device="cpu", dtype="fp32") for _ in range(2))
    as_published(same, **steps)
    cost, _, _ = interleaved(lambda: theirs(pipe, **steps), lambda: ours(same), 2 * RUNS)
    print(f"a step takes {cost:.3f} of diffusers' time; at most {MOST_A_STEP}", flush=True)
    share, before, after = interleaved(lambda: theirs(pipe), lambda: ours(engine), RUNS)
    print(
        f"{COUNT} pictures: {before:.2f} s with diffusers, {after:.2f} s here: {1 / share:.2f} x, at least {LEAST_GAIN}"
    )
    missed = cost > MOST_A_STEP or 1 / share < LEAST_GAIN
    for name, change in GAINS.items():
        if name == "bf16" and not computes_bf16(torch.device("cpu")):
            print(f"  {name:<36} not measured: this processor does not compute in it", flush=True)
            continue
        changed = Engine.load(folder, device="cpu", dtype="bf16" if name == "bf16" else "fp32")
        as_published(changed)
        if name != "the prior's text remembered":
            forgetful(changed)
        change(changed)
        share, _, after = interleaved(lambda: theirs(pipe), lambda changed=changed: ours(changed), 3)
        print(f"  {name:<36} {after:6.2f} s {1 / share:6.2f} x", flush=True)
    return int(missed)


def interleaved(first: Callable[[], object], second: Callable[[], object], runs: int) -> tuple[float, float, float]:
    """The median of the second's time over the first's, run in turns after one run each, and both medians in s."""
    pairs = []
    for number in range(runs + 1):
        times = [_seconds(each) for each in (first, second)]
        if number:
            pairs.append(times)
    before, after = (statistics.median(times) for times in zip(*pairs, strict=True))
    return statistics.median(late / early for early, late in pairs), before, after


def _seconds(call: Callable[[], object]) -> float:
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


def theirs(pipe: UnCLIPPipeline, prior: int = 25, decoder: int = 25, super_res: int = 7) -> object:
    return pipe(
        PROMPT,
        num_images_per_prompt=COUNT,
        generator=[torch.Generator().manual_seed(number) for number in range(COUNT)],
        prior_num_inference_steps=prior,
        decoder_num_inference_steps=decoder,
        super_res_num_inference_steps=super_res,
    )


def ours(engine: Engine) -> object:
    return engine.generate(TextToImage(PROMPT, count=COUNT))


def as_published(engine: Engine, prior: int = 25, decoder: int = 25, super_res: int = 7) -> None:
    """Lets the engine draw as UnCLIPPipeline does."""
    for stage, steps in ((engine.prior, prior), (engine.decoder, decoder)):
        stage.scheduler, stage.steps, stage.interval = stage.published, steps, None
    engine.prior.draws = 1
    engine.upsampler.steps = engine.upsampler.whole = super_res


def few_steps(engine: Engine) -> None:
    for stage in (engine.prior, engine.decoder):
        stage.scheduler, stage.steps = schedulers.few_steps(stage.published), type(stage).steps


def guidance_interval(engine: Engine) -> None:
    for stage in (engine.prior, engine.decoder):
        stage.interval = type(stage).interval


def last_steps(engine: Engine) -> None:
    engine.upsampler.steps = type(engine.upsampler).steps


def models(engine: Engine) -> list[torch.nn.Module]:
    return [engine.decoder.model, engine.upsampler.first, engine.upsampler.last]


def memory_format(engine: Engine) -> None:
    for model in models(engine):
        model.to(memory_format=torch.channels_last)


def compiled(engine: Engine) -> None:
    for model in models(engine):
        model.compile()


def forgetful(engine: Engine) -> None:
    """The prior as diffusers has it: all of its tokens pass at every step."""
    engine.prior.model = Forgetful(engine.prior.model)


class Forgetful:
    """A CausalPrior that remembers nothing."""

    def __init__(self, model: CausalPrior) -> None:
        self.model, self.config, self.dtype = model, model.config, model.dtype
        self.post_process_latents = model.post_process_latents

    def remember(self, *text: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return text

    def predict(self, *inputs: torch.Tensor) -> torch.Tensor:
        return self.model(*inputs).predicted_image_embedding


def one_by_one(engine: Engine) -> None:
    draw = engine.generate
    engine.generate = lambda request: [draw(request.part(number, 1)) for number in range(request.count)]


#: What is changed of drawing as published, each alone.
GAINS: dict[str, Callable[[Engine], None]] = {
    "nothing": lambda engine: None,
    "the prior's text remembered": lambda engine: None,
    "a solver of few steps": few_steps,
    "guidance in an interval": guidance_interval,
    "the last steps of the upsampler": last_steps,
    "bf16": lambda engine: None,
    "channels last": memory_format,
    "without batching": one_by_one,
    "compiled": compiled,
}


def measure_full(folder: Path, dtype: str) -> int:
    """Prints loading, the peak of memory beside the bytes of the parameters, and seconds a step of each network.

    Where the processor does not compute in bf16, nothing is drawn in it: it would take a hundred times as long.
    """
    begun = time.perf_counter()
    engine = Engine.load(folder, device="cpu", dtype=dtype)
    loaded = time.perf_counter() - begun
    towers = [engine.encoder.text, engine.prior.model, engine.decoder.projection, *models(engine)]
    held = sum(each.numel() * each.element_size() for model in towers for each in model.parameters())
    print(f"{dtype}: {held / 1e9:.2f} GB of parameters, loaded in {loaded:.1f} s", flush=True)
    if dtype != "bf16" or computes_bf16(torch.device("cpu")):
        draw_in_two_steps(engine)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(f"peak of memory {peak / 1e9:.2f} GB, {peak / held:.2f} x the parameters")
    return 0


def draw_in_two_steps(engine: Engine) -> None:
    engine.prior.steps, engine.prior.draws, engine.upsampler.steps = 2, 1, 2
    marks = [("begin", time.perf_counter())]
    request = TextToImage(PROMPT, steps=2)
    engine.generate(request, lambda progress: marks.append((progress.stage, time.perf_counter())))
    for (_, before), (stage, after) in itertools.pairwise(marks):
        print(f"  {stage:<10} {after - before:6.1f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main())
