"""Checkpoints of the Hugging Face hub, downloaded once and kept at the revision that was found then. Free of torch.

A download that was interrupted goes on where it stopped. Every large file is compared with the checksum that the hub
tells, and a folder counts as downloaded only when all of its files are there: then its receipt is written.
"""

import errno
import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import httpx2
from huggingface_hub import HfApi, constants, get_session
from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError, RevisionNotFoundError
from huggingface_hub.hf_api import ModelInfo, RepoSibling
from huggingface_hub.utils import build_hf_headers, hf_raise_for_status

from generation.unclip.checkpoint import FAMILIES, INDEX, Role, read_json, stem
from generation.unclip.errors import CheckpointInvalid, CheckpointNotFound, DiskFull, DownloadFailed
from generation.unclip.weights import PICKLES

RECEIPT = "download.json"
PAGES = ("README.md", "LICENSE")
#: Weights in other precisions, which some repositories hold beside those in full.
VARIANTS = (".fp16.", ".non_ema.")
#: Bytes left free on the disk.
MARGIN = 1 << 28
CHUNK = 1 << 20


def cached_folder(name: str) -> Path:
    """Where the checkpoint `owner/repository` or `owner/repository@revision` lies. Raises CheckpointNotFound."""
    folder = _folder(name)
    if not (folder / RECEIPT).is_file():
        raise CheckpointNotFound(
            f"The model checkpoint {name} has not been downloaded yet: python -m generation.unclip download {name}"
        )
    return folder


def download(name: str, on_download: Callable[[int, int], None]) -> Path:
    """Downloads a checkpoint with all its roles; `on_download` is told (bytes so far, bytes in all).

    Raises CheckpointNotFound, CheckpointInvalid, DownloadFailed, DiskFull, and whatever `on_download` raises.
    """
    with _told_in_sentences(name):
        repositories = list(_repositories(name))
        wanted = [(info, folder, file) for info, folder, role in repositories for file in _files(info, role)]
        whole = sum(file.size or 0 for _, _, file in wanted)
        _make_room(wanted)
        before = 0
        for info, folder, file in wanted:
            _fetch(info, file, folder / file.rfilename, lambda done, before=before: on_download(before + done, whole))
            before += file.size or 0
        # The one asked for comes first and is noted last: with its receipt, everything is there.
        for info, folder, _ in reversed(repositories):
            (folder / RECEIPT).write_text(json.dumps({"repository": info.id, "commit": info.sha}), encoding="utf-8")
    return _folder(name)


def _folder(name: str) -> Path:
    """Folders of one owner and revision lie side by side, as the roles of a checkpoint are looked for."""
    repository, _, revision = name.partition("@")
    owner, _, short = repository.partition("/")
    return Path(constants.HF_HOME) / "airbrush" / (f"{owner}@{revision}" if revision else owner) / short


def _repositories(name: str) -> Iterator[tuple[ModelInfo, Path, Role]]:
    """What the hub tells of each role's repository, the one that was asked for first."""
    repository, _, revision = name.partition("@")
    info = _ask(repository, revision)
    folder = _folder(name)
    index = next((file for file in info.siblings or () if file.rfilename == INDEX), None)
    if index is None:
        raise CheckpointInvalid(f"{name} has no {INDEX}, so it is no checkpoint in diffusers' layout.")
    _fetch(info, index, folder / INDEX, lambda done: None)
    kind = read_json(folder / INDEX).get("_class_name")
    roles = next((roles for roles in FAMILIES.values() if kind in [role.index_class for role in roles]), None)
    if roles is None:
        raise CheckpointInvalid(f"{name} is a {kind}, which cannot be drawn with here.")
    for role in sorted(roles, key=lambda role: role.index_class != kind):
        if role.index_class == kind:
            yield info, folder, role
            continue
        other = stem(repository) + role.ending
        try:
            yield _ask(other, ""), folder.parent / other.partition("/")[2], role
        except RepositoryNotFoundError:
            if not role.optional:
                raise


def _ask(repository: str, revision: str) -> ModelInfo:
    return HfApi(endpoint=constants.ENDPOINT).model_info(repository, revision=revision or None, files_metadata=True)


def _files(info: ModelInfo, role: Role) -> list[RepoSibling]:
    """The files of a repository that a role uses. Raises DownloadFailed where weights are there as a pickle only."""
    files = info.siblings or []
    parts = (*role.weights, *role.settings)
    used = [file for file in files if file.rfilename.partition("/")[0] in parts or file.rfilename in (INDEX, *PAGES)]
    for part in role.weights:
        names = [Path(file.rfilename).suffix for file in used if file.rfilename.startswith(f"{part}/")]
        if ".safetensors" not in names and set(PICKLES) & set(names):
            raise DownloadFailed(
                f"{info.id} holds its {part} as a pickle, which could run code as it is read. To turn it into "
                f"safetensors: hf download {info.id} --local-dir DIR && python -m generation.unclip convert DIR"
            )
    return [
        file
        for file in used
        if Path(file.rfilename).suffix not in PICKLES and not any(each in file.rfilename for each in VARIANTS)
    ]


def _make_room(wanted: list[tuple[ModelInfo, Path, RepoSibling]]) -> None:
    """Raises DiskFull where what is still to be fetched would not fit."""
    missing = sum(file.size or 0 for _, folder, file in wanted if not (folder / file.rfilename).is_file())
    home = wanted[0][1]
    home.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(home).free
    if missing + MARGIN > free:
        raise DiskFull(
            f"The model checkpoint needs {missing / 1e9:.1f} GB in {home}, where {free / 1e9:.1f} GB are free."
        )


def _fetch(info: ModelInfo, file: RepoSibling, path: Path, on_bytes: Callable[[int], None]) -> None:
    """Brings one file to `path`, from where an earlier try stopped."""
    if path.is_file() and path.stat().st_size == file.size:
        on_bytes(file.size)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{info.sha}.part")
    _stream(f"{constants.ENDPOINT}/{info.id}/resolve/{info.sha}/{quote(file.rfilename)}", part, on_bytes)
    if part.stat().st_size != file.size or (file.lfs and _sha256(part) != file.lfs.sha256):
        part.unlink()
        raise DownloadFailed(f"{file.rfilename} of {info.id} arrived damaged and was thrown away; try again.")
    part.replace(path)


def _stream(url: str, part: Path, on_bytes: Callable[[int], None]) -> None:
    with part.open("ab") as kept:
        headers = {**build_hf_headers(), "Range": f"bytes={kept.tell()}-", "Accept-Encoding": "identity"}
        with get_session().stream("GET", url, headers=headers, follow_redirects=True) as response:
            if response.status_code == httpx2.codes.RANGE_NOT_SATISFIABLE:
                return
            hf_raise_for_status(response)
            if response.status_code != httpx2.codes.PARTIAL_CONTENT:
                kept.truncate(0)
            for chunk in response.iter_bytes(CHUNK):
                kept.write(chunk)
                on_bytes(kept.tell())


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _told_in_sentences(name: str) -> Iterator[None]:
    try:
        yield
    except (RepositoryNotFoundError, RevisionNotFoundError) as exc:
        raise CheckpointNotFound(f"There is no model checkpoint {name} on the hub, or not for everyone.") from exc
    except (HfHubHTTPError, httpx2.HTTPError) as exc:
        raise DownloadFailed(
            f"The hub did not give {name} ({exc}); the next try goes on where this one stopped."
        ) from exc
    except OSError as exc:
        if exc.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise DiskFull(
            f"The disk is full: {name} was not downloaded to its end. Make room; the next try goes on from there."
        ) from exc
