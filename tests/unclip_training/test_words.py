import pytest

from generation.unclip.training.words import subject_from, tags_from


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("car-dashboard-lights", "car dashboard lights"),
        ("seafood-squid", "squid"),
        ("backpack-duo", "backpack"),
        ("calendar-28", "calendar"),
        ("labtop", "laptop"),
        ("video-game-controller", "video game controller"),
    ],
)
def test_names_become_words(name, subject):
    assert subject_from(name) == subject


@pytest.mark.parametrize("name", ["apple-logo", "programming-language-html-5", "spongebob", "wall-e"])
def test_brands_and_characters_are_left_out(name):
    assert subject_from(name) is None


@pytest.mark.parametrize("name", ["h-3", "align-top", "three", "16", "arrow-line-start", "a-very-long-name-of-things"])
def test_marks_and_letters_are_left_out(name):
    assert subject_from(name) is None


def test_tags_are_the_words_of_a_longer_subject():
    assert tags_from("fire truck") == ("fire", "truck")


def test_a_single_word_has_no_tags():
    assert tags_from("truck") == ()
