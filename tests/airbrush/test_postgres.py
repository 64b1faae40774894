import os
import shutil
import signal
import stat
import subprocess
import sys
import time

import psycopg
import pytest

from airbrush.embedded import paths, processes
from airbrush.embedded import postgres as module
from airbrush.embedded.postgres import Postgres

only_root = pytest.mark.skipif(os.geteuid() != 0, reason="what root does differently")


def query(server, sql):
    with psycopg.connect(**server.conninfo) as connection:
        return connection.execute(sql).fetchone()[0]


def execute(server, sql):
    with psycopg.connect(**server.conninfo, autocommit=True) as connection:
        connection.execute(sql)


def test_extensions_are_there(postgres):
    for name in ("vector", "pg_trgm", "unaccent"):
        execute(postgres, f"CREATE EXTENSION {name}")


def test_listens_on_no_address(postgres):
    assert query(postgres, "SHOW listen_addresses") == ""


def test_only_its_owner_reaches_the_socket(postgres):
    found = postgres.socket_folder.stat()
    assert (stat.S_IMODE(found.st_mode), found.st_uid) == (0o700, postgres.account.uid)


def test_survives_a_restart(postgres):
    execute(postgres, "CREATE TABLE kept AS SELECT 7 AS number")
    postgres.stop()
    postgres.start()
    assert query(postgres, "SELECT number FROM kept") == 7


def test_second_start_uses_the_running_server(postgres):
    pid = postgres.pid()
    Postgres(postgres.home).start()
    assert postgres.pid() == pid


def test_stop_leaves_no_process(postgres):
    pid = postgres.pid()
    postgres.stop()
    assert processes.start_time(pid) is None


def test_rows_survive_kill_9(postgres):
    execute(postgres, "CREATE TABLE acknowledged (number int)")
    for number in range(3):
        execute(postgres, f"INSERT INTO acknowledged VALUES ({number})")
        os.kill(postgres.pid(), signal.SIGKILL)
        started = time.monotonic()
        postgres.start()
        assert time.monotonic() - started < 20
    assert query(postgres, "SELECT count(*) FROM acknowledged") == 3


def test_pid_file_of_a_stranger_does_not_keep_it_from_starting(postgres):
    postgres.stop()
    (postgres.data / "postmaster.pid").write_text(f"{os.getpid()}\n{postgres.data}\n0\n5432\n\n\n\n\n")
    assert not postgres.is_ready()
    postgres.start()
    assert postgres.is_ready()


@pytest.mark.parametrize("name", ["e m b ü", "it's", "long " * 30])
def test_path_may_be_unusual(folder, name):
    server = Postgres(folder / name / "postgres")
    server.start()
    try:
        assert query(server, "SELECT 1") == 1
    finally:
        server.stop()
        if not server.socket_folder.is_relative_to(folder):
            server.socket_folder.rmdir()


START = """
import pathlib, sys
from airbrush.embedded.postgres import Postgres
Postgres(pathlib.Path(sys.argv[1])).start()
"""


def test_concurrent_starters_share_one_server(folder):
    home = folder / "postgres"
    starters = [subprocess.Popen([sys.executable, "-c", START, str(home)]) for _ in range(8)]
    try:
        assert [starter.wait(120) for starter in starters] == [0] * 8
        assert Postgres(home).is_ready()
    finally:
        Postgres(home).stop()


def test_moved_folder_still_works(folder):
    first = Postgres(folder / "before" / "postgres")
    first.start()
    first.stop()
    (folder / "before").rename(folder / "after")
    moved = Postgres(folder / "after" / "postgres")
    moved.start()
    try:
        assert query(moved, "SELECT 1") == 1
    finally:
        moved.stop()


def test_killed_initdb_leaves_nothing_behind(folder):
    (folder / "postgres").mkdir(mode=0o700)
    server = Postgres(folder / "postgres")
    if os.geteuid() == 0:
        os.chown(server.home, server.account.uid, server.account.gid)
    (server.home / "pgdata.init").mkdir()
    (server.home / "pgdata.init" / "PG_VERSION").write_text("18\n")
    server.start()
    try:
        assert not (server.home / "pgdata.init").exists()
    finally:
        server.stop()


def test_folder_open_to_others_is_refused(folder):
    (folder / "postgres").mkdir(mode=0o755)
    with pytest.raises(paths.NotPrivate):
        Postgres(folder / "postgres").start()


def test_dump_is_in_the_format_of_pg_dump(postgres, folder):
    postgres.dump(folder / "copy.dump")
    assert (folder / "copy.dump").read_bytes().startswith(b"PGDMP")


@only_root
def test_server_of_root_runs_under_another_account(postgres):
    assert postgres.data.stat().st_uid == postgres.account.uid != 0


@only_root
def test_folders_of_root_are_not_opened(folder, monkeypatch):
    monkeypatch.setattr(module, "SYSTEM_HOME", folder / "system")
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    server = Postgres(closed / "postgres")
    server.start()
    try:
        assert query(server, "SELECT 1") == 1
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    finally:
        server.stop()


@only_root
def test_programs_are_copied_when_the_account_cannot_reach_them(folder, monkeypatch):
    monkeypatch.setattr(module, "SYSTEM_HOME", folder / "system")
    monkeypatch.setattr(paths, "open_to_everyone", lambda path: False)
    server = Postgres(folder / "postgres")
    server.start()
    try:
        assert str(folder / "system") in processes.command(server.pid())
    finally:
        server.stop()
        shutil.rmtree(folder / "system")
