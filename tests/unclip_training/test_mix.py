from dataclasses import replace

import pytest

from generation.unclip.training.captions import Record
from generation.unclip.training.mix import OTHER_CONCEPTS_WEIGHT, broadly, chances, subjects, weight

APPLE = Record("red apple", "red apple", "3d-icon", ("fruit",), "red", "fluent", "MIT", "train")
PHOTO = Record("tulip", "tulip", "photo", ("flower",), None, "flower-photos", "CC-BY-2.0", "train", fills_frame=True)


def test_everyday_things_come_first():
    assert weight(APPLE) == pytest.approx(weight(replace(APPLE, concept="abacus")) / OTHER_CONCEPTS_WEIGHT)


def test_photos_are_everyday_things():
    assert weight(replace(PHOTO, concept="bodysuit")) == weight(PHOTO)


def test_what_tells_pictures_apart_sees_the_rare_ones_more_often():
    rare = replace(APPLE, concept="abacus", style="neon-sticker")
    assert weight(rare) / weight(APPLE) < broadly(rare) / broadly(APPLE) < 1


def test_many_pictures_of_one_thing_do_not_crowd_out_others():
    shares = chances([APPLE, *[PHOTO] * 100])
    assert shares.sum() == pytest.approx(1)
    assert shares[1:].sum() == pytest.approx(10 * shares[0] * weight(PHOTO) / weight(APPLE))


def test_one_thing_in_two_styles_is_shown_in_both():
    shares = chances([APPLE, replace(APPLE, style="flat-icon")])
    assert shares.tolist() == pytest.approx([0.5, 0.5])


def test_the_list_of_subjects_names_what_was_shown_most():
    others = [replace(APPLE, concept="abacus"), replace(APPLE, concept="lemon", split="heldout")]
    own = replace(APPLE, concept="pear", is_captioned=True)
    assert subjects([PHOTO, PHOTO, APPLE, own, *others]) == ["a red apple", "a tulip"]
