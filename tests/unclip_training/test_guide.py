import random
import re
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import torch

from generation.unclip.training import guide as guide_module
from generation.unclip.training.captions import Record
from generation.unclip.training.guide import RENAMED, Guide, plural
from generation.unclip.training.lexicon import Lexicon
from generation.unclip.training.prompts import synonyms

DOG = Record("dog", "dog", "3d-icon", (), "brown", "set", "MIT", "train")
CAR = replace(DOG, concept="car face", subject="car")
MEANINGS = {
    "dog": (1.0, 0.0, 0.0),
    "car": (0.0, 1.0, 0.0),
    "hound": (0.96, 0.28, 0.0),
    "automobile": (0.0, 0.96, 0.28),
    "justice": (0.1, 0.1, 0.99),
    "a 3D icon of a dog, pet": (1.0, 0.0, 0.0),
    "flat icon": (0.8, 0.6, 0.0),
}


@pytest.fixture
def guide():
    lexicon = Lexicon(list(MEANINGS), np.array(list(MEANINGS.values()), np.float16))
    return Guide.of(lexicon, [DOG, CAR], ["car face", "dog"])


def test_words_near_to_something_drawn_are_kept_and_neither_captions_nor_styles(guide):
    assert guide.words == ["dog", "car", "hound", "automobile"]


def test_a_word_most_likely_means_what_it_is_nearest_to(guide):
    captions, likely, plain = guide.captions(random.Random(0), 200)
    assert torch.allclose(likely.sum(1), torch.ones(200), atol=1e-5)
    for caption, (car, dog), known in zip(captions, likely.tolist(), plain, strict=True):
        said, meant = set(caption.replace(",", "").split()), set(known.split())
        assert bool(said & {"hound", "dog", "hounds", "dogs"}) == (dog > 0.99) == ("dog" in meant)
        assert bool(said & {"automobile", "car", "automobiles", "cars"}) == (car > 0.99) == ("car" in meant)


def test_the_known_word_is_said_with_the_same_style_on_the_same_background(guide):
    captions, _, plain = guide.captions(random.Random(0), 200)
    for caption, known in zip(captions, plain, strict=True):
        assert caption.partition(" on ")[2] == known.partition(" on ")[2]
        assert caption.rpartition(" of ")[0] == known.rpartition(" of ")[0]


def test_what_wordnet_says_a_word_is_comes_before_what_it_is_near_to():
    kinds = {"justice": ["dog"], "hound": ["car"]}
    lexicon = Lexicon(list(MEANINGS), np.array(list(MEANINGS.values()), np.float16), kinds)
    guide = Guide.of(lexicon, [DOG, CAR], ["car face", "dog"])
    assert guide.words == ["dog", "car", "hound", "automobile", "justice"]
    car, dog = dict(zip(guide.words, guide.cosines.tolist(), strict=True))["hound"]
    assert car == pytest.approx(dog + 0.1, abs=0.01)
    car, dog = dict(zip(guide.words, guide.cosines.tolist(), strict=True))["justice"]
    assert dog == pytest.approx(0.6, abs=0.01)


def test_of_several_senses_the_one_nearest_in_meaning_counts():
    kinds = {"hound": ["car", "dog"], "automobile": ["car", "dog"]}
    lexicon = Lexicon(list(MEANINGS), np.array(list(MEANINGS.values()), np.float16), kinds)
    guide = Guide.of(lexicon, [DOG, CAR], ["car face", "dog"])
    nearest = dict(zip(guide.words, guide.cosines.argmax(axis=1).tolist(), strict=True))
    assert nearest["hound"] == 1
    assert nearest["automobile"] == 0


def test_a_picture_is_now_and_then_called_by_another_word_for_it(guide, monkeypatch):
    monkeypatch.setattr(guide_module, "synonyms", dict)
    rng, tagged = random.Random(0), replace(DOG, tags=("pet",))
    called = Counter(guide.rename(tagged, rng) for _ in range(400))
    assert {each.subject for each in called} == {"dog", "hound", "hounds"}
    assert called[tagged] == pytest.approx(400 * (1 - RENAMED), abs=40)
    assert all(each == replace(DOG, subject=each.subject) for each in called if each != tagged)


@pytest.mark.parametrize("word", ["hound", "hounds", "basset hound", "hound dog"])
def test_no_picture_is_called_by_a_word_that_checkpoints_are_measured_with(word):
    assert "hound" in synonyms()
    words = [word, "greyhound", "dog", "car"]
    cosines = np.array([[0.0, 0.9], [0.0, 0.8], [0.0, 1.0], [1.0, 0.0]], np.float16)
    rng, guide = random.Random(0), Guide(words, cosines, ["car", "dog"])
    assert {guide.rename(DOG, rng).subject for _ in range(200)} == {"dog", "greyhound", "greyhounds"}


def test_what_somebody_wrote_stays(guide):
    written, rng = replace(DOG, is_captioned=True), random.Random(0)
    assert {guide.rename(written, rng) for _ in range(100)} == {written}


@pytest.mark.parametrize(
    ("noun", "several"),
    [("dog", "dogs"), ("fox", "foxes"), ("cherry", "cherries"), ("toy", "toys"), ("ice cream", "ice creams"),
     ("jeans", "jeans"), ("peach", "peaches")],
)  # fmt: skip
def test_plurals_are_regular(noun, several):
    assert plural(noun) == several


def test_words_are_said_as_captions_say_them(guide):
    captions, _, _ = guide.captions(random.Random(0), 200)
    assert any(caption.endswith(" background") for caption in captions)
    assert any("icon of" in caption for caption in captions)
    assert all(captions)


def test_words_are_said_alone_where_that_is_asked_for(guide):
    words, likely, plain = guide.captions(random.Random(0), 200, alone=True)
    assert {word.removesuffix("s") for word in words} <= {word.removesuffix("s") for word in guide.words}
    assert set(plain) <= set(guide.subjects)
    right = [row[guide.subjects.index(said)].item() for row, said in zip(likely, plain, strict=True)]
    assert min(right) > 0


def test_commoner_words_are_said_more_often():
    words = [f"word{n}" for n in range(40)]
    spoken, _, _ = Guide(words, np.zeros((40, 1), np.float16), ["dog"]).captions(random.Random(0), 8000)
    counts = Counter(re.search(r"word\d+", each).group() for each in spoken)
    first, last = (np.mean([counts[word] for word in part]) for part in (words[:4], words[-4:]))
    assert 5 < first / last < 12


def test_the_same_chance_says_the_same(guide):
    first, again = (guide.captions(random.Random(5), 8) for _ in range(2))
    assert first.captions == again.captions
    assert first.plain == again.plain
    assert torch.equal(first.likely, again.likely)


def test_without_a_word_that_is_near_there_is_nothing_to_guess():
    far = Lexicon(["justice"], np.array([MEANINGS["justice"]], np.float16))
    assert Guide.of(far, [DOG], ["dog"]) is None


def test_a_concept_that_the_lexicon_lacks_is_never_meant():
    lexicon = Lexicon(["dog", "hound"], np.array([MEANINGS["dog"], MEANINGS["hound"]], np.float16))
    _, likely, _ = Guide.of(lexicon, [DOG, CAR], ["car face", "dog"]).captions(random.Random(0), 4)
    assert (likely[:, 0] == 0).all()
