"""Own pictures, from the folder to the training batch."""

import json

import numpy as np
import pytest
import torch
from PIL import Image

from generation.unclip.training import lexicon, npm
from generation.unclip.training.__main__ import main
from generation.unclip.training.batches import STILL, VARIED, Batches
from generation.unclip.training.captions import Record
from generation.unclip.training.mix import CAPTIONED_SHARE, chances
from generation.unclip.training.npm import SourceUnavailable
from generation.unclip.training.palette import SCENE
from generation.unclip.training.recipes import STAGES, load
from generation.unclip.training.shards import ImageSet
from generation.unclip.training.stages import build_stage
from generation.unclip.training.tiny import write_tiny_checkpoint
from tests.pictures import scene

CUTOUT = Image.new("RGBA", (200, 100))
CUTOUT.paste("red", (50, 0, 150, 100))


@pytest.fixture
def pictures(tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    return folder


@pytest.fixture(autouse=True)
def offline(monkeypatch):
    """No lexicon can be fetched, and no package."""

    def fail(cache):
        raise SourceUnavailable("There is no network.")

    monkeypatch.setattr(lexicon, "fetch", fail)
    monkeypatch.setattr(npm.shutil, "which", lambda name: None)


def put(folder, name, picture, caption="a quiet place", **options):
    path = folder / name
    picture.save(path, **options)
    path.with_suffix(".txt").write_text(caption)
    return path


def prepare(tmp_path, *places, options=()):
    images = [word for place in places for word in ("--images", str(place))]
    fixed = ["prepare", "--out", str(tmp_path / "data"), "--cache", str(tmp_path / "none"), "--size", "64"]
    return main([*fixed, *images, *options])


def prepared(tmp_path, *places, options=()):
    assert prepare(tmp_path, *places, options=options) == 0
    return ImageSet(tmp_path / "data")


def test_a_folder_of_captioned_pictures_becomes_a_set(pictures, tmp_path):
    put(pictures, "a.png", scene(1), "A quiet place")
    put(pictures, "b.jpg", scene(2), "A loud place")
    records = prepared(tmp_path, pictures).records
    assert [(r.subject, r.concept, r.style, r.split, r.is_captioned, r.fills_frame) for r in records] == [
        ("A quiet place", "a quiet place", "own", "train", True, True),
        ("A loud place", "a loud place", "own", "train", True, True),
    ]


def test_the_middle_of_a_photo_is_kept(pictures, tmp_path):
    wide = Image.new("RGB", (300, 100), "red")
    wide.paste("blue", (100, 0, 200, 100))
    put(pictures, "a.png", wide)
    assert (prepared(tmp_path, pictures).rgba(0, 64)[8, 8] // 32).tolist() == [0, 0, 7, 7]


def test_a_thing_cut_out_is_kept_whole(pictures, tmp_path):
    put(pictures, "a.png", CUTOUT, "a red box")
    images = prepared(tmp_path, pictures)
    covered = images.rgba(0, 64)[..., 3] > 128
    assert not images.records[0].fills_frame
    assert (covered.any(axis=1).sum(), covered.any(axis=0).sum()) == (32, 32)


def test_transparency_is_white_where_the_caption_speaks_of_a_background(pictures, tmp_path):
    picture = Image.new("RGBA", (100, 100))
    picture.paste("red", (30, 30, 70, 70))
    put(pictures, "a.png", picture, "a red box on a white background")
    images = prepared(tmp_path, pictures)
    assert images.records[0].fills_frame
    assert images.rgba(0, 64)[2, 2].tolist() == [255, 255, 255, 255]


def test_a_photo_is_turned_upright(pictures, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 3
    upside_down = Image.new("RGB", (80, 80), "red")
    upside_down.paste("blue", (0, 0, 80, 40))
    put(pictures, "a.jpg", upside_down, exif=exif)
    assert prepared(tmp_path, pictures).rgba(0, 64)[4, 32, 0] > 200


@pytest.mark.parametrize(
    "picture",
    [Image.new("CMYK", (80, 80), (0, 255, 255, 0)), Image.fromarray(np.full((80, 80), 32896, np.uint16))],
    ids=["CMYK", "16 bits"],
)
def test_print_and_scanner_colors_are_converted(pictures, tmp_path, picture):
    put(pictures, "a.tiff", picture)
    assert prepared(tmp_path, pictures).rgba(0, 64).shape == (64, 64, 4)


def unusable(folder):
    """One usable picture, and one of each kind that cannot be used; with what is said of them."""
    put(folder, "good.png", scene(1))
    put(folder, "same.png", scene(1))
    put(folder, "small.png", scene(2, (63, 200)))
    put(folder, "moving.gif", scene(3), save_all=True, append_images=[scene(4)])
    put(folder, "huge.png", Image.new("1", (30_000, 10)))
    put(folder, "clear.png", Image.new("RGBA", (80, 80)))
    cut = put(folder, "cut.jpg", scene(5))
    cut.write_bytes(cut.read_bytes()[:2000])
    (folder / "words.docx").write_bytes(b"no picture")
    (folder / "words.txt").write_text("a caption")
    scene(6).save(folder / "silent.png")
    return {
        "same.png": "same picture as",
        "small.png": "63 x 200 pixels",
        "moving.gif": "animated",
        "huge.png": "too large",
        "clear.png": "nearly empty",
        "cut.jpg": "cut off",
        "words.docx": "not a picture",
        "silent.png": "no caption",
    }


def test_what_cannot_be_used_is_listed_and_nothing_is_written(pictures, tmp_path, capsys):
    expected = unusable(pictures)
    assert prepare(tmp_path, pictures) == 1
    lines = capsys.readouterr().err.splitlines()[:-1]
    assert len(lines) == len(expected)
    for name, reason in expected.items():
        assert any(line.startswith(f"{pictures}/{name}: ") and reason in line for line in lines), name
    assert [path.name for path in tmp_path.iterdir()] == ["pictures"]


def test_unusable_pictures_can_be_skipped(pictures, tmp_path):
    expected = unusable(pictures)
    images = prepared(tmp_path, pictures, options=["--skip-unusable"])
    skipped = json.loads((tmp_path / "data" / "manifest.json").read_text())["skipped"]
    assert len(images) == 1
    assert all(any(name in line for line in skipped) for name in expected)


def test_a_set_without_one_usable_picture_is_not_written(pictures, tmp_path, capsys):
    (pictures / "a.png").write_bytes(b"no picture")
    (pictures / "a.txt").write_text("a caption")
    assert prepare(tmp_path, pictures, options=["--skip-unusable"]) == 1
    assert "Not one picture is left" in capsys.readouterr().err


def test_a_picture_in_two_folders_is_the_same_picture(pictures, tmp_path, capsys):
    (tmp_path / "more").mkdir()
    for folder in (pictures, tmp_path / "more"):
        put(folder, "a.png", scene(1))
    assert prepare(tmp_path, pictures, tmp_path / "more") == 1
    assert f"{tmp_path}/more/a.png: This is the same picture as {pictures}/a.png." in capsys.readouterr().err


@pytest.mark.parametrize("place", ["data", "data/pictures", "."])
def test_own_pictures_are_never_written_over(tmp_path, place, capsys):
    (tmp_path / place).mkdir(parents=True, exist_ok=True)
    path = put(tmp_path / place, "a.png", scene(1))
    assert prepare(tmp_path, tmp_path / place) == 1
    assert "written over" in capsys.readouterr().err
    assert path.exists()


def test_an_exported_collection_keeps_its_keywords_and_credits(pictures, tmp_path):
    scene(1).save(pictures / "0001-a.png")
    (pictures / "metadata.csv").write_text(
        'SourceFile,Title,Description,Keywords,Creator,UsageTerms\n0001-a.png,Place,a place,"Quiet, calm",alice,CC0\n'
    )
    (record,) = prepared(tmp_path, pictures).records
    (source,) = json.loads((tmp_path / "data" / "manifest.json").read_text())["sources"]
    assert (record.subject, record.tags, record.license) == ("a place", ("quiet", "calm"), "CC0")
    assert (source["author"], source["license"], source["count"]) == ("alice", "CC0", 1)


def test_open_sets_can_be_had_beside_own_pictures(pictures, tmp_path, cache):
    put(pictures, "a.png", scene(1))
    images = prepared(tmp_path, pictures, options=["--with-open-sets", "--cache", str(cache)])
    assert {record.is_captioned for record in images.records} == {True, False}


def test_a_photo_fills_the_frame_whatever_the_variety(pictures, tmp_path):
    put(pictures, "a.png", Image.new("RGB", (80, 80), "red"))
    images = prepared(tmp_path, pictures)
    for variety in (STILL, VARIED):
        batch = Batches(images, 64, 16, seed=0, variety=variety).draw(0)
        assert (batch.images[:, 0] > 0.9).all()
        assert (batch.images[:, 1:] < -0.9).all()
        assert set(batch.backgrounds) == {SCENE}


def test_nothing_is_said_of_the_background_of_a_photo(pictures, tmp_path):
    put(pictures, "a.png", scene(1), "a quiet place")
    captions = Batches(prepared(tmp_path, pictures), 64, 200, seed=0).draw(0).captions
    assert set(captions) == {"", "a quiet place"}
    assert captions.count("") == pytest.approx(20, abs=12)


def test_a_thing_cut_out_lies_on_the_background_that_its_caption_names(pictures, tmp_path):
    put(pictures, "a.png", CUTOUT, "a red box")
    batch = Batches(prepared(tmp_path, pictures), 64, 64, seed=0).draw(0)
    said = [n for n, caption in enumerate(batch.captions) if "background" in caption]
    assert said
    assert all(f" {batch.backgrounds[n].name} background" in batch.captions[n] for n in said)


def test_own_pictures_are_half_of_what_is_shown_beside_others():
    own = Record("a", "a", "own", (), None, "mine", "", "train", is_captioned=True)
    icon = Record("apple", "apple", "3d-icon", (), "red", "set", "MIT", "train")
    shares = chances([own, own, *[icon] * 1000])
    assert shares.sum() == pytest.approx(1)
    assert shares[:2].tolist() == pytest.approx([CAPTIONED_SHARE / 2] * 2)


def test_only_own_pictures_are_shown_alike():
    own = Record("a", "a", "own", (), None, "mine", "", "train", is_captioned=True)
    assert chances([own] * 4).tolist() == [0.25] * 4


def test_every_stage_learns_from_own_pictures(pictures, tmp_path):
    put(pictures, "a.png", scene(1))
    put(pictures, "b.png", CUTOUT, "a red box")
    prepared(tmp_path, pictures)
    start = write_tiny_checkpoint(tmp_path / "tiny")
    for name, begins_with in [("clip", None), *((stage, start) for stage in STAGES)]:
        stage = build_stage(name, tmp_path / "data", tmp_path / "run", 0, load("tiny")[name], begins_with)
        loss = stage.loss(next(stage.batches(0)), torch.Generator().manual_seed(0))
        assert torch.isfinite(loss), name
