import pytest

from generation.unclip.training.emoji import EmojiTable, subject_of

from .conftest import APPLE, FLAG, MAN, OK_BUTTON


@pytest.fixture
def table():
    return EmojiTable([APPLE, MAN, FLAG, OK_BUTTON])


@pytest.mark.parametrize(
    ("label", "subject"),
    [
        ("man: red hair", "man with red hair"),
        ("woman: bald", "bald woman"),
        ("person: beard", "person with a beard"),
        ("kiss: woman, man", "woman and man kissing"),
        ("family: man, woman, boy", "family of man and woman and boy"),
        ("T-Rex", "t-rex"),
        ("grey heart", "gray heart"),
    ],
)
def test_labels_become_subjects(label, subject):
    assert subject_of(label) == subject


def test_tags_keep_only_words(table):
    assert table.named("red-apple").tags == ("apple", "fruit")


def test_code_points_are_found_with_and_without_variation_selector(table):
    assert table.with_code("1f34e-fe0f") is table.with_code("1F34E")


@pytest.mark.parametrize("name", ["flag-france", "ok-button"])
def test_flags_and_lettering_are_of_no_use(table, name):
    assert not table.named(name).usable


def test_other_names_are_learned(table):
    table.learn_names({"1F34E": ["apple_red"]})
    assert table.named("applered").label == "red apple"


def test_names_and_aliases_of_a_set_are_learned(table):
    table.learn_set({"1f34e": "apple-1"}, {"apfel": {"parent": "apple-1"}})
    assert table.named("apfel").label == "red apple"


def test_unknown_names_are_not_guessed(table):
    assert table.named("pear") is None
