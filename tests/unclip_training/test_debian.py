import random
import subprocess

import pytest

from generation.unclip.training import debian
from generation.unclip.training.npm import SourceUnavailable

from .conftest import deb


@pytest.fixture
def apt(monkeypatch):
    monkeypatch.setattr(debian.shutil, "which", lambda name: "/usr/bin/apt-get")


def test_wanted_files_are_read(tmp_path):
    package = deb(tmp_path, "fruit", {"usr/share/a.txt": b"an apple", "usr/share/b.png": b"a pear"})
    assert list(debian.read(package, lambda path: path.endswith(".txt"))) == [("usr/share/a.txt", b"an apple")]


@pytest.mark.parametrize(
    "damage",
    [lambda whole: b"not a package", lambda whole: whole[:-1000], lambda whole: whole[:72]],
    ids=["other file", "cut off", "no data"],
)
def test_a_damaged_package_is_named(tmp_path, damage):
    package = deb(tmp_path, "fruit", {"usr/share/a.txt": random.Random(0).randbytes(5000)})
    package.write_bytes(damage(package.read_bytes()))
    with pytest.raises(SourceUnavailable, match=r"fruit_1_all\.deb is damaged"):
        list(debian.read(package, lambda path: True))


def test_a_package_is_taken_from_a_mirror_or_the_cache(tmp_path):
    cached, mirrored = (deb(tmp_path / place, "fruit", {}) for place in ("cache", "mirror"))
    assert debian.fetch("fruit", tmp_path / "cache") == cached
    assert debian.fetch("fruit", tmp_path / "cache", [tmp_path / "mirror"]) == mirrored


def test_a_package_is_downloaded_into_the_cache(tmp_path, monkeypatch, apt):
    def download(command, cwd, **options):
        deb(tmp_path / "made", command[-1], {}).rename(f"{cwd}/fruit_2_all.deb")

    monkeypatch.setattr(debian.subprocess, "run", download)
    assert debian.fetch("fruit", tmp_path / "cache") == tmp_path / "cache" / "fruit_2_all.deb"
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["fruit_2_all.deb"]


def test_an_unreachable_archive_is_named(tmp_path, monkeypatch, apt):
    def fail(command, **options):
        raise subprocess.CalledProcessError(100, command, stderr="W: odd\nE: Unable to locate package fruit\n")

    monkeypatch.setattr(debian.subprocess, "run", fail)
    with pytest.raises(SourceUnavailable, match=r"could not fetch fruit: Unable to locate package fruit$"):
        debian.fetch("fruit", tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_system_without_apt_is_told_what_to_bring(tmp_path):
    with pytest.raises(SourceUnavailable, match=r"fruit_\*\.deb"):
        debian.fetch("fruit", tmp_path / "cache")
