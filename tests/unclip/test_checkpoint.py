import pytest

from generation.unclip import CheckpointInvalid, CheckpointNotFound, find_checkpoint, known_subjects
from generation.unclip.checkpoint import STARTER


def test_a_folder_is_found_by_its_path(tiny_checkpoint):
    assert find_checkpoint(str(tiny_checkpoint)) == tiny_checkpoint


def test_a_missing_checkpoint_says_what_to_set(tmp_path):
    with pytest.raises(CheckpointNotFound, match="AIRBRUSH_CHECKPOINT"):
        find_checkpoint(tmp_path / "nowhere")


def test_a_stage_without_weights_is_named(tmp_path):
    (tmp_path / "model_index.json").write_text("{}")
    with pytest.raises(CheckpointInvalid, match="clip"):
        find_checkpoint(tmp_path)


def test_a_checkpoint_may_say_what_it_draws_best(tmp_path):
    assert known_subjects(tmp_path) == []
    (tmp_path / "subjects.txt").write_text("a fox\nan owl\n")
    assert known_subjects(tmp_path) == ["a fox", "an owl"]


def test_the_starter_lists_its_subjects():
    assert {"a fox", "an owl", "french fries"} <= set(known_subjects(STARTER))
