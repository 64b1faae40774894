"""What the command line does with checkpoints themselves: tell what one is, download it, convert its pickles."""

import argparse
import sys
from pathlib import Path

from generation.unclip.checkpoint import find_checkpoint
from generation.unclip.info import Description, describe
from generation.unclip.loading import get_checkpoint

#: The operations that are added here; each sets `tell(options)`, which gives what is to be printed.
UPKEEP = ("info", "download", "convert")


def add_upkeep(operations: argparse._SubParsersAction) -> None:
    info = operations.add_parser("info", help="tell a checkpoint's stages, sizes, memory and license")
    info.add_argument("name", help="“starter”, a checkpoint folder or a name on the hub that was downloaded")
    info.set_defaults(tell=lambda options: report(describe(find_checkpoint(options.name))))
    download = operations.add_parser("download", help="download a checkpoint of the Hugging Face hub")
    download.add_argument("name", help="such as kakaobrain/karlo-v1-alpha; @revision may follow")
    download.set_defaults(tell=lambda options: str(get_checkpoint(options.name, show_download).folder))
    convert = operations.add_parser("convert", help="turn the pickles of a checkpoint into safetensors")
    convert.add_argument("source", type=Path, help="a checkpoint folder, or one pickle")
    convert.add_argument("--out", type=Path, help="what to write; SOURCE-safetensors when left out")
    convert.set_defaults(tell=_convert)


def _convert(options: argparse.Namespace) -> str:
    from generation.unclip.convert import convert

    source: Path = options.source
    beside = source.with_suffix(".safetensors") if source.is_file() else source.with_name(f"{source.name}-safetensors")
    return "\n".join(map(str, convert(source, options.out or beside)))


def report(description: Description) -> str:
    """The description as lines to read."""
    lines = [f"{description.name}: {description.family}, license {description.license}"]
    for stage in description.stages:
        drawn = f", draws {stage.pixels} pixels" if stage.pixels else ""
        lines.append(
            f"  {stage.name:<16} {stage.parameters / 1e6:9.1f} M parameters, {stage.size / 1e6:8.1f} MB "
            f"({', '.join(stage.types)}){drawn}"
        )
    needed = ", ".join(f"{size / 1e9:.2f} GB in {name}" for name, size in description.memory.items())
    return "\n".join([*lines, f"  {description.parameters / 1e6:.1f} M parameters; to draw: about {needed}"])


def show_download(done: int, whole: int) -> None:
    """One line on the terminal, drawn over until the end."""
    if sys.stderr.isatty():
        end = "\n" if done >= whole else ""
        sys.stderr.write(f"\r{done / 1e6:,.0f} of {whole / 1e6:,.0f} MB{end}")
