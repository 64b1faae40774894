"""Where the embedded servers keep their data and their sockets. Knows folders only; starts nothing."""

import hashlib
import os
import shutil
import stat
from pathlib import Path

#: A Unix socket's path holds at most 107 bytes on Linux and 103 on macOS.
SOCKET_PATH_LIMIT = 100


class NotPrivate(RuntimeError):
    """A folder that must belong to one account alone is open to others."""


def socket_folder(home: Path, longest_name: str, owner: int) -> Path:
    """The folder for a server's socket: `home/run`, or a short one under /tmp when that path is too long."""
    folder = home / "run"
    if len(os.fsencode(folder / longest_name)) <= SOCKET_PATH_LIMIT:
        return folder
    digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
    return Path("/tmp") / f"airbrush-{owner}-{digest}"


def make_private(folder: Path, owner: int) -> None:
    """Make `folder` for `owner` alone (0700), or refuse a folder that is somebody else's or open to others."""
    try:
        folder.mkdir(mode=0o700, parents=True)
        if owner != os.geteuid():
            shutil.chown(folder, owner)
    except FileExistsError:
        pass
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner or found.st_mode & 0o077:
        raise NotPrivate(f"{folder} must be a folder that only its owner (user id {owner}) can open.")
