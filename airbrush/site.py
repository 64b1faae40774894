"""Brings the whole site up on one machine and keeps it up: servers, migrations, static files, programs."""

import http.client
import os
import time
from collections.abc import Callable

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor

from airbrush import programs
from airbrush.embedded.postgres import Postgres
from airbrush.embedded.valkey import Valkey
from airbrush.supervisor import Server, Supervisor
from generation import runtime, services

DUMPS_KEPT = 5


def run(say: Callable[[str], None]) -> None:
    """Run until somebody asks to stop; then end everything that was started here."""
    host, port = os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT") or 8000)
    servers = embedded_servers()
    with programs.listen(host, port) as web_socket:
        site = Supervisor(programs.services(web_socket, settings.DATA_DIR), servers, settings.DATA_DIR, say)
        site.heed_signals()
        try:
            for server in servers:
                server.start()
            prepare(servers)
            address = (host.replace("0.0.0.0", "127.0.0.1"), web_socket.getsockname()[1])
            if site.wait(lambda: answers(*address)):
                announce(say, *address)
                site.wait()
            say("Stopping. A job that is being drawn may finish; press Ctrl-C again to stop at once.")
        finally:
            site.stop()


def embedded_servers() -> list[Server]:
    """The servers to run ourselves: those whose address nobody has given."""
    servers: list[Server] = []
    if not os.environ.get("DATABASE_URL"):
        servers.append(Postgres(settings.DATA_DIR / "postgres"))
    if not (os.environ.get("CELERY_BROKER_URL") and os.environ.get("CACHE_URL")):
        servers.append(Valkey(settings.DATA_DIR / "valkey"))
    return servers


def prepare(servers: list[Server]) -> None:
    """What must be in place before the programs start: tables, static files, and the first jobs."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        for postgres in (server for server in servers if isinstance(server, Postgres)):
            if executor.loader.applied_migrations:
                dump(postgres)
        call_command("migrate", interactive=False, verbosity=0)
    collect_static()
    services.submit_demo()
    connections.close_all()


def collect_static() -> None:
    """Collect the static files, if any has changed since the last time."""
    files = sorted(storage.path(name) for finder in get_finders() for name, storage in finder.list([]))
    seen = "\n".join(f"{file} {os.stat(file).st_mtime_ns}" for file in files)
    record = settings.DATA_DIR / "run" / "static-files"
    if not record.exists() or record.read_text() != seen:
        call_command("collectstatic", interactive=False, verbosity=0)
        record.write_text(seen)


def dump(postgres: Postgres) -> None:
    """Keep a copy of the database as it was before a migration, and drop the oldest copies."""
    folder = settings.DATA_DIR / "backups"
    folder.mkdir(mode=0o700, exist_ok=True)
    postgres.dump(folder / time.strftime("%Y-%m-%dT%H%M%S.dump", time.gmtime()))
    for old in sorted(folder.glob("*.dump"))[:-DUMPS_KEPT]:
        old.unlink()


def answers(host: str, port: int) -> bool:
    """Whether the web server answers at all; what it answers to a stranger is the settings' affair."""
    try:
        client = http.client.HTTPConnection(host, port, timeout=0.5)
        client.request("GET", "/health/")
        client.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        client.close()
    return True


def announce(say: Callable[[str], None], host: str, port: int) -> None:
    if problem := runtime.checkpoint_problem():
        say(f"Nothing can be drawn: {problem} The library works.")
    say(f"Airbrush is ready: http://{host}:{port}  (Ctrl-C stops it; logs are in {settings.DATA_DIR / 'log'})")
