import pytest

from generation.presets import PRESETS, full_prompt


def test_puts_the_words_before_the_prompt():
    assert full_prompt("a red apple", "3d-icon") == "3D icon of a red apple"


@pytest.mark.parametrize("prompt", ["3d icon of an apple", "a 3D icon of an apple", "The 3D ICON of an apple"])
def test_does_not_say_the_words_twice(prompt):
    assert full_prompt(prompt, "3d-icon") == prompt


@pytest.mark.parametrize("style", ["", "oil-painting"])
def test_adds_nothing_without_a_known_style(style):
    assert full_prompt("a red apple", style) == "a red apple"


def test_keeps_braces_of_the_prompt():
    assert full_prompt("a {prompt} {0}", "photo") == "photo of a {prompt} {0}"


def test_adds_nothing_to_an_empty_prompt():
    assert full_prompt("", "photo") == ""


def test_every_style_has_a_key_of_its_own():
    assert len({preset.key for preset in PRESETS}) == len(PRESETS) == 6
