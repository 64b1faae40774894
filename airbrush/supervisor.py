"""Keeps a set of processes alive, writes down what they say, and ends them in order.

It knows commands, not what they do. Everything happens in one thread: between two looks at the processes it waits for
their output.
"""

import os
import re
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Protocol

from airbrush.embedded import ServerFailed, processes

#: A second between two looks is short for people and nothing for the machine.
TICK = 0.25
LONGEST_DELAY = 30.0
#: A process that has lived this long is no longer crashing from the start.
STEADY_AFTER = 60.0
LOG_LIMIT = 10 * 1024 * 1024
ROUTINE = re.compile(rb"^\S+ \S+ (DEBUG|INFO) ")


class Server(Protocol):
    """A server that is no child of ours: it may have been running before us."""

    def start(self) -> None: ...
    def stop(self) -> None: ...
    def is_alive(self) -> bool: ...


@dataclass(frozen=True)
class Service:
    """A program to keep running. Services stop in order of `stop_rank`; those of one rank stop together."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    stop_rank: int = 0
    #: Seconds after which it starts the first time, so that others may have the processor before it.
    start_delay: float = 0.0
    #: How long it may take to end after SIGTERM, in seconds.
    patience: float = 10.0
    inherited_files: Sequence[int] = ()


class Child:
    """One service's process, its log, and when to start it again."""

    def __init__(self, service: Service, folder: Path) -> None:
        self.service = service
        self.pid_file = folder / "run" / f"{service.name}.pid"
        self.log_file = folder / "log" / f"{service.name}.log"
        self.process: subprocess.Popen | None = None
        self.log: BinaryIO | None = None
        self.rest = b""
        self.started = 0.0
        self.start_at = 0.0
        self.delay = 0.5

    def start(self) -> None:
        processes.end_leftover(self.pid_file)
        self.log = _open_log(self.log_file)
        self.process = subprocess.Popen(
            self.service.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=os.environ | self.service.environment,
            pass_fds=self.service.inherited_files,
            start_new_session=True,  # Ctrl-C reaches the supervisor alone, which ends the rest in order
            preexec_fn=processes.die_with_parent,
        )
        os.set_blocking(self.process.stdout.fileno(), False)
        self.started = time.monotonic()
        processes.write_pid(self.pid_file, self.process.pid)

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def plan_restart(self) -> float:
        """Decide when to start again: later each time, unless the process had been steady."""
        lived = time.monotonic() - self.started
        self.delay = 1.0 if lived > STEADY_AFTER else min(self.delay * 2, LONGEST_DELAY)
        self.start_at = time.monotonic() + self.delay
        return self.delay

    def signal(self, number: int) -> None:
        if self.is_running():
            self.process.send_signal(number)

    def close(self) -> None:
        """End what the process has left behind in its group, and let go of its log."""
        if self.process is not None:
            with suppress(ProcessLookupError, PermissionError):  # macOS answers EPERM for a group of zombies
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.stdout.close()
            self.log.close()
            self.process = None
            self.pid_file.unlink(missing_ok=True)

    def read_lines(self) -> list[bytes]:
        """What the process has said since the last call, in whole lines, written to its log on the way."""
        said = self.process.stdout.read() or b""
        self.log.write(said)
        *lines, self.rest = (self.rest + said).split(b"\n")
        return lines


class Supervisor:
    def __init__(
        self, services: Sequence[Service], servers: Sequence[Server], folder: Path, say: Callable[[str], None]
    ) -> None:
        self.children = [Child(service, folder) for service in services]
        self.servers = servers
        self.say = say
        self.stop_requests = 0
        self.began = 0.0
        self.next_look_at_servers = 0.0
        self.selector = selectors.DefaultSelector()
        for name in ("run", "log"):
            (folder / name).mkdir(parents=True, exist_ok=True)

    def heed_signals(self) -> None:
        """From now on Ctrl-C, SIGTERM and a closed terminal ask `wait` to return."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._request_stop)

    def wait(self, is_done: Callable[[], bool] = lambda: False) -> bool:
        """Keep everything running until `is_done` (True) or until somebody asks to stop (False)."""
        self.began = self.began or time.monotonic()
        while not self.stop_requests:
            if is_done():
                return True
            self._relay(TICK)
            self._revive_servers()
            self._revive_children()
        return False

    def stop(self) -> None:
        """End the services by rank, then the servers in the reverse of their starting order."""
        for rank in sorted({child.service.stop_rank for child in self.children}):
            self._stop_together([child for child in self.children if child.service.stop_rank == rank])
        for server in reversed(self.servers):
            server.stop()

    def _request_stop(self, number: int, frame: object) -> None:
        self.stop_requests += 1

    def _start(self, child: Child) -> None:
        child.start()
        self.selector.register(child.process.stdout, selectors.EVENT_READ, child)

    def _release(self, child: Child) -> None:
        self._print(child)
        self.selector.unregister(child.process.stdout)
        child.close()

    def _revive_servers(self) -> None:
        if time.monotonic() < self.next_look_at_servers:
            return
        self.next_look_at_servers = time.monotonic() + 2
        for server in self.servers:
            if not server.is_alive():
                self.say(f"{type(server).__name__} has ended; starting it again.")
                try:
                    server.start()
                except ServerFailed as problem:
                    self.say(str(problem))

    def _revive_children(self) -> None:
        for child in self.children:
            due = max(child.start_at, self.began + child.service.start_delay)
            if child.process is None and time.monotonic() >= due:
                self._start(child)
            elif child.process is not None and not child.is_running():
                code = child.process.returncode
                self._release(child)
                self.say(f"{child.service.name} ended ({_words(code)}); next start in {child.plan_restart():.0f} s.")

    def _stop_together(self, children: list[Child]) -> None:
        asked = self.stop_requests
        for child in children:
            child.signal(signal.SIGTERM)
        started = time.monotonic()
        while any(child.is_running() for child in children):
            self._relay(0.05)
            for child in children:
                impatient = self.stop_requests > max(asked, 1)
                if impatient or time.monotonic() - started > child.service.patience:
                    child.signal(signal.SIGKILL)
        for child in children:
            if child.process is not None:
                self._release(child)

    def _relay(self, seconds: float) -> None:
        ready = self.selector.select(seconds)
        for key, _ in ready:
            self._print(key.data)
        if ready:
            time.sleep(0.02)  # the pipe of an ended process is always ready

    def _print(self, child: Child) -> None:
        for line in child.read_lines():
            if line.strip() and not ROUTINE.match(line):
                self.say(f"{child.service.name:>6} | {line.decode(errors='replace').rstrip()}")


def _open_log(file: Path) -> BinaryIO:
    if file.exists() and file.stat().st_size > LOG_LIMIT:
        file.replace(file.with_suffix(".log.1"))
    return file.open("ab", buffering=0)


def _words(code: int) -> str:
    return f"by {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"
