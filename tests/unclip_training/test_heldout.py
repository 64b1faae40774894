import pytest

from generation.unclip.training.heldout import held_out_pairs, is_unseen, shared_concepts

STYLES = ("a", "b", "c")
CONCEPTS = [f"concept {number}" for number in range(300)]


def test_only_concepts_in_every_style_are_shared():
    drawn = [("cat", "a"), ("cat", "b"), ("cat", "c"), ("dog", "a"), ("dog", "b"), ("dog", "d")]
    assert shared_concepts(drawn, STYLES) == ["cat"]


def test_each_held_out_concept_keeps_its_other_styles():
    pairs = held_out_pairs(CONCEPTS, STYLES)
    assert len(pairs) == len({concept for concept, _ in pairs}) == 120


def test_the_choice_does_not_depend_on_order():
    assert held_out_pairs(CONCEPTS, STYLES) == held_out_pairs(reversed(CONCEPTS), STYLES)


def test_the_digest_decides_the_style():
    # SHA-1 of "red apple" is 9f9ceef9...; as a number divided by 7, it leaves 0 modulo 3.
    assert held_out_pairs(["red apple"], STYLES) == {("red apple", "a")}


@pytest.mark.parametrize(
    ("concept", "style", "unseen"),
    [
        ("banana", "watercolor", True),
        ("banana", "botanical-watercolor", True),
        ("lemon wedge", "clip-art", True),
        ("banana", "photo", False),
        ("pineapple", "flat-icon", False),
        ("pear", "watercolor", False),
    ],
)
def test_some_things_are_never_seen_in_some_styles(concept, style, unseen):
    assert is_unseen(concept, style) is unseen
