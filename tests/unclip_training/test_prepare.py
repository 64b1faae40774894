import argparse
import json

import numpy as np
import pytest

from generation.unclip.training import lexicon, prepare, shards, sources
from generation.unclip.training.lexicon import Lexicon
from generation.unclip.training.looks import LOOKS
from generation.unclip.training.npm import SourceUnavailable
from generation.unclip.training.shards import ImageSet


def run(tmp_path, cache, report=lambda line: None):
    return prepare.run(tmp_path / "data", cache=cache, size=32, report=report)


def test_a_set_is_prepared_from_the_packages(tmp_path, cache):
    manifest = run(tmp_path, cache)
    images = ImageSet(tmp_path / "data")
    assert manifest.count == len(images) == len(sources.ICON_SETS) + len(LOOKS) + 1


def test_one_style_of_a_shared_concept_is_held_out(tmp_path, cache):
    manifest = run(tmp_path, cache)
    heldout = {(r.concept, r.style) for r in ImageSet(tmp_path / "data").records if r.split == "heldout"}
    assert heldout == set(manifest.heldout)
    assert len(heldout) == manifest.shared_concepts == 1


def test_the_manifest_credits_every_source(tmp_path, cache):
    run(tmp_path, cache)
    written = json.loads((tmp_path / "data" / "manifest.json").read_text())
    assert {(each["author"], each["license"], each["count"]) for each in written["sources"]} == {
        ("Ann Artist", "MIT", 1),
        ("Ann Artist", "MIT", 1 + len(LOOKS)),
        ("Microsoft Corporation", "MIT", 1),
    }


def test_an_older_set_is_replaced_whole(tmp_path, cache):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "cache-64.npy").touch()
    run(tmp_path, cache)
    names = sorted(path.name for path in tmp_path.rglob("data*/*"))
    assert names == ["images.bin", "index.jsonl", "lexicon.npz", "manifest.json"]


def test_a_failed_run_leaves_the_older_set_alone(tmp_path, cache, monkeypatch):
    run(tmp_path, cache)
    monkeypatch.setattr(shards.ShardWriter, "finish", lambda writer: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run(tmp_path, cache)
    assert len(ImageSet(tmp_path / "data"))
    assert not list(tmp_path.glob("*.partial"))


def test_captions_and_common_words_get_meanings(tmp_path, cache):
    run(tmp_path, cache)
    lexicon = Lexicon.load(tmp_path / "data")
    assert {"red apple", "puppy", "fruit"} <= set(lexicon.texts)
    assert np.allclose(np.linalg.norm(lexicon.meanings.astype(np.float32), axis=1), 1, atol=1e-2)


def test_a_set_without_the_encoder_says_so(tmp_path, cache, monkeypatch):
    next(cache.glob("gt_*.whl")).unlink()
    monkeypatch.setattr(lexicon, "PACKAGE", "no-such-encoder-anywhere==1.0")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    manifest = run(tmp_path, cache)
    skipped = json.loads((tmp_path / "data" / "manifest.json").read_text())["skipped"]
    assert any("no-such-encoder-anywhere" in sentence for sentence in skipped)
    assert manifest.count == len(ImageSet(tmp_path / "data"))
    assert Lexicon.load(tmp_path / "data") is None


def test_progress_is_reported(tmp_path, cache):
    lines = []
    manifest = run(tmp_path, cache, lines.append)
    assert f"drew {manifest.count} of {manifest.count}, kept {manifest.count}" in lines


def test_nothing_to_draw_is_an_error(tmp_path, cache, monkeypatch):
    monkeypatch.setattr("shutil.which", lambda name: None)
    for archive in [*cache.glob("lobehub*"), *cache.glob("iconify*")]:
        archive.unlink()
    with pytest.raises(SourceUnavailable, match="npm is not installed"):
        run(tmp_path, cache)


def test_arguments_have_defaults():
    parser = argparse.ArgumentParser()
    prepare.add_arguments(parser)
    assert parser.parse_args(["--out", "data"]).size == 256
