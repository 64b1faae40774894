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


def test_a_complete_checkpoint_is_no_problem(settings):
    settings.AIRBRUSH_CHECKPOINT = "starter"
    assert checkpoint_problem() is None
