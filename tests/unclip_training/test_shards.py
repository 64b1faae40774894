import hashlib
import json

import numpy as np
import pytest
from PIL import Image

from generation.unclip.training.captions import Record
from generation.unclip.training.shards import ImageSet, Manifest, SetMissing, ShardWriter

from .conftest import webp

RED, BLUE = (222, 56, 60, 255), (66, 122, 226, 255)


def record(concept):
    return Record(concept, concept, "flat-icon", ("thing",), "red", "set", "MIT", "train")


@pytest.fixture
def folder(tmp_path):
    writer = ShardWriter(tmp_path)
    writer.add(record("disc"), webp(RED))
    writer.add(record("piñata"), webp(BLUE))
    Manifest(size=64, count=2, sha256=writer.finish()).save(tmp_path)
    return tmp_path


def test_records_come_back_as_written(folder):
    assert ImageSet(folder).records == [record("disc"), record("piñata")]


def test_pictures_come_back_in_order(folder):
    images = ImageSet(folder)
    assert [tuple(images.rgba(i, 64)[5, 5]) for i in range(len(images))] == [RED, BLUE]


def test_the_manifest_has_the_digest_of_the_pictures(folder):
    digest = hashlib.sha256((folder / "images.bin").read_bytes()).hexdigest()
    assert json.loads((folder / "manifest.json").read_text())["sha256"] == digest


def test_the_cache_holds_every_picture(folder):
    images = ImageSet(folder)
    pixels = images.cached(32)
    assert pixels.shape == (2, 32, 32, 4)
    assert (pixels[1] == images.rgba(1, 32)).all()


def test_the_cache_is_decoded_once(folder):
    ImageSet(folder).cached(32)
    lines = []
    ImageSet(folder).cached(32, lines.append)
    assert lines == []


def test_a_killed_decoding_leaves_no_cache(folder, monkeypatch):
    images = ImageSet(folder)
    monkeypatch.setattr(images, "rgba", lambda i, size: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        images.cached(32)
    assert not list(folder.glob("cache-32*"))


def test_a_folder_without_a_set_is_named(tmp_path):
    with pytest.raises(SetMissing, match="prepare"):
        ImageSet(tmp_path)


def test_shrinking_leaves_no_dark_fringe(tmp_path):
    picture = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
    picture.paste(RED, (0, 0, 33, 64))
    picture.save(tmp_path / "half.webp", lossless=True, exact=True)
    writer = ShardWriter(tmp_path)
    writer.add(record("half"), (tmp_path / "half.webp").read_bytes())
    Manifest(size=64, sha256=writer.finish()).save(tmp_path)
    small = ImageSet(tmp_path).rgba(0, 16)
    edge = small[(small[..., 3] > 20) & (small[..., 3] < 235)]
    assert len(edge)
    assert np.abs(edge[:, :3].astype(int) - RED[:3]).max() < 12
