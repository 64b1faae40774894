import random
from collections import Counter
from dataclasses import replace

import pytest

from generation.unclip.training import prompts
from generation.unclip.training.captions import STYLES, Record, caption, with_article
from generation.unclip.training.mix import EVERYDAY
from generation.unclip.training.palette import COLORS
from generation.unclip.training.prompts import (
    EVERYDAY_SEEN,
    HELD_OUT,
    SEEN,
    SHEET_COLUMNS,
    SHEET_PROMPTS,
    SYNONYMS,
    Wish,
    asks,
    held_out_in_sheet,
    is_said,
    said_words,
    synonyms,
    wishes,
)

ROBOT = Record("robot", "robot", "3d-icon", ("machine",), "gray", "set", "MIT", "train")
UNKNOWN = replace(ROBOT, concept="widget", subject="widget")
LEDGER = replace(ROBOT, concept="ledger", subject="ledger", style="flat-icon")
HELD = replace(ROBOT, style="blob-emoji", split="heldout")


@pytest.fixture
def kinds():
    return wishes([ROBOT, UNKNOWN, LEDGER, HELD], {"robot", "ledger"})[0]


def test_only_what_was_seen_and_the_judge_knows_is_asked_for(kinds):
    assert [(wish.subject, wish.style) for wish in kinds[SEEN]] == [("robot", "3d-icon"), ("ledger", "flat-icon")]


def test_everyday_things_are_asked_for_apart(kinds):
    assert [wish.subject for wish in kinds[EVERYDAY_SEEN]] == ["robot"]


def test_held_out_pairs_are_asked_for_apart(kinds):
    assert [wish.style for wish in kinds[HELD_OUT]] == ["blob-emoji"]


def test_many_pictures_of_one_thing_in_one_style_are_asked_for_once():
    kinds, _ = wishes([ROBOT, replace(ROBOT, color="red"), HELD, replace(HELD, color="red")], {"robot"})
    assert {kind: len(found) for kind, found in kinds.items() if kind != SYNONYMS} == {
        SEEN: 1,
        EVERYDAY_SEEN: 1,
        HELD_OUT: 1,
    }
    assert len(kinds[SYNONYMS]) == 2


def test_a_picture_held_out_of_a_pair_that_others_were_seen_of_is_no_held_out_pair():
    assert HELD_OUT not in wishes([ROBOT, replace(ROBOT, split="heldout")], {"robot"})[0]


def test_synonyms_come_in_styles_that_their_concept_was_seen_in(kinds):
    assert {(wish.subject, wish.style) for wish in kinds[SYNONYMS]} == {("android", "3d-icon"), ("droid", "3d-icon")}


def test_a_kind_without_anything_to_ask_for_is_left_out():
    assert set(wishes([LEDGER], {"ledger"})[0]) == {SEEN}


@pytest.mark.parametrize("said", [{"subject": "Android"}, {"tags": ("old android phone",)}])
def test_a_synonym_that_a_caption_says_is_left_out_and_told(said):
    kinds, left_out = wishes([replace(ROBOT, **said)], {"robot"})
    assert {wish.subject for wish in kinds[SYNONYMS]} == {"droid"}
    assert "android" in left_out


def test_parts_of_words_are_not_said():
    words = said_words([replace(ROBOT, subject="steel robot", tags=("tee shirt",))])
    assert is_said("steel", words)
    assert is_said("tee shirt", words)
    assert not is_said("tee robot", words)
    assert not is_said("eel", words)


def test_words_of_styles_are_said():
    assert is_said("doodle", said_words([]))


def test_every_wish_is_asked_for_as_often_as_the_others():
    wished = [Wish(f"thing {n}", "3d-icon", ("thing",), None) for n in range(5)]
    counts = Counter(ask.prompt.partition(" on ")[0] for ask in asks(wished, 23))
    assert sorted(counts.values()) == [4, 4, 5, 5, 5]


def test_prompts_are_the_same_each_time_and_say_what_is_judged():
    first, again = (asks([Wish("robot", "3d-icon", ("robot",), "gray")], 40) for _ in range(2))
    assert first == again
    assert first[0].prompt == f"a 3D icon of a robot on {with_article(first[0].background)} background"
    assert [ask.seed for ask in first] == list(range(40))


def test_nothing_is_asked_for_on_its_own_color():
    asked = asks([Wish("robot", "3d-icon", ("robot",), "gray")], 200)
    assert {ask.background for ask in asked} == COLORS.keys() - {"gray"}


def test_synonyms_are_many_and_well_formed():
    assert len(synonyms()) > 100
    lines = prompts._SYNONYMS.read_text(encoding="utf-8").splitlines()
    assert len(lines) == len(synonyms())
    assert all(word == word.strip().lower() and all(concepts) for word, concepts in synonyms().items())


def test_each_synonym_stands_for_an_everyday_thing():
    assert [word for word, concepts in synonyms().items() if concepts[0] not in EVERYDAY] == []


def test_no_synonym_is_a_word_of_an_everyday_thing():
    words = said_words([replace(ROBOT, subject=thing, tags=()) for thing in EVERYDAY])
    assert [word for word in synonyms() if is_said(word, words)] == []


def test_the_sheet_has_eight_full_rows_of_prompts_of_their_own():
    assert len(set(SHEET_PROMPTS)) == len(SHEET_PROMPTS) == 8 * SHEET_COLUMNS == 96


def test_held_out_pairs_of_the_sheet_are_counted():
    bell = replace(HELD, concept="bell", subject="bell", style="cartoon-emoji")
    assert held_out_in_sheet([bell, HELD, replace(bell, style="3d-icon", split="train")]) == 1


def test_the_sheets_styles_are_words_of_captions():
    words = {
        caption(replace(ROBOT, style=s), color=None, background="white", rng=random.Random(n))
        for s in STYLES
        for n in range(60)
    }
    styles = {text.partition(" of ")[0].removeprefix("a ").removeprefix("an ") for text in words}
    asked = {prompt.partition(" of ")[0].removeprefix("a ").removeprefix("an ") for prompt in SHEET_PROMPTS}
    assert asked <= styles
