import random
from dataclasses import replace

import pytest

from generation.unclip.training.captions import ALIASES, OWN, STYLES, Record, caption, with_article
from generation.unclip.training.sources import ICON_SETS

APPLE = Record("apple", "apple", "3d-icon", ("fruit",), "red", "set", "MIT", "train")


def captions(record=APPLE, *, color="red", background="blue", count=4000):
    rng = random.Random(5)
    return [caption(record, color=color, background=background, rng=rng) for _ in range(count)]


def share(texts, words):
    return sum(words in text for text in texts) / len(texts)


@pytest.mark.parametrize(
    ("noun", "phrase"),
    [
        ("red apple", "a red apple"),
        ("apple", "an apple"),
        ("hourglass", "an hourglass"),
        ("unicorn", "a unicorn"),
        ("umbrella", "an umbrella"),
        ("cherries", "cherries"),
        ("octopus", "an octopus"),
        ("cooked rice", "cooked rice"),
        ("face with smiling eyes", "a face with smiling eyes"),
        ("clip art", "clip art"),
    ],
)
def test_articles(noun, phrase):
    assert with_article(noun) == phrase


def test_the_full_template_is_said():
    assert any(text == "a 3D icon of a red apple, fruit on a blue background" for text in captions())


def test_one_caption_in_ten_is_empty():
    assert captions().count("") / 4000 == pytest.approx(0.10, abs=0.02)


def test_the_style_is_left_out_in_a_seventh_of_captions():
    assert share([text for text in captions() if text], "3D") == pytest.approx(0.85, abs=0.02)


@pytest.mark.parametrize(("background", "expected"), [("blue", 0.65), ("white", 0.30)])
def test_backgrounds_are_said_more_often_where_they_are_not_white(background, expected):
    texts = [text for text in captions(background=background) if text]
    assert share(texts, f"on a {background} background") == pytest.approx(expected, abs=0.03)


def test_a_changed_hue_replaces_the_color_in_the_subject():
    record = replace(APPLE, subject="red apple", tags=())
    texts = [text for text in captions(record, color="green") if text]
    assert (share(texts, "green apple"), share(texts, "red")) == (1, 0)


def test_a_measured_color_does_not_contradict_the_subject():
    record = replace(APPLE, subject="black bird", tags=(), color="purple")
    assert share(captions(record, color="purple"), "purple") == 0


def test_no_color_word_without_a_dominant_color():
    record = replace(APPLE, color=None)
    assert share(captions(record, color=None, background="white"), "red") == 0


def test_one_seed_gives_one_caption():
    assert captions(count=50) == captions(count=50)


def test_every_set_has_words_for_its_style():
    assert {icons.style for icons in ICON_SETS} | ALIASES.keys() <= STYLES.keys()


BARN = Record("a barn", "a red barn", OWN, ("farm",), None, "mine", "", "train", is_captioned=True)


def test_a_written_caption_is_said_as_it_is():
    texts = [text for text in captions(BARN, color=None, background="white") if text]
    assert {text.partition(",")[0].partition(" on a")[0] for text in texts} == {"a red barn"}
    assert share(texts, ", farm") == pytest.approx(0.5, abs=0.03)


def test_a_background_is_not_said_twice():
    record = replace(BARN, subject="a red barn, blue background")
    assert share(captions(record, color=None), "on a blue background") == 0


def test_no_background_is_said_of_what_fills_its_frame():
    assert share(captions(replace(APPLE, fills_frame=True)), "background") == 0
