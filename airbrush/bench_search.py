"""Measures the library's search with 10 thousand, 100 thousand and a million images, against the figures promised.

    python -m airbrush.bench_search [--sizes 10000,100000] [--folder FOLDER]

Every size gets a database of its own on an embedded PostgreSQL. With a folder they stay there for the next time.
The exit status is 1 where a bound is missed.
"""

import argparse
import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django
import psycopg

from airbrush.embedded.postgres import Postgres

#: Milliseconds that 95 of 100 answers may take with a million images, and how much longer than with ten thousand.
BOUND, LARGE_BOUND, GROWTH = 50, 120, 3.0
RECALL = 0.95
#: Growth below so many milliseconds is noise.
NOISE = 5.0
SIZES = (10_000, 100_000, 1_000_000)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="how many images, several with commas")
    parser.add_argument("--folder", type=Path, help="where the databases stay; otherwise they are removed")
    options = parser.parse_args()
    sizes = [int(size) for size in options.sizes.split(",")]
    with running_server(options.folder) as server:
        from airbrush.bench_queries import Report

        reports = [measured(server, size, Report) for size in sizes]
    missed = show(reports)
    say(f"\n{len(missed)} missed: {'; '.join(missed)}" if missed else "\nAll within bounds.")
    sys.exit(1 if missed else 0)


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


@contextmanager
def running_server(folder: Path | None) -> Iterator[Postgres]:
    """A PostgreSQL of the bench's own, to which this process's settings point."""
    home = folder or Path(tempfile.mkdtemp(prefix="airbrush-bench-"))
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o755)  # PostgreSQL runs under an account of its own when root starts it
    os.environ |= {"AIRBRUSH_DATA": str(home), "SECRET_KEY": secrets.token_urlsafe(64), "HTTPS": "false"}
    os.environ |= {"DJANGO_SETTINGS_MODULE": "airbrush.settings"}
    os.environ.pop("DATABASE_URL", None)
    server = Postgres(home / "postgres")
    server.start()
    try:
        django.setup()
        yield server
    finally:
        server.stop()
        if folder is None:
            shutil.rmtree(server.home, ignore_errors=True)
            shutil.rmtree(home, ignore_errors=True)


def measured(server: Postgres, size: int, report):
    """Fill a database with `size` images, unless an earlier run did, and measure it."""
    from django.core.management import call_command
    from django.db import connections

    from airbrush import bench_library

    name = f"bench_{size}"
    with psycopg.connect(**server.conninfo | {"dbname": "postgres"}, autocommit=True) as connection:
        is_new = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None
        if is_new:
            connection.execute(f"CREATE DATABASE {name}")
    connections.close_all()
    connections["default"].settings_dict["NAME"] = name
    if is_new:
        say(f"Filling a library of {size:,} images.")
        call_command("migrate", verbosity=0)
        bench_library.fill(size)
    say(f"Measuring with {size:,} images.")
    found = report(size)
    connections.close_all()
    return found


def show(reports: list) -> list[str]:
    """Print the tables; return what is out of bounds."""
    first, last = reports[0], reports[-1]
    sizes = "".join(f"{f'{report.size:,}':>18}" for report in reports)
    say(f"\n{'milliseconds, p50 / p95':44}{sizes}{'growth':>9}{'bound':>7}{'naive':>9}")
    missed = []
    for name in last.rows:
        times = "".join(f"{'{:.1f} / {:.1f}'.format(*report.rows[name]):>18}" for report in reports)
        growth = last.rows[name][0] / first.rows[name][0]
        bound = LARGE_BOUND if "hybrid" in name or "facets" in name else BOUND
        naive = f"{last.naive[name] / last.rows[name][0]:.0f} x" if name in last.naive else ""
        say(f"{name:44}{times}{growth:>7.1f} x{bound:>7}{naive:>9}")
        if last.rows[name][1] > bound:
            missed.append(f"{name} takes {last.rows[name][1]:.0f} ms")
        if growth > GROWTH and last.rows[name][0] > NOISE:
            missed.append(f"{name} grows {growth:.1f} times")
    say(f"\n{'recall of the nearest 20, and the page filled':44}")
    for report in reports:
        for name, (recall, is_full) in report.recall.items():
            say(f"{name:44}{report.size:>18,}{recall:>9.3f}{'   full' if is_full else '   NOT FULL'}")
            if recall < RECALL or not is_full:
                missed.append(f"{name} at {report.size:,}: recall {recall:.3f}")
    say(f"\n{'index, at the largest size':44}{'seconds':>18}{'megabytes':>18}")
    for name, (seconds, size) in last.indexes.items():
        say(f"{name:44}{seconds:>18.1f}{size / 1e6:>18.0f}")
    say(f"{'the whole database':44}{'':>18}{last.bytes / 1e6:>18.0f}")
    return missed


if __name__ == "__main__":
    main()
