import shutil

import pytest
import torch
from safetensors.torch import load_file

from generation.unclip.__main__ import main
from generation.unclip.checkpoint import find_checkpoint
from generation.unclip.convert import convert
from generation.unclip.errors import CheckpointInvalid
from generation.unclip.info import describe
from tests.unclip.references import write_karlo

WEIGHTS = "diffusion_pytorch_model"


@pytest.fixture
def pickled(tiny_checkpoint, tmp_path):
    """The tiny checkpoint with its decoder as a pickle."""
    folder = shutil.copytree(tiny_checkpoint, tmp_path / "pickled")
    weights = folder / "decoder" / f"{WEIGHTS}.safetensors"
    torch.save({"state_dict": load_file(weights)}, weights.with_suffix(".bin"))
    weights.unlink()
    return folder


class Harm:
    def __reduce__(self):
        return (print, ("harm done",))


def test_a_converted_checkpoint_holds_the_same_weights(pickled, tiny_checkpoint, tmp_path):
    (written,) = convert(pickled, tmp_path / "new")
    before, after = load_file(tiny_checkpoint / "decoder" / f"{WEIGHTS}.safetensors"), load_file(written)
    assert find_checkpoint(tmp_path / "new").family == "starter"
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_the_command_that_a_refusal_names_works(pickled, capsys):
    assert main(["draw", "a fox", "--checkpoint", str(pickled)]) == 1
    command = capsys.readouterr().err.strip().rpartition("python -m generation.unclip ")[2]
    assert main(command.split()) == 0
    assert find_checkpoint(f"{pickled}-safetensors")


def test_code_in_a_pickle_is_not_run(pickled, tmp_path, capsys):
    torch.save({"weight": Harm()}, pickled / "decoder" / f"{WEIGHTS}.bin")
    with pytest.raises(CheckpointInvalid, match="more than weights"):
        convert(pickled, tmp_path / "new")
    assert "harm" not in capsys.readouterr().out


def test_a_pickle_without_tensors_is_refused(tmp_path):
    torch.save([1, 2], tmp_path / "a.ckpt")
    with pytest.raises(CheckpointInvalid, match="no weights by name"):
        convert(tmp_path / "a.ckpt", tmp_path / "a.safetensors")


def test_a_checkpoint_without_pickles_is_not_converted(tiny_checkpoint, tmp_path):
    with pytest.raises(CheckpointInvalid, match="nothing to convert"):
        convert(tiny_checkpoint, tmp_path / "new")


def test_what_exists_is_not_written_over(pickled, tmp_path):
    with pytest.raises(CheckpointInvalid, match="exists already"):
        convert(pickled, tmp_path)


def test_info_tells_stages_sizes_memory_and_license(capsys):
    assert main(["info", "starter"]) == 0
    told = capsys.readouterr().out
    assert "starter: starter, license apache-2.0" in told
    assert "decoder" in told
    assert "draws 64 pixels" in told
    assert "GB in bf16" in told


def test_karlo_is_described_with_its_image_encoder(tmp_path):
    described = describe(find_checkpoint(write_karlo(tmp_path / "tiny")))
    assert "variations/image_encoder" in [stage.name for stage in described.stages]
    assert described.parameters == sum(stage.parameters for stage in described.stages)


def test_info_of_nothing_is_a_sentence(tmp_path, capsys):
    assert main(["info", str(tmp_path)]) == 1
    assert "There is no model checkpoint" in capsys.readouterr().err
