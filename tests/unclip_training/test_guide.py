import random
from dataclasses import replace

import numpy as np
import pytest
import torch

from generation.unclip.training.captions import Record
from generation.unclip.training.guide import Guide
from generation.unclip.training.lexicon import Lexicon

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
    captions, likely = guide.captions(random.Random(0), 200)
    assert torch.allclose(likely.sum(1), torch.ones(200), atol=1e-5)
    for caption, (car, dog) in zip(captions, likely.tolist(), strict=True):
        said = set(caption.split())
        assert bool(said & {"hound", "dog"}) == (dog > 0.99)
        assert bool(said & {"automobile", "car"}) == (car > 0.99)


def test_words_are_said_as_captions_say_them(guide):
    captions, _ = guide.captions(random.Random(0), 200)
    assert any(caption.endswith(" background") for caption in captions)
    assert any("icon of" in caption for caption in captions)
    assert all(captions)


def test_the_same_chance_says_the_same(guide):
    first, again = (guide.captions(random.Random(5), 8) for _ in range(2))
    assert first[0] == again[0]
    assert torch.equal(first[1], again[1])


def test_without_a_word_that_is_near_there_is_nothing_to_guess():
    far = Lexicon(["justice"], np.array([MEANINGS["justice"]], np.float16))
    assert Guide.of(far, [DOG], ["dog"]) is None


def test_a_concept_that_the_lexicon_lacks_is_never_meant():
    lexicon = Lexicon(["dog", "hound"], np.array([MEANINGS["dog"], MEANINGS["hound"]], np.float16))
    _, likely = Guide.of(lexicon, [DOG, CAR], ["car face", "dog"]).captions(random.Random(0), 4)
    assert (likely[:, 0] == 0).all()
