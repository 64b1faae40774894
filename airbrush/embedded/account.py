"""The account that PostgreSQL runs under. PostgreSQL refuses to run as root, so root lends it another one."""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NAME = "airbrush"


@dataclass(frozen=True)
class Account:
    name: str
    uid: int
    gid: int

    def options(self) -> dict[str, Any]:
        """The arguments that make `subprocess.run` start a program under this account."""
        if self.uid == os.geteuid():
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def for_servers() -> Account:
    """Our own account; for root, a system account of its own, or `nobody` where none can be made."""
    if os.geteuid() != 0:
        return _find(os.geteuid())
    try:
        return _find(NAME)
    except KeyError:
        return _create() or _find("nobody")


def names_of_clients() -> set[str]:
    """The names of the accounts whose programs may use the database."""
    return {pwd.getpwuid(os.geteuid()).pw_name, for_servers().name}


def _find(who: str | int) -> Account:
    entry = pwd.getpwnam(who) if isinstance(who, str) else pwd.getpwuid(who)
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _create() -> Account | None:
    useradd = shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if useradd is None:
        return None
    command = [useradd, "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
    shell = next((shell for shell in ("/usr/sbin/nologin", "/sbin/nologin") if Path(shell).exists()), "/bin/false")
    # Two first starts may race for the account: whoever loses finds what the other has made.
    subprocess.run([*command, "--shell", shell, NAME], capture_output=True, check=False)
    try:
        return _find(NAME)
    except KeyError:
        return None
