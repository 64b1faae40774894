import re
from io import BytesIO
from pathlib import Path
from urllib.request import urlopen

import pytest
from PIL import Image as Pictures
from PIL import ImageDraw, ImageOps

from gallery import gist
from gallery.models import Image
from gallery.models.images import RATIOS
from tests.pictures import scene

STYLESHEET = Path("static/css/airbrush.css")


def bits_apart(one: Pictures.Image, other: Pictures.Image) -> int:
    hashes = [gist.perceptual_hash(picture) for picture in (one, other)]
    return ((hashes[0] ^ hashes[1]) & (2**64 - 1)).bit_count()


def compressed(picture: Pictures.Image) -> Pictures.Image:
    buffer = BytesIO()
    picture.save(buffer, "JPEG", quality=40)
    return Pictures.open(buffer)


def with_mark(picture: Pictures.Image) -> Pictures.Image:
    marked = picture.copy()
    ImageDraw.Draw(marked).rectangle((4, 4, 12, 12), "white")
    return marked


@pytest.mark.parametrize(
    "change",
    [compressed, with_mark, lambda picture: picture.resize((90, 60)), lambda picture: picture.convert("L")],
    ids=["compressed", "marked", "smaller", "gray"],
)
def test_a_changed_copy_has_nearly_the_same_hash(change):
    assert bits_apart(scene(1), change(scene(1))) <= 6


@pytest.mark.parametrize("other", [scene(2), ImageOps.mirror(scene(1)), ImageOps.flip(scene(1))])
def test_another_picture_has_another_hash(other):
    assert bits_apart(scene(1), other) > 12


def test_the_hash_fits_a_signed_column():
    assert all(-(2**63) <= gist.perceptual_hash(scene(seed)) < 2**63 for seed in range(20))


@pytest.mark.parametrize("color", ["white", "black", "#cc2233"])
def test_a_plain_surface_has_no_hash(color):
    assert gist.perceptual_hash(compressed(Pictures.new("RGB", (200, 100), color))) is None


def test_a_placeholder_is_a_tiny_picture_of_the_same_shape():
    address = gist.placeholder(scene(1))
    assert len(address) < 400
    with Pictures.open(BytesIO(urlopen(address).read())) as tiny:
        assert (tiny.format, tiny.size) == ("WEBP", (16, 11))


def test_what_is_seen_through_has_no_placeholder():
    assert gist.placeholder(Pictures.new("RGBA", (9, 9), (1, 2, 3, 4))) == ""


@pytest.mark.parametrize("size", [(1, 4000), (4000, 1), (1, 1)])
def test_odd_shapes_have_a_gist(size):
    picture = Pictures.new("RGB", size, "red")
    assert gist.dominant_color(picture) == "#ff0000"
    assert gist.placeholder(picture).startswith("data:image/webp;base64,")


@pytest.mark.parametrize(
    ("size", "ratio"), [((4, 3), 133), ((1, 1), 100), ((1, 99), 50), ((99, 1), 300), ((68, 100), 67)]
)
def test_a_tile_takes_the_nearest_shape(size, ratio):
    assert Image(width=size[0], height=size[1]).ratio == ratio


def test_the_stylesheet_knows_every_shape():
    assert tuple(map(int, re.findall(r"\.ratio-(\d+) {", STYLESHEET.read_text()))) == RATIOS
