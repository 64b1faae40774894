import pytest

from generation.unclip import CheckpointInvalid, CheckpointNotFound, find_checkpoint


def test_a_folder_is_found_by_its_path(tiny_checkpoint):
    assert find_checkpoint(str(tiny_checkpoint)) == tiny_checkpoint


def test_a_missing_checkpoint_says_what_to_set(tmp_path):
    with pytest.raises(CheckpointNotFound, match="AIRBRUSH_CHECKPOINT"):
        find_checkpoint(tmp_path / "nowhere")


def test_a_stage_without_weights_is_named(tmp_path):
    (tmp_path / "model_index.json").write_text("{}")
    with pytest.raises(CheckpointInvalid, match="clip"):
        find_checkpoint(tmp_path)
