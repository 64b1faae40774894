"""Telling processes apart: which one lives, and whether a number still means the one that was meant."""

import ctypes
import os
import signal
import subprocess
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """Ask the kernel to kill this process when its parent ends (Linux; elsewhere a later start does it)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def start_time(pid: int) -> str | None:
    """When a living process started, in the system's own words; None for a dead one, a zombie included.

    A number alone says little: it may be a zombie that nobody buried, or belong to a stranger after a reboot.
    """
    if sys.platform == "linux":
        return _start_ticks(pid)
    state, _, started = _ps("stat=,lstart=", pid).partition(" ")
    return None if not state or state.startswith("Z") else started.strip()


def command(pid: int) -> str:
    """The command line of a process, "" for a dead one."""
    if sys.platform != "linux":
        return _ps("command=", pid)
    try:
        return os.fsdecode(Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" "))
    except OSError:
        return ""


def write_pid(file: Path, pid: int) -> None:
    file.write_text(f"{pid}\n{start_time(pid)}")


def read_pid(file: Path) -> int | None:
    """The process that `write_pid` recorded, if that very one still lives."""
    try:
        pid, _, started = file.read_text().partition("\n")
    except FileNotFoundError:
        return None
    return int(pid) if pid and start_time(int(pid)) == started else None


def end_leftover(file: Path) -> None:
    """Kill the process group of the process that `file` records, if it lives, and remove the file."""
    pid = read_pid(file)
    if pid is not None:
        os.killpg(pid, signal.SIGKILL)
    file.unlink(missing_ok=True)


def _start_ticks(pid: int) -> str | None:
    try:
        # The program's name may hold spaces and brackets; the fields are counted from behind it.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    state, ticks = fields[0], fields[19]
    return None if state in "ZX" else ticks


def _ps(columns: str, pid: int) -> str:
    found = subprocess.run(["ps", "-ww", "-o", columns, "-p", str(pid)], capture_output=True, text=True, check=False)
    return found.stdout.strip()
