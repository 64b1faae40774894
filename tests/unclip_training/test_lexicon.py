import numpy as np

from generation.unclip.training.captions import Record
from generation.unclip.training.lexicon import Lexicon, prepare
from tests.unclip_training.conftest import deb

APPLE = Record("red apple", "red apple", "3d-icon", ("fruit",), "red", "set", "MIT", "train")


def lexicon(**meanings):
    return Lexicon(list(meanings), np.array(list(meanings.values()), np.float16))


def test_words_are_added_where_they_mean_about_what_a_picture_shows():
    known, extra = lexicon(dog=(1, 0), pet=(0, 1)), lexicon(hound=(0.8, 0.6), fee=(0.3, 0.95))
    whole = known.with_neighbors(extra, ["dog"])
    assert whole.texts == ["dog", "pet", "hound"]
    assert np.array_equal(whole.meanings[2], extra.meanings[0])


def test_words_for_a_kind_of_what_a_picture_shows_are_added_however_far_they_lie():
    extra = Lexicon(["moggy", "fee"], np.array([(0, 1), (0, 1)], np.float16), {"moggy": ["cat"]})
    assert lexicon(cat=(1, 0)).with_neighbors(extra, ["cat"]).texts == ["cat", "moggy"]


def test_a_lexicon_comes_back_as_it_was_saved(tmp_path):
    for kinds in ({}, {"hound": ["dog"], "bat": ["bird", "club"]}):
        saved = lexicon(dog=(1, 0), hound=(0.8, 0.6))._replace(kinds=kinds)
        saved.save(tmp_path)
        again = Lexicon.load(tmp_path)
        assert (again.texts, again.kinds) == (saved.texts, kinds)
        assert np.array_equal(again.meanings, saved.meanings)


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
