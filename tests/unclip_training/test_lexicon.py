import numpy as np

from generation.unclip.training.captions import Record
from generation.unclip.training.lexicon import Lexicon, prepare
from tests.unclip_training.conftest import deb

DOG = Record("dog", "dog", "3d-icon", ("pet",), "brown", "set", "MIT", "train")
APPLE = Record("red apple", "red apple", "3d-icon", ("fruit",), "red", "set", "MIT", "train")


def lexicon(**meanings):
    return Lexicon(list(meanings), np.array(list(meanings.values()), np.float16))


def test_words_are_added_where_they_mean_about_what_a_picture_shows():
    known, extra = lexicon(dog=(1, 0), pet=(0, 1)), lexicon(hound=(0.8, 0.6), fee=(0.3, 0.95))
    whole = known.with_neighbors(extra, [DOG])
    assert whole.texts == ["dog", "pet", "hound"]
    assert np.array_equal(whole.meanings[2], extra.meanings[0])


def test_nouns_of_wordnet_come_behind_the_captions_words(cache):
    line = "07739125 13 n 02 red_apple 0 apple_puppy 0 000 | fruit\n"
    deb(cache, "wordnet-base", {"usr/share/wordnet/data.noun": line.encode()})
    texts = prepare([APPLE], cache, lambda line: None).texts
    assert texts.count("red apple") == 1
    assert texts[-1] == "apple puppy"


def test_a_lexicon_goes_without_wordnet_and_says_so(cache):
    lines = []
    assert "red apple" in prepare([APPLE], cache, lines.append).texts
    assert any("wordnet-base" in line for line in lines)
