import argparse
import json

import pytest

from generation.unclip.training import prepare, sources
from generation.unclip.training.npm import SourceUnavailable
from generation.unclip.training.shards import ImageSet


def run(tmp_path, cache, report=lambda line: None):
    return prepare.run(tmp_path / "data", cache=cache, size=32, report=report)


def test_a_set_is_prepared_from_the_packages(tmp_path, cache):
    manifest = run(tmp_path, cache)
    images = ImageSet(tmp_path / "data")
    assert manifest.count == len(images) == len(sources.ICON_SETS) + 1


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
        ("Microsoft Corporation", "MIT", 1),
    }


def test_an_older_set_is_replaced_whole(tmp_path, cache):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "cache-64.npy").touch()
    run(tmp_path, cache)
    names = sorted(path.name for path in tmp_path.rglob("data*/*"))
    assert names == ["images.bin", "index.jsonl", "manifest.json"]


def test_a_failed_run_leaves_the_older_set_alone(tmp_path, cache, monkeypatch):
    run(tmp_path, cache)
    monkeypatch.setattr(prepare.ShardWriter, "finish", lambda writer, manifest: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run(tmp_path, cache)
    assert len(ImageSet(tmp_path / "data"))
    assert not list(tmp_path.glob("*.partial"))


def test_progress_is_reported(tmp_path, cache):
    lines = []
    manifest = run(tmp_path, cache, lines.append)
    assert lines[-1] == f"drew {manifest.count} of {manifest.count}, kept {manifest.count}"


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
