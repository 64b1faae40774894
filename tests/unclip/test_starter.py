"""What only trained weights can show, on the checkpoint that comes with Airbrush."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from generation.unclip import Reconstruction
from generation.unclip.engine import Engine
from generation.unclip.pictures import square


@pytest.fixture(scope="module")
def starter() -> Engine:
    return Engine.load("starter", device="cpu")


def a_boat() -> Image.Image:
    picture = Image.new("RGB", (256, 256), "#8fc4e8")
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 180, 256, 256), fill="#225577")
    pen.polygon(((60, 170), (200, 170), (175, 205), (85, 205)), fill="#aa4422")
    pen.polygon(((130, 50), (130, 160), (190, 160)), fill="white")
    return picture


def stripes() -> Image.Image:
    return Image.fromarray(np.tile(np.where(np.arange(256) // 32 % 2, 220, 40).astype(np.uint8), (256, 1)))


def speckles() -> Image.Image:
    return Image.fromarray(np.random.default_rng(3).integers(0, 255, (64, 64, 3), np.uint8))


def psnr(one: Image.Image, other: Image.Image) -> float:
    """Peak signal-to-noise ratio in decibels."""
    error = np.square(np.asarray(one, float) - np.asarray(other, float)).mean()
    return 10 * np.log10(255**2 / max(error, 1e-9))


@pytest.mark.parametrize("draw", [a_boat, stripes, speckles])
def test_inversion_gives_pictures_back_that_were_never_learnt(starter, draw):
    (drawn,) = starter.generate(Reconstruction(draw(), draft=True))
    assert psnr(drawn.image, square(draw(), drawn.image.width)) > 20
