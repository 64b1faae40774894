import os

import pytest

from airbrush.embedded import paths


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "deep" / "server"


def make(folder):
    paths.make_private(folder, os.geteuid(), os.getegid())


def test_folder_appears_with_its_owner(folder, monkeypatch):
    seen = []
    monkeypatch.setattr(os, "chown", lambda *_: seen.append(folder.exists()))
    make(folder)
    assert seen == [False]
    assert folder.stat().st_mode & 0o777 == 0o700


def test_folder_of_a_faster_starter_is_kept(folder, monkeypatch):
    def other_starter(*_):
        folder.mkdir(mode=0o700)
        (folder / "start.lock").touch()

    monkeypatch.setattr(os, "chown", other_starter)
    make(folder)
    assert [file.name for file in folder.parent.iterdir()] == ["server"]
    assert (folder / "start.lock").exists()


def test_file_in_the_way_is_refused(folder, monkeypatch):
    monkeypatch.setattr(os, "chown", lambda *_: folder.touch())
    with pytest.raises(paths.NotPrivate):
        make(folder)
    assert folder.is_file()


def test_other_failures_are_told(folder, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "chown", full)
    with pytest.raises(OSError, match="No space left"):
        make(folder)
    assert list(folder.parent.iterdir()) == []
