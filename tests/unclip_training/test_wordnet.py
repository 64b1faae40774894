import pytest

from generation.unclip.training import debian, wordnet
from generation.unclip.training.npm import SourceUnavailable

DATA = """  1 This software and database is being provided to you
02084071 05 n 03 dog 0 domestic_dog 0 Canis_familiaris 0 002 @ 02083346 n 0000 | a member
02958343 06 n 02 car 0 motor_vehicle_tax 0 000 | four wheels
07546125 12 n 01 anguish 0 000 | a feeling
07747607 13 n 0a orange 0 a 1 b 2 c 3 d 4 e 5 f 6 g 7 h 8 blood-orange 9 000 | fruit
"""


def test_only_things_that_can_be_seen_are_read_by_words_of_one_or_two_parts():
    assert list(wordnet.read(DATA)) == ["dog", "domestic dog", "car", "orange", "blood-orange"]


def test_a_package_without_the_file_holds_no_words(tmp_path, monkeypatch):
    monkeypatch.setattr(debian, "fetch", lambda package, cache, places: tmp_path)
    monkeypatch.setattr(debian, "read", lambda package, wanted: iter(()))
    assert wordnet.nouns(tmp_path) == []


def test_words_come_once_each(tmp_path, monkeypatch):
    monkeypatch.setattr(debian, "fetch", lambda package, cache, places: tmp_path)
    monkeypatch.setattr(debian, "read", lambda package, wanted: iter([("data.noun", (DATA + DATA).encode())]))
    assert wordnet.nouns(tmp_path) == list(wordnet.read(DATA))


def test_a_package_that_cannot_be_had_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(debian, "CLIENT", "no-such-client")
    with pytest.raises(SourceUnavailable, match="wordnet-base"):
        wordnet.nouns(tmp_path)
