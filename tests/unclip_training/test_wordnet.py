import pytest

from generation.unclip.training import debian, wordnet
from generation.unclip.training.npm import SourceUnavailable

DATA = """  1 This software and database is being provided to you
02083346 05 n 01 canine 0 001 @ 02075296 n 0000 | a carnivore
02084071 05 n 03 dog 0 domestic_dog 0 Canis_familiaris 0 002 @ 02083346 n 0000 ~ 02110958 n 0000 | a member
02110958 05 n 02 pug 0 pug-dog 0 001 @ 02084071 n 0000 | small
02958343 06 n 02 car 0 motor_vehicle_tax 0 000 | four wheels
03079230 06 n 01 pug 1 001 @ 02958343 n 0000 | a small car, for this test
07546125 12 n 01 anguish 0 000 | a feeling
07747607 13 n 0a orange 0 a 1 b 2 c 3 d 4 e 5 f 6 g 7 h 8 blood-orange 9 000 | fruit
"""
INDEX = """  1 This software and database is being provided to you
anguish n 1 1 @ 1 0 07546125
canine n 1 1 ~ 1 1 02083346
car n 1 1 ~ 1 1 02958343
dog n 1 2 @ ~ 1 1 02084071
pug n 3 1 @ 3 0 07546125 02110958 03079230
pug-dog n 1 1 @ 1 0 02110958
canis_familiaris n 1 1 @ 1 0 02084071
"""


def serve(monkeypatch, **files):
    monkeypatch.setattr(debian, "fetch", lambda package, cache, places: cache)
    content = [(f"usr/share/wordnet/{name}.noun", text.encode()) for name, text in files.items()]
    monkeypatch.setattr(debian, "read", lambda package, wanted: (each for each in content if wanted(each[0])))


@pytest.fixture
def nouns(tmp_path, monkeypatch):
    serve(monkeypatch, data=DATA, index=INDEX)
    return wordnet.load(tmp_path)


def test_only_things_that_can_be_seen_are_read_by_words_of_one_or_two_parts(nouns):
    assert nouns.nouns == ["canine", "dog", "domestic dog", "pug", "pug-dog", "car", "orange", "blood-orange"]


def test_what_a_thing_is_a_kind_of_is_read(nouns):
    assert nouns.synsets["02110958"].hypernyms == ("02084071",)
    assert nouns.synsets["02084071"].hypernyms == ("02083346",)


def test_senses_that_cannot_be_seen_are_left_out(nouns):
    assert nouns.senses["pug"] == ("02110958", "03079230")
    assert "anguish" not in nouns.senses


def test_a_word_is_of_the_nearest_kind_in_each_of_its_senses(nouns):
    assert nouns.kinds(["canine", "dog", "car"]) == {
        "canine": ("canine",),
        "car": ("car",),
        "dog": ("dog",),
        "pug": ("dog", "car"),
        "pug-dog": ("dog",),
    }
    assert nouns.kinds(["canine", "banana"])["pug"] == ("canine",)


def test_a_package_without_the_files_holds_no_words(tmp_path, monkeypatch):
    serve(monkeypatch)
    assert wordnet.load(tmp_path) == wordnet.WordNet({}, {})


def test_a_package_that_cannot_be_had_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(debian, "CLIENT", "no-such-client")
    with pytest.raises(SourceUnavailable, match="wordnet-base"):
        wordnet.load(tmp_path)
