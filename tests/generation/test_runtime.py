"""Of the real runtime, only what needs no torch."""

import pytest

from generation import runtime

checkpoint_problem = runtime.checkpoint_problem


def test_says_what_is_missing(settings, tmp_path):
    settings.AIRBRUSH_CHECKPOINT = str(tmp_path)
    assert str(tmp_path) in checkpoint_problem()


@pytest.mark.parametrize("name", ["", "no/such/folder", "\x00"])
def test_survives_any_name(settings, name):
    settings.AIRBRUSH_CHECKPOINT = name
    assert checkpoint_problem()


def test_a_complete_checkpoint_is_no_problem(settings, tmp_path):
    (tmp_path / "model_index.json").write_text("{}")
    for stage in ("clip", "prior", "decoder", "upsampler"):
        (tmp_path / stage).mkdir()
        (tmp_path / stage / "model.safetensors").touch()
    settings.AIRBRUSH_CHECKPOINT = str(tmp_path)
    assert checkpoint_problem() is None
