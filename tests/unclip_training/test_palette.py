import random

import numpy as np
import pytest

from generation.unclip.training.palette import (
    BACKGROUNDS,
    COLORS,
    color_name,
    dominant_color,
    rotate_hue,
    sample_background,
    sample_color,
)


def plain(rgb, size=8, alpha=255):
    return np.full((size, size, 4), (*rgb, alpha), dtype=np.uint8)


@pytest.mark.parametrize("name", COLORS)
def test_every_named_color_is_called_by_its_name(name):
    assert color_name(COLORS[name]) == name


@pytest.mark.parametrize(
    ("rgb", "name"),
    [
        ((255, 176, 46), "yellow"),
        ((110, 59, 40), "brown"),
        ((200, 0, 60), "red"),
        ((255, 102, 163), "pink"),
        ((0, 32, 91), "blue"),
    ],
)
def test_colors_of_real_icons(rgb, name):
    assert color_name(rgb) == name


def test_transparent_pixels_have_no_say_in_the_dominant_color():
    picture = plain(COLORS["red"])
    picture[2:] = (*COLORS["blue"], 0)
    assert dominant_color(picture) == "red"


def test_a_colorful_picture_has_no_dominant_color():
    picture = plain(COLORS["red"])
    picture[4:] = (*COLORS["blue"], 255)
    assert dominant_color(picture) is None


def test_an_empty_picture_has_no_dominant_color():
    assert dominant_color(plain((0, 0, 0), alpha=0)) is None


def test_turning_the_hue_makes_red_green():
    assert dominant_color(rotate_hue(plain(COLORS["red"]), 120)) == "green"


def test_turning_the_hue_keeps_grays_and_alpha():
    picture = plain(COLORS["white"], alpha=77)
    assert (rotate_hue(picture, 90) == picture).all()


def test_a_gradient_runs_from_top_to_bottom():
    painted = BACKGROUNDS["blue to purple gradient"].paint(16)
    assert (tuple(painted[0, 0]), tuple(painted[-1, 5])) == (COLORS["blue"], COLORS["purple"])


def test_half_of_all_backgrounds_are_white():
    rng = random.Random(1)
    names = [sample_background(rng).name for _ in range(4000)]
    assert names.count("white") / len(names) == pytest.approx(0.5, abs=0.03)


def test_a_subject_is_never_laid_on_its_own_color():
    rng = random.Random(1)
    assert all(sample_background(rng, avoid="white").name != "white" for _ in range(500))


def test_colors_are_sampled_evenly_but_for_the_one_to_avoid():
    rng = random.Random(1)
    names = [sample_color(rng, avoid="red").name for _ in range(2200)]
    assert set(names) == COLORS.keys() - {"red"}
    assert max(map(names.count, COLORS)) < 300
