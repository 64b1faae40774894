"""Where the embedded servers keep their data and their sockets. Knows folders only; starts nothing."""

import errno
import hashlib
import os
import stat
import tempfile
from pathlib import Path

#: A Unix socket's path holds at most 107 bytes on Linux and 103 on macOS.
SOCKET_PATH_LIMIT = 100


class NotPrivate(RuntimeError):
    """A folder that must belong to one account alone is open to others."""


def digest(folder: Path) -> str:
    return hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]


def socket_folder(home: Path, longest_name: str) -> Path:
    """The folder for a server's socket: `home/run`, or a short one under /tmp when that path is too long."""
    folder = home / "run"
    if len(os.fsencode(folder / longest_name)) <= SOCKET_PATH_LIMIT:
        return folder
    return Path("/tmp") / f"airbrush-{digest(folder)}"


def make_private(folder: Path, uid: int, gid: int) -> None:
    """Make `folder` for one account alone (0700), or refuse one that is somebody else's or open to others."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    if not os.path.lexists(folder):
        _create_private(folder, uid, gid)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != uid or found.st_mode & 0o077:
        raise NotPrivate(f"{folder} must be a folder that only its owner, user id {uid}, can open.")


def _create_private(folder: Path, uid: int, gid: int) -> None:
    """Create `folder` already owned by its account, since another starter may look at it at any moment."""
    own = Path(tempfile.mkdtemp(prefix=f"{folder.name}.", dir=folder.parent))
    try:
        os.chown(own, uid, gid)
        own.rename(folder)
    except OSError as error:
        own.rmdir()
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
            raise


def open_to_everyone(path: Path) -> bool:
    """Whether every account on this machine can pass through the folders above `path`, and enter or run `path`."""
    existing = [step for step in (path, *path.parents) if step.exists()]
    return all(step.stat().st_mode & stat.S_IXOTH for step in existing)
