"""The programs that make up the site on one machine: what is started, with which environment, and who ends first."""

import errno
import socket
import sys
from pathlib import Path

from airbrush.supervisor import Service

#: How many ports after the wished one are tried.
PORTS_TRIED = 50
#: Seconds that the web server has the processor to itself: people wait for its address.
HEAD_START = 2.0


class NoFreePort(RuntimeError):
    """Every port that was tried is in use."""


def listen(host: str, wished: int) -> socket.socket:
    """A listening socket on the wished port, or on the next free one.

    The supervisor holds it, so no other program can take the port while the web server restarts.
    """
    for port in range(wished, wished + PORTS_TRIED):
        try:
            return socket.create_server((host, port), backlog=512)
        except OSError as problem:
            if problem.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
    raise NoFreePort(f"No free port between {wished} and {wished + PORTS_TRIED - 1}; set PORT to another one.")


def services(web_socket: socket.socket, data: Path) -> list[Service]:
    return [
        web(web_socket, data),
        worker("render", "render", {"AIRBRUSH_WORKER": "render"}),
        worker("light", "embed,default", {"AIRBRUSH_WORKER": "light", "OMP_NUM_THREADS": "1"}),
        beat(data),
    ]


def web(web_socket: socket.socket, data: Path) -> Service:
    command = [sys.executable, "-m", "gunicorn", "airbrush.wsgi", "--bind", f"fd://{web_socket.fileno()}"]
    command += ["--worker-class", "gthread", "--workers", "1", "--threads", "8"]
    command += ["--timeout", "60", "--graceful-timeout", "10", "--log-level", "warning", "--no-control-socket"]
    command += ["--access-logfile", str(data / "log" / "access.log")]
    return Service("web", command, _environment(), stop_rank=0, patience=15, inherited_files=[web_socket.fileno()])


def worker(name: str, queues: str, environment: dict[str, str]) -> Service:
    command = [sys.executable, "-m", "celery", "--quiet", "--app", "airbrush", "worker", "--queues", queues]
    command += ["--hostname", f"{name}@%h", "--pool", "prefork", "--concurrency", "1", "-O", "fair"]
    command += ["--without-gossip", "--without-mingle", "--loglevel", "INFO"]
    return Service(name, command, _environment() | environment, stop_rank=1, start_delay=HEAD_START, patience=30)


def beat(data: Path) -> Service:
    command = [sys.executable, "-m", "celery", "--quiet", "--app", "airbrush", "beat", "--loglevel", "INFO"]
    command += ["--schedule", str(data / "run" / "beat-schedule"), "--pidfile="]
    return Service("beat", command, _environment(), stop_rank=0, start_delay=HEAD_START)


def _environment() -> dict[str, str]:
    # Few memory arenas: with many, a threaded server keeps twice the memory it needs.
    # As root, Celery would complain in six lines a worker; nothing here is unpickled.
    return {"PYTHONUNBUFFERED": "1", "MALLOC_ARENA_MAX": "2", "PYTHONWARNINGS": "ignore:You're running the worker"}
