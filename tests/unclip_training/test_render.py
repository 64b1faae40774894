import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from generation.unclip.training.render import Unrenderable, render
from generation.unclip.training.sources import Drawing

from .conftest import webp

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {0} {1}">'


def drawing(content):
    return Drawing("disc", "disc", "flat-icon", (), "set", "MIT", content)


def pixels(content, size=64):
    return np.asarray(Image.open(io.BytesIO(render(drawing(content), size).webp)).convert("RGBA"))


def svg(body, width=16, height=16):
    return HEAD.format(width, height) + body + "</svg>"


def test_svg_keeps_its_transparency():
    picture = pixels(svg('<circle cx="8" cy="8" r="6" fill="#f00"/>'))
    assert (picture.shape, picture[32, 32, 3], picture[0, 0, 3]) == ((64, 64, 4), 255, 0)


def test_a_wide_drawing_is_centered():
    covered = pixels(svg('<rect width="32" height="16" fill="#f00"/>', width=32))[..., 3] > 128
    assert covered.any(axis=1).nonzero()[0].tolist() == list(range(16, 48))


def test_the_dominant_color_is_named():
    assert render(drawing(svg('<circle cx="8" cy="8" r="6" fill="#2a5fd0"/>')), 64).color == "blue"


def test_the_color_of_a_frame_is_not_the_subjects():
    framed = replace(drawing(svg('<circle cx="8" cy="8" r="6" fill="#2a5fd0"/>')), is_framed=True)
    assert render(framed, 64).color is None


def test_webp_is_brought_to_size():
    assert pixels(webp(size=(128, 128))).shape == (64, 64, 4)


@pytest.mark.parametrize(
    "content",
    [svg(""), svg('<path d="M0 0h1v1z" fill="#000"/>'), "<svg <", b"no picture"],
    ids=["empty", "nearly empty", "broken svg", "broken webp"],
)
def test_broken_and_empty_drawings_are_refused(content):
    with pytest.raises(Unrenderable):
        render(drawing(content), 64)


def photo(tmp_path, picture, **facts):
    picture.save(tmp_path / "one.png")
    return render(replace(drawing(tmp_path / "one.png"), **facts), 64)


def test_the_color_in_the_middle_of_a_photo_is_named(tmp_path):
    picture = Image.new("RGB", (90, 90), "#2a5fd0")
    picture.paste("#de383c", (30, 30, 60, 60))
    assert photo(tmp_path, picture, has_color=True).color == "red"
    assert photo(tmp_path, picture).color is None


def test_what_is_gray_in_a_photo_may_be_white(tmp_path):
    assert photo(tmp_path, Image.new("RGB", (90, 90), "#b0b0b4"), has_color=True).color is None


def test_a_margin_is_cut_off(tmp_path):
    picture = Image.new("RGB", (100, 160), "black")
    picture.paste("white", (6, 6, 94, 154))
    small = Image.open(io.BytesIO(photo(tmp_path, picture, trim=0.06).webp))
    assert np.asarray(small).min() > 240


def test_a_drawing_without_transparency_fills_its_frame():
    assert render(drawing(webp()), 64).fills_frame
    assert not render(drawing(svg('<circle cx="8" cy="8" r="6" fill="#f00"/>')), 64).fills_frame
