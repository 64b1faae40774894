"""Folders of pictures that lie in Git repositories: out of a folder of mirrors, or fetched from GitHub with git itself.

Always one known commit, so that everybody gets the same pictures.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .npm import SourceUnavailable

HOST = "https://github.com"
FETCH_SECONDS = 900
# A repository that is not there must not ask for a password.
_QUIET = {"GIT_TERMINAL_PROMPT": "0"}


@dataclass(frozen=True)
class Repository:
    """A repository "owner/name" at one commit."""

    name: str
    commit: str

    @property
    def folder(self) -> str:
        """What its mirror is called, as a file name."""
        return self.name.replace("/", "+")


def unpack(repository: Repository, paths: Sequence[str], into: Path, *, cache: Path, places: Sequence[Path]) -> None:
    """Writes these files and folders of the repository below the folder `into`.

    It is looked for in the folders of mirrors `places`, then in the cache, to which it is fetched where it is in none
    of them. Raises SourceUnavailable.
    """
    if shutil.which("git") is None:
        raise SourceUnavailable(f"git is not installed, so {repository.name} cannot be read")
    folder = _found(repository, [*places, cache]) or _fetch(repository, cache)
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=into, suffix=".zip") as archive:
        command = _git(folder, "archive", "--format=zip", "-0", f"--output={archive.name}")
        try:
            subprocess.run([*command, repository.commit, "--", *paths], check=True, capture_output=True, text=True)
            with zipfile.ZipFile(archive.name) as files:
                files.extractall(into)
        except subprocess.CalledProcessError as exc:
            raise SourceUnavailable(f"{repository.name} cannot be read from {folder}: {exc.stderr.strip()}") from exc
        except (zipfile.BadZipFile, OSError) as exc:
            raise SourceUnavailable(f"{repository.name} cannot be read from {folder}: {exc}") from exc


def _found(repository: Repository, places: Sequence[Path]) -> Path | None:
    """The git directory of a mirror that has the commit: a bare one, that of a clone, or one a folder further down."""
    for mirror in (place / name for place in places for name in (repository.folder, repository.name.split("/")[1])):
        for folder in (mirror, *(each for each in _folders(mirror) if _is_git(each))):
            if _is_git(folder) and _runs(_git(folder, "cat-file", "-e", f"{repository.commit}^{{commit}}")):
                return folder
    return None


def _fetch(repository: Repository, cache: Path) -> Path:
    """The git directory in the cache with just this commit. Raises SourceUnavailable."""
    whole, partial = cache / repository.folder, cache / f"{repository.folder}.{os.getpid()}.partial"
    cache.mkdir(parents=True, exist_ok=True)
    address = f"{HOST}/{repository.name}"
    try:
        subprocess.run(["git", "init", "--quiet", "--bare", partial], check=True, capture_output=True, text=True)
        command = _git(partial, "fetch", "--quiet", "--depth=1", address, repository.commit)
        environment = os.environ | _QUIET
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=FETCH_SECONDS, env=environment)
        shutil.rmtree(whole, ignore_errors=True)
        return partial.rename(whole)
    except subprocess.CalledProcessError as exc:
        reason = (exc.stderr.strip().splitlines() or ["no reason given"])[0].removeprefix("fatal: ")
        raise SourceUnavailable(f"git could not fetch {address} at {repository.commit[:7]}: {reason}") from exc
    except subprocess.TimeoutExpired as exc:
        raise SourceUnavailable(f"git did not fetch {address} within {FETCH_SECONDS // 60} minutes") from exc
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _git(folder: Path, *words: str) -> list[str]:
    return ["git", f"--git-dir={folder}", *words]


def _runs(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _folders(place: Path) -> list[Path]:
    return sorted(path for path in place.iterdir() if path.is_dir()) if place.is_dir() else []


def _is_git(folder: Path) -> bool:
    return (folder / "HEAD").is_file() and (folder / "objects").is_dir()
