import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from generation.request import MAX_PROMPT, MAX_SEED, GenerationRequest, clean_prompt
from generation.unclip import TextToImage


@pytest.mark.parametrize(
    ("typed", "cleaned"),
    [
        ("  a  red\r\n\tapple ", "a red apple"),
        ("a\x00 red\x07 apple", "a red apple"),
        ("a \u202eelppa\u202c", "a elppa"),
        ("cafe\u0301", "caf\u00e9"),
        ("a \ud800 b", "a b"),
        ("\U0001f469\u200d\U0001f680", "\U0001f469\u200d\U0001f680"),
    ],
)
def test_cleans_the_prompt(typed, cleaned):
    assert GenerationRequest(typed).prompt == cleaned


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("prompt", {"prompt": " \x00 "}),
        ("prompt", {"prompt": "x" * (MAX_PROMPT + 1)}),
        ("prompt", {"prompt": "x" * MAX_PROMPT, "style": "photo"}),
        ("style", {"style": "oil-painting"}),
        ("shape", {"shape": "round"}),
        ("count", {"count": 0}),
        ("count", {"count": 9}),
        ("seed", {"seed": -1}),
        ("seed", {"seed": MAX_SEED + 1}),
        ("visibility", {"visibility": "everybody"}),
    ],
)
def test_refuses_what_is_out_of_range(field, values):
    with pytest.raises(ValidationError) as refusal:
        GenerationRequest(**{"prompt": "a red apple", **values})
    assert list(refusal.value.message_dict) == [field]


def test_takes_the_longest_prompt():
    assert len(GenerationRequest("x" * MAX_PROMPT).prompt) == MAX_PROMPT


@given(st.text())
def test_cleaning_twice_changes_nothing(text):
    assert clean_prompt(clean_prompt(text)) == clean_prompt(text)


@given(st.text(min_size=1, max_size=MAX_PROMPT), st.sampled_from(["", "photo", "sketch"]), st.integers(0, MAX_SEED))
def test_whatever_is_accepted_the_engine_can_be_asked(prompt, style, seed):
    try:
        request = GenerationRequest(prompt, style, seed=seed)
    except ValidationError:
        return
    TextToImage(request.full_prompt, count=request.count, seed=seed)
