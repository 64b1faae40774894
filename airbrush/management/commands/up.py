import fcntl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from airbrush import programs, site
from airbrush.embedded import ServerFailed, paths


class Command(BaseCommand):
    help = "Run the whole site on this machine, with its own PostgreSQL and Valkey unless others are configured."
    requires_system_checks = []

    def handle(self, *args: str, **options: object) -> None:
        with only_one(settings.DATA_DIR / "up.lock"):
            try:
                site.run(self.say)
            except (ServerFailed, paths.NotPrivate, programs.NoFreePort) as problem:
                raise CommandError(str(problem)) from problem

    def say(self, text: str) -> None:
        with suppress(OSError):  # the terminal may have been closed; ending in order matters more
            self.stdout.write(text)
            self.stdout.flush()


@contextmanager
def only_one(file: Path) -> Iterator[None]:
    """Refuse a second site on the same data. The kernel drops the lock of one that was killed."""
    with file.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandError(f"Airbrush already runs with the data in {file.parent}.") from None
        yield
