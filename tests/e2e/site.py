"""The whole site as its users start it, for tests that press its buttons and pull its plugs."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psycopg

from airbrush.embedded import processes
from airbrush.embedded.postgres import Postgres

ROOT = Path(__file__).parents[2]
#: Leases that end soon: the tests wait for them.
QUICK = {"GENERATION_LEASE_SECONDS": "8", "GENERATION_HEARTBEAT_SECONDS": "2", "GENERATION_REPUBLISH_SECONDS": "8"}


class Site:
    def __init__(self, data: Path, **environment: str) -> None:
        self.data = data
        inherited = {name: os.environ[name] for name in ("PATH", "HOME", "AIRBRUSH_CHECKPOINT") if name in os.environ}
        self.environment = inherited | QUICK | {"AIRBRUSH_DATA": str(data), "PORT": "8400"} | environment
        self.output = data.parent / "output"
        self.process: subprocess.Popen | None = None
        self.address = ""

    def start(self, seconds: float = 300) -> None:
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "up"], cwd=ROOT, env=self.environment, stdout=output, stderr=output
            )
        until(lambda: "is ready" in self.said() or self.process.poll() is not None, seconds)
        assert self.process.poll() is None, self.said()
        self.address = re.search(r"http://\S+", self.said()).group()

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(60)

    def said(self) -> str:
        return self.output.read_text(errors="replace")

    def processes(self) -> set[int]:
        """Every process of the site: what the supervisor has started, and all that came of it."""
        family, parents = {self.process.pid}, _parents()
        postgres = Postgres(self.data / "postgres").pid()
        family |= {postgres} if postgres else set()
        while more := {pid for pid, parent in parents.items() if parent in family} - family:
            family |= more
        return family

    def living(self, pids: set[int]) -> set[int]:
        return {pid for pid in pids if processes.start_time(pid)}

    def pid(self, service: str) -> int:
        return processes.read_pid(self.data / "run" / f"{service}.pid")

    def kill(self) -> None:
        """End every process of the site at once, without a warning."""
        pids = self.processes()
        for pid in pids:
            # PostgreSQL's backends come and go, and leave by themselves once their parent is dead.
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
        until(lambda: not self.living(pids))

    def run(self, script: str) -> None:
        """Run Python inside the site, as its own programs would."""
        command = [sys.executable, "-W", "ignore", "manage.py", "shell", "-c", script]
        subprocess.run(command, cwd=ROOT, env=self.environment, check=True, capture_output=True)

    def query(self, sql: str, *values: object) -> object:
        with psycopg.connect(**Postgres(self.data / "postgres").conninfo) as connection:
            return connection.execute(sql, values).fetchone()[0]


def until(condition: Callable[[], object], seconds: float = 60) -> None:
    give_up = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up, "it did not happen in time"
        time.sleep(0.1)


def _parents() -> dict[int, int]:
    table = subprocess.run(["ps", "-Ao", "pid=,ppid="], capture_output=True, text=True, check=True).stdout.split()
    return dict(zip(map(int, table[::2]), map(int, table[1::2]), strict=True))
