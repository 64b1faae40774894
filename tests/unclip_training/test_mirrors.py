import shutil
from dataclasses import replace

import pytest

from generation.unclip.training import mirrors
from generation.unclip.training.mirrors import Repository, unpack
from generation.unclip.training.npm import SourceUnavailable

from .conftest import commit, git

FILES = {"data/a.txt": "an apple", "data/deep/b.txt": "a pear", "notes.md": "nothing"}


@pytest.fixture
def work(tmp_path):
    """A clone with a work tree."""
    return tmp_path / "work"


@pytest.fixture
def repository(work):
    return Repository("bob/fruit", commit(work, FILES))


def unpacked(tmp_path, repository, places=()):
    into = tmp_path / "into"
    unpack(repository, ["data"], into, cache=tmp_path / "cache", places=places)
    return sorted(str(path.relative_to(into)) for path in into.rglob("*") if path.is_file())


@pytest.mark.parametrize("place", ["bob+fruit", "fruit", "bob+fruit/.git", "bob+fruit/repo"])
def test_a_mirror_is_found_by_its_name(tmp_path, work, repository, place):
    git(tmp_path, "clone", "--quiet", "--bare", str(work), str(tmp_path / "mirrors" / place))
    assert unpacked(tmp_path, repository, [tmp_path / "mirrors"]) == ["data/a.txt", "data/deep/b.txt"]


def test_a_clone_may_have_gone_on(tmp_path, work, repository):
    commit(work, {"data/a.txt": "another apple", "data/c.txt": "new"})
    work.rename(tmp_path / "fruit")
    assert unpacked(tmp_path, repository, [tmp_path]) == ["data/a.txt", "data/deep/b.txt"]
    assert (tmp_path / "into" / "data" / "a.txt").read_text() == "an apple"


def test_what_no_mirror_has_is_fetched_once(tmp_path, work, repository, monkeypatch):
    monkeypatch.setattr(mirrors, "HOST", f"file://{tmp_path}/host")
    (tmp_path / "host" / "bob").mkdir(parents=True)
    work.rename(tmp_path / "host" / "bob" / "fruit")
    assert unpacked(tmp_path, repository, [tmp_path / "mirrors"]) == ["data/a.txt", "data/deep/b.txt"]
    shutil.rmtree(tmp_path / "host")
    shutil.rmtree(tmp_path / "into")
    assert unpacked(tmp_path, repository) == ["data/a.txt", "data/deep/b.txt"]


def test_what_cannot_be_reached_is_named(tmp_path, repository):
    with pytest.raises(SourceUnavailable, match=r"bob/fruit at [0-9a-f]{7}: .*does not appear to be a git repository"):
        unpacked(tmp_path, repository)
    assert list((tmp_path / "cache").iterdir()) == []


def test_another_commit_will_not_do(tmp_path, work, repository):
    work.rename(tmp_path / "fruit")
    with pytest.raises(SourceUnavailable, match="at 0000000"):
        unpacked(tmp_path, replace(repository, commit="0" * 40), [tmp_path])


def test_a_repository_without_the_paths_is_named(tmp_path, work, repository):
    work.rename(tmp_path / "fruit")
    with pytest.raises(SourceUnavailable, match="bob/fruit cannot be read"):
        unpack(repository, ["vegetables"], tmp_path / "into", cache=tmp_path / "cache", places=[tmp_path])


def test_missing_git_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(mirrors.shutil, "which", lambda name: None)
    with pytest.raises(SourceUnavailable, match="git is not installed"):
        unpacked(tmp_path, Repository("bob/fruit", "0" * 40))
