import json
from dataclasses import replace

from generation.unclip.training.prompts import HELD_OUT, SEEN
from generation.unclip.training.report import GOALS, REAL, REAL_SEEN, ROWS, Figures, doubts, table, write_json

COLUMNS = {
    REAL: Figures(1.0, 0.9, 0.5, 0.8, mmd=0.5, diversity=0.25, memorized=0.01),
    REAL_SEEN: Figures(1.0, 0.95, 0.9, 1.0, mmd=0.5, memorized=0.9),
    SEEN: Figures(0.91, 0.86, 0.2, 0.56, mmd=2.0, memorized=0.005),
    HELD_OUT: Figures(0.95, 0.2, 0.1, 0.29, mmd=3.0, memorized=0.0),
}


def row(words):
    return next(line for line in table(COLUMNS).splitlines() if line.startswith(f"| {words} |"))


def test_there_is_a_column_for_each_kind_and_a_row_for_each_figure():
    lines = table(COLUMNS).splitlines()
    assert lines[0] == "| Figure | real, held out | real, seen | a, all seen | b, held-out pairs |"
    assert len(lines) == 2 + len(ROWS)
    assert {line.count("|") for line in lines} == {6}


def test_goals_are_told_as_met_or_missed():
    assert (
        row("background right")
        == "| background right | 100.0% | 100.0% | 91.0% (missed: 92%, missed: 97%) | 95.0% (met: 92%, missed: 97%) |"
    )


def test_figures_without_a_goal_stand_alone():
    assert row("style right") == "| style right | 90.0% | 95.0% | 86.0% (met: 85%, missed: 95%) | 20.0% |"


def test_held_out_pairs_have_a_goal_of_their_own():
    assert (
        row("concept top-5")
        == "| concept top-5 | 80.0% | 100.0% | 56.0% (met: 55%, missed: 85%) | 29.0% (missed: 30%, missed: 60%) |"
    )


def test_what_was_not_taken_is_left_blank():
    assert row("diversity of 8 seeds") == "| diversity of 8 seeds | 0.250 |  |  |  |"


def test_the_file_holds_every_figure_and_every_goal_of_its_columns(tmp_path):
    write_json(tmp_path / "new" / "figures.json", "starter", 64, COLUMNS)
    facts = json.loads((tmp_path / "new" / "figures.json").read_text())
    assert facts["figures"][SEEN]["top5"] == 0.56
    goal = {"figure": "background", "column": SEEN}
    assert goal | {"on": "cpu", "at_least": 0.92, "met": False} in facts["goals"]
    assert goal | {"on": "gpu", "at_least": 0.97, "met": False} in facts["goals"]
    assert len(facts["goals"]) == 2 * sum(kind in COLUMNS for _, kind in GOALS)


def test_a_judge_that_knows_real_pictures_is_not_doubted():
    assert doubts(COLUMNS) == []


def test_a_judge_that_misses_a_goal_on_real_pictures_is_doubted():
    weak = replace(COLUMNS[REAL], style=0.6, top5=0.2)
    sentences = doubts(COLUMNS | {REAL: weak})
    assert [sentence.partition("”")[0].partition("“")[2] for sentence in sentences] == ["style right", "concept top-5"]
    assert "60%" in sentences[0]


def test_a_judge_that_misses_a_goal_on_the_pictures_it_was_trained_with_is_doubted():
    (sentence,) = doubts(COLUMNS | {REAL_SEEN: replace(COLUMNS[REAL_SEEN], style=0.8)})
    assert "“style right” holds for 80% of pictures that it was trained with" in sentence
