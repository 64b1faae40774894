import pytest
import torch
from torch.nn import functional as F

from generation.unclip.takes import Takes
from generation.unclip.training import fewsteps, reference
from generation.unclip.training.fewsteps import Quality, compare_steps
from generation.unclip.training.figures import mmd
from generation.unclip.training.shards import ImageSet
from tests.unclip_training.sets import write_set

SPREAD = Takes.spread


def embeddings(count, seed):
    return F.normalize(torch.randn(count, 8, generator=torch.Generator().manual_seed(seed)), dim=-1)


def test_pictures_of_one_kind_are_at_no_distance():
    assert mmd(embeddings(64, 0), embeddings(64, 0)) == pytest.approx(0, abs=1e-9)


def test_pictures_of_another_kind_are_further_than_more_of_the_same():
    same, other = embeddings(256, 1), F.normalize(embeddings(256, 1) + 1, dim=-1)
    assert mmd(embeddings(256, 0), other) > 3 * mmd(embeddings(256, 0), same) > 0


def test_a_loss_is_told_as_a_share():
    assert Quality(0.49, 2.1).loss_beside(Quality(0.5, 2.0)) == pytest.approx((0.02, 0.05))


def test_steps_are_compared_and_put_back(tiny_engine, monkeypatch, tmp_path):
    monkeypatch.setattr(fewsteps, "MANY_STEPS", 6)
    monkeypatch.setattr(reference, "LOOKS", 32)
    before = tiny_engine.prior.steps, tiny_engine.decoder.steps, tiny_engine.decoder.takes
    drawn = []
    monkeypatch.setattr(Takes, "spread", lambda takes, *asked: drawn.append(takes.count) or SPREAD(takes, *asked))
    lines = []
    few, many = compare_steps(tiny_engine, ImageSet(write_set(tmp_path)), 3, lines.append)
    assert few != many
    assert "6 + 6 steps: score" in lines[-2]
    assert set(drawn) == {1}
    assert (tiny_engine.prior.steps, tiny_engine.decoder.steps, tiny_engine.decoder.takes) == before
