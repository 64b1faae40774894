import numpy as np
from PIL import Image, ImageDraw

from generation.unclip.training.looks import LOOKS, pencil_sketch, watercolor


def disc(color=(222, 56, 60, 255)):
    picture = Image.new("RGBA", (256, 256))
    ImageDraw.Draw(picture).ellipse((48, 48, 208, 208), fill=color)
    return picture


def pixels(picture):
    return np.asarray(picture).astype(int)


def test_a_sketch_has_dark_lines_on_light_paper():
    drawn = pixels(pencil_sketch(disc()))
    assert drawn[128, 48, :3].max() < 90
    assert drawn[128, 128, :3].min() > 180


def test_a_sketch_has_no_color():
    drawn = pixels(pencil_sketch(disc()))[128, 128, :3]
    assert drawn.max() - drawn.min() < 12


def test_watercolor_is_paler_and_keeps_its_hue():
    painted = pixels(watercolor(disc()))[128, 128, :3]
    assert painted.argmax() == 0
    assert painted.mean() > pixels(disc())[128, 128, :3].mean() + 20


def test_watercolor_is_uneven():
    painted = pixels(watercolor(disc()))
    assert painted[100:156, 100:156, 0:3].std(axis=(0, 1)).max() > 4


def test_each_look_is_the_same_every_time():
    assert all((pixels(look(disc())) == pixels(look(disc()))).all() for look in LOOKS.values())


def test_nothing_is_drawn_far_from_the_subject():
    assert all(not pixels(look(disc()))[:24, :24, 3].any() for look in LOOKS.values())
