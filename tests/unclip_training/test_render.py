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
