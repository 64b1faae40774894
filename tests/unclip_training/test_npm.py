import subprocess

import pytest

from generation.unclip.training import npm

from .conftest import pack

COMPLAINT = """npm error code ECONNREFUSED
npm error errno ECONNREFUSED
npm error FetchError: request to http://127.0.0.1:9/plain failed
npm error     at ClientRequest.<anonymous> (/usr/lib/node_modules/npm/index.js:130:14)
"""


@pytest.fixture
def npm_installed(monkeypatch):
    monkeypatch.setattr(npm.shutil, "which", lambda name: "/usr/bin/npm")


@pytest.mark.parametrize(
    ("package", "archive"),
    [("@lobehub/fluent-emoji-3d@1.1.0", "lobehub-fluent-emoji-3d-1.1.0.tgz"), ("plain@2.0.0", "plain-2.0.0.tgz")],
)
def test_archives_are_named_as_npm_names_them(package, archive):
    assert npm.archive_name(package) == archive


def test_a_cached_archive_is_not_fetched_again(tmp_path, monkeypatch):
    monkeypatch.setattr(npm.shutil, "which", lambda name: None)
    archive = pack(tmp_path, "plain@2.0.0", {"a.json": {}})
    assert npm.fetch("plain@2.0.0", tmp_path) == archive


def test_missing_npm_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(npm.shutil, "which", lambda name: None)
    with pytest.raises(npm.NpmMissing, match="npm is not installed"):
        npm.fetch("plain@2.0.0", tmp_path)


def test_an_unreachable_registry_is_named(tmp_path, monkeypatch, npm_installed):
    def fail(command, **options):
        raise subprocess.CalledProcessError(1, command, stderr=COMPLAINT)

    monkeypatch.setattr(npm.subprocess, "run", fail)
    with pytest.raises(npm.SourceUnavailable, match=r"plain@2\.0\.0: FetchError: request to .* failed$"):
        npm.fetch("plain@2.0.0", tmp_path)


def test_a_failed_download_leaves_nothing_behind(tmp_path, monkeypatch, npm_installed):
    def stall(command, **options):
        raise subprocess.TimeoutExpired(command, 900)

    monkeypatch.setattr(npm.subprocess, "run", stall)
    with pytest.raises(npm.SourceUnavailable):
        npm.fetch("plain@2.0.0", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_only_wanted_files_are_read(tmp_path):
    archive = pack(tmp_path, "plain@2.0.0", {"a.json": {}, "b.txt": b"text"})
    assert npm.read(archive, lambda path: path.endswith(".txt")) == {"b.txt": b"text"}


def test_a_damaged_archive_is_named(tmp_path):
    archive = tmp_path / "plain-2.0.0.tgz"
    archive.write_bytes(b"not an archive")
    with pytest.raises(npm.SourceUnavailable, match="damaged"):
        npm.read(archive, lambda path: True)
