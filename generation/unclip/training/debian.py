"""Fetches packages of the Debian archive with apt's own client, and reads files out of them: ar around a tar."""

from __future__ import annotations

import lzma
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from .npm import SourceUnavailable

CLIENT = "apt-get"
FETCH_SECONDS = 900
_MAGIC = b"!<arch>\n"
_HEADER = 60


def fetch(package: str, cache: Path, places: Sequence[Path] = ()) -> Path:
    """The package file in one of `places` or in the cache folder, downloaded only where it is in none of them.

    Raises SourceUnavailable.
    """
    for folder in (*places, cache):
        if found := sorted(folder.glob(f"{package}_*.deb")):
            return found[-1]
    apt = shutil.which(CLIENT)
    if apt is None:
        raise SourceUnavailable(f"{CLIENT} is not installed; bring {package}_*.deb from a Debian mirror into {cache}")
    cache.mkdir(parents=True, exist_ok=True)
    # Fetched aside and renamed, since a killed download must not be taken for a package the next time.
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        try:
            command = [apt, "download", "--quiet", package]
            subprocess.run(command, check=True, capture_output=True, text=True, timeout=FETCH_SECONDS, cwd=folder)
        except subprocess.CalledProcessError as exc:
            raise SourceUnavailable(f"apt-get could not fetch {package}: {_reason(exc.stderr)}") from exc
        except subprocess.TimeoutExpired as exc:
            raise SourceUnavailable(f"apt-get did not fetch {package} within {FETCH_SECONDS // 60} minutes") from exc
        (file,) = Path(folder).glob("*.deb")
        return file.replace(cache / file.name)


def read(package: Path, wanted: Callable[[str], bool]) -> Iterator[tuple[str, bytes]]:
    """Path and content of each plain file of a package whose path, which begins "usr/", is wanted.

    Raises SourceUnavailable where the package is damaged.
    """
    try:
        with package.open("rb") as file:
            _find_data(file)
            with tarfile.open(fileobj=file, mode="r|*") as files:
                for member in files:
                    path = member.name.removeprefix("./")
                    if member.isfile() and wanted(path):
                        yield path, files.extractfile(member).read()
    except (tarfile.TarError, lzma.LZMAError, EOFError, OSError, ValueError) as exc:
        raise SourceUnavailable(f"{package} is damaged ({exc}); delete it and prepare again") from exc


def _find_data(file: BinaryIO) -> None:
    """Moves to the beginning of the archive of the package's files. Raises ValueError where there is none."""
    if file.read(len(_MAGIC)) != _MAGIC:
        raise ValueError("it is no ar archive")
    while len(header := file.read(_HEADER)) == _HEADER:
        name, size = header[:16].strip(), int(header[48:58])
        if name.startswith(b"data.tar"):
            return
        # Members begin at even places.
        file.seek(size + size % 2, 1)
    raise ValueError("it holds no files")


def _reason(stderr: str) -> str:
    """The last complaint of apt-get, without its letter."""
    lines = [line.removeprefix("E: ") for line in stderr.strip().splitlines() if line.startswith("E: ")]
    return lines[-1] if lines else "no reason given"
