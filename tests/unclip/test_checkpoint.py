import shutil

import pytest

from generation.unclip import CheckpointInvalid, CheckpointNotFound, find_checkpoint, known_subjects
from generation.unclip.checkpoint import STARTER
from generation.unclip.errors import PickleRefused
from generation.unclip.weights import read_weights


def test_a_folder_is_found_by_its_path(tiny_checkpoint):
    found = find_checkpoint(str(tiny_checkpoint))
    assert (found.family, found.folder) == ("starter", tiny_checkpoint)


def test_a_missing_checkpoint_says_what_to_set(tmp_path):
    with pytest.raises(CheckpointNotFound, match="AIRBRUSH_CHECKPOINT"):
        find_checkpoint(tmp_path / "nowhere")


def test_a_stage_without_weights_is_named(tmp_path):
    (tmp_path / "model_index.json").write_text('{"_class_name": "UnCLIP"}')
    with pytest.raises(CheckpointInvalid, match="no weights for its clip"):
        find_checkpoint(tmp_path)


def test_a_checkpoint_may_say_what_it_draws_best(tmp_path):
    assert known_subjects(tmp_path) == []
    (tmp_path / "subjects.txt").write_text("a fox\nan owl\n")
    assert known_subjects(tmp_path) == ["a fox", "an owl"]


def test_the_starter_lists_its_subjects():
    assert {"a fox", "an owl", "french fries"} <= set(known_subjects(STARTER))


def test_a_checkpoint_of_an_unknown_kind_is_told_what_can_be_drawn_with(tmp_path):
    (tmp_path / "model_index.json").write_text('{"_class_name": "StableDiffusionPipeline"}')
    with pytest.raises(CheckpointInvalid, match=r"StableDiffusionPipeline.*KandinskyV22Pipeline"):
        find_checkpoint(tmp_path)


def test_a_missing_part_of_a_family_is_named(tmp_path):
    folder = tmp_path / "tiny-decoder"
    folder.mkdir()
    (folder / "model_index.json").write_text('{"_class_name": "KandinskyV22Pipeline"}')
    with pytest.raises(CheckpointInvalid, match=r"lacks its prior.*…-prior"):
        find_checkpoint(folder)


@pytest.fixture
def copy(tiny_checkpoint, tmp_path):
    return shutil.copytree(tiny_checkpoint, tmp_path / "copy")


@pytest.mark.parametrize("content", [b"", b"not weights at all", b"\x10" + bytes(7) + b"{" * 16 + bytes(40)])
def test_a_damaged_file_is_named(copy, content):
    damaged = copy / "prior" / "diffusion_pytorch_model.safetensors"
    damaged.write_bytes(content)
    with pytest.raises(CheckpointInvalid, match=r"prior/diffusion_pytorch_model.safetensors"):
        find_checkpoint(copy)


def test_a_file_that_was_cut_short_is_named(copy):
    whole = copy / "upsampler" / "diffusion_pytorch_model.safetensors"
    whole.write_bytes(whole.read_bytes()[:-1])
    with pytest.raises(CheckpointInvalid, match=r"upsampler/diff.* not downloaded to its end"):
        find_checkpoint(copy)


def test_a_missing_part_of_split_weights_is_named(copy):
    index = copy / "prior" / "model.safetensors.index.json"
    index.write_text('{"weight_map": {"a": "model-00001-of-00002.safetensors"}}')
    with pytest.raises(CheckpointInvalid, match=r"model-00001-of-00002.safetensors is missing"):
        find_checkpoint(copy)


def test_a_pickle_is_refused_with_the_command_that_converts_it(copy):
    weights = copy / "decoder" / "diffusion_pytorch_model.safetensors"
    weights.rename(weights.with_suffix(".bin"))
    with pytest.raises(PickleRefused) as refusal:
        find_checkpoint(copy)
    assert f"python -m generation.unclip convert {copy}" in str(refusal.value)


def test_a_pickle_given_by_its_path_is_refused(tmp_path):
    (tmp_path / "prior.ckpt").touch()
    with pytest.raises(PickleRefused, match=r"convert .*prior\.ckpt"):
        find_checkpoint(tmp_path / "prior.ckpt")


def test_weights_are_counted_without_being_loaded(tiny_checkpoint):
    weights = read_weights(tiny_checkpoint / "upsampler")
    assert weights.size == weights.parameters * (2 if weights.types == {"F16"} else 4)


def test_a_name_of_the_hub_says_how_it_is_fetched(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    with pytest.raises(CheckpointNotFound, match="unclip download kakaobrain/karlo-v1-alpha"):
        find_checkpoint("kakaobrain/karlo-v1-alpha")
