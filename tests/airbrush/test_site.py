import pytest

from airbrush import site
from airbrush.embedded.postgres import Postgres
from airbrush.embedded.valkey import Valkey


class PostgresThatWritesEmptyDumps:
    def dump(self, target):
        target.touch()


@pytest.fixture
def data(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    (tmp_path / "run").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], [Postgres, Valkey]),
        (["DATABASE_URL"], [Valkey]),
        (["CELERY_BROKER_URL"], [Postgres, Valkey]),
        (["CELERY_BROKER_URL", "CACHE_URL"], [Postgres]),
        (["DATABASE_URL", "CELERY_BROKER_URL", "CACHE_URL"], []),
    ],
)
def test_given_addresses_replace_the_embedded_servers(monkeypatch, given, expected):
    for name in given:
        monkeypatch.setenv(name, "somewhere")
    assert [type(server) for server in site.embedded_servers()] == expected


def test_the_newest_five_dumps_are_kept(data):
    (data / "backups").mkdir()
    for year in range(2001, 2007):
        (data / "backups" / f"{year}-01-01T000000.dump").touch()
    site.dump(PostgresThatWritesEmptyDumps())
    left = sorted(file.name[:4] for file in (data / "backups").iterdir())
    assert left[:4] == ["2003", "2004", "2005", "2006"]
    assert len(left) == 5


def test_unchanged_static_files_are_collected_once(data, monkeypatch):
    collected = []
    monkeypatch.setattr(site, "call_command", lambda name, **options: collected.append(name))
    site.collect_static()
    site.collect_static()
    assert collected == ["collectstatic"]


def test_nobody_answers_on_a_closed_port():
    assert not site.answers("127.0.0.1", 9)
