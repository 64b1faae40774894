import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from airbrush.embedded.postgres import Postgres
from airbrush.embedded.valkey import Valkey


@contextmanager
def reachable_folder():
    """A folder that the account of PostgreSQL can reach, which pytest's own are not when root runs the tests."""
    path = Path(tempfile.mkdtemp(prefix="airbrush-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def folder():
    with reachable_folder() as path:
        yield path


@pytest.fixture(scope="module")
def shared_postgres():
    with reachable_folder() as path:
        server = Postgres(path / "postgres")
        yield server
        server.stop()


@pytest.fixture
def postgres(shared_postgres):
    """A running server; to make a cluster takes seconds, so a module's tests share one."""
    shared_postgres.start()
    return shared_postgres


@pytest.fixture
def valkey(folder):
    server = Valkey(folder / "valkey")
    server.start()
    yield server
    server.stop()
