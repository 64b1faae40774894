import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from gallery import tags


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("Apple", "apple"),
        ("  red \t apple ", "red apple"),
        ("e\u0301lan", "\u00e9lan"),
        ("a\x00b\x02c", "abc"),
        ("\u202eevil", "evil"),
        ("cats, dogs", "cats dogs"),
        ("<b>bold</b>", "<b>bold</b>"),
        ("x" * 80, "x" * 50),
    ],
)
def test_a_tag_has_one_spelling(typed, stored):
    assert tags.normalize(typed) == stored


@pytest.mark.parametrize("typed", ["", "  ", "\x00", "\u202e", ",", "\u200d"])
def test_a_tag_is_not_empty(typed):
    with pytest.raises(ValidationError):
        tags.normalize(typed)


@given(st.text())
def test_normalizing_twice_changes_nothing(typed):
    try:
        once = tags.normalize(typed)
    except ValidationError:
        return
    assert tags.normalize(once) == once
    assert 0 < len(once) <= tags.TAG_LENGTH


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("a 3D icon of a red apple on a blue background", "3d, icon, 3d icon, red, apple, blue, blue background"),
        ("fire trucks and hot dogs", "fire truck, truck, hot dog"),
        ("three apples in baskets", "apples, apple, baskets, basket"),
        ("berries, leaves, wolves & tomatoes", "berries, berry, leaves, leaf, wolves, wolf, tomatoes, tomato"),
        ("glass bus cactus tennis glasses", "glass, bus, cactus, tennis, glasses"),
        ("a hat on a light blue backdrop", "hat, blue, light blue, blue background, light blue background"),
        ("a mug isolated on white", "mug, isolated, white, white background"),
        ("watercolor painting of a grey cat", "watercolor, painting, watercolor painting, gray, cat"),
        ("black and white photo of the dog\u2019s ball", "black and white, photo, dog, ball"),
        ("a beach without people or boats at sunset", "beach, sunset"),
        ("highly detailed, 8k, masterpiece, trending on artstation", ""),
        ("hand-drawn sketch of a t-shirt", "hand-drawn, sketch, hand-drawn sketch, t-shirt"),
        ("the big one of 2", ""),
        ("red red RED apple apple", "red, apple"),
        ("caf\u00e9 na\u00efve", "caf\u00e9, na\u00efve"),
        ("\u8d64\u3044\u30ea\u30f3\u30b4", "\u8d64\u3044\u30ea\u30f3\u30b4"),
        ("", ""),
    ],
)
def test_a_prompt_suggests_its_content_words(prompt, expected):
    assert ", ".join(tags.suggest(prompt)) == expected


def test_the_style_is_suggested_too():
    assert tags.suggest("an owl", style="clip-art") == ["owl", "clip art"]
    assert tags.suggest("an owl", style="3d-icon") == ["owl", "3d", "icon", "3d icon"]


def test_at_most_49_tags_are_suggested():
    prompt = " ".join(f"word{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(100))
    assert len(tags.suggest(prompt)) == 49


@given(st.text(max_size=300), st.text(max_size=40))
def test_any_prompt_suggests_tags_in_their_one_spelling(prompt, style):
    suggested = tags.suggest(prompt, style)
    assert suggested == [tags.normalize(tag) for tag in suggested]
    assert len(set(suggested)) == len(suggested)
