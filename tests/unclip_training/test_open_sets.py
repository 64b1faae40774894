"""The sources beyond npm, through `prepare`."""

import json
from dataclasses import replace

import pytest

from generation.unclip.training import photos, prepare
from generation.unclip.training.mirrors import Repository
from generation.unclip.training.npm import SourceUnavailable
from generation.unclip.training.shards import ImageSet

from .conftest import commit, deb, jpeg
from .test_clipart import png, svg

FLOWERS = next(each for each in photos.COLLECTIONS if each.name == "flower-photos")


@pytest.fixture
def mirrors(tmp_path, monkeypatch):
    """A folder with one repository of flowers, whose second one is held out, and a pear and an apple as clip art."""
    folder = tmp_path / "mirrors"
    files = {"dataset/train/roses/a.jpg": jpeg("red"), "dataset/val/roses/b.jpg": jpeg("blue")}
    repository = Repository("bob/flowers", commit(folder / "bob+flowers", files))
    monkeypatch.setattr(photos, "COLLECTIONS", (replace(FLOWERS, repository=repository), photos.COLLECTIONS[0]))
    names = {"apple": "usr/share/openclipart/{0}/food/apple.{0}", "fruit": "usr/share/openclipart/{0}/food/pear.{0}"}
    deb(folder, "openclipart-svg", {path.format("svg"): svg(title) for title, path in names.items()})
    deb(folder, "openclipart-png", {path.format("png"): png(40) for path in names.values()})
    return folder


def run(tmp_path, cache, mirrors, **options):
    prepare.run(tmp_path / "data", cache=cache, size=32, mirrors=mirrors, report=lambda line: None, **options)
    return ImageSet(tmp_path / "data").records, json.loads((tmp_path / "data" / "manifest.json").read_text())


def test_photos_and_clip_art_join_the_icons(tmp_path, cache, mirrors):
    records, _ = run(tmp_path, cache, mirrors)
    assert [(r.subject, r.style, r.split, r.fills_frame) for r in records if r.style in ("photo", "clip-art")] == [
        ("apple", "clip-art", "train", True),
        ("fruit", "clip-art", "train", True),
        ("rose", "photo", "train", True),
        ("rose", "photo", "heldout", True),
    ]


def test_every_source_is_credited(tmp_path, cache, mirrors):
    _, manifest = run(tmp_path, cache, mirrors)
    credits = {each["name"]: (each["license"], each["count"]) for each in manifest["sources"]}
    assert (credits["flower-photos"], credits["openclipart"]) == (("CC-BY-2.0", 2), ("public domain", 2))


def test_a_source_that_cannot_be_reached_is_skipped_and_named(tmp_path, cache, mirrors):
    _, manifest = run(tmp_path, cache, mirrors)
    assert [sentence for sentence in manifest["skipped"] if "alexeygrigorev/clothing-dataset" in sentence]
    assert "clothing-dataset" not in {each["name"] for each in manifest["sources"]}


def test_pairs_that_are_never_seen_are_held_out(tmp_path, cache, mirrors, monkeypatch):
    monkeypatch.setattr("generation.unclip.training.heldout.UNSEEN", {"photo": frozenset({"rose"})})
    records, manifest = run(tmp_path, cache, mirrors)
    assert {r.split for r in records if r.style == "photo"} == {"heldout"}
    assert ["rose", "photo"] in manifest["heldout"]


def test_own_pictures_and_mirrors_make_one_set(tmp_path, cache, mirrors):
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "a.jpg").write_bytes(jpeg("green"))
    (tmp_path / "own" / "a.txt").write_text("a green field")
    records, _ = run(tmp_path, cache, mirrors, images=[tmp_path / "own"])
    assert {"own", "photo", "flat-icon"} <= {record.style for record in records}


def test_a_missing_folder_of_mirrors_is_named(tmp_path, cache):
    with pytest.raises(SourceUnavailable, match="no folder"):
        run(tmp_path, cache, tmp_path / "none")
