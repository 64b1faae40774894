"""The distance of surfaces has to see mud and grain, and to look past where things are."""

import pytest
import torch
from torch.nn import functional as F

from generation.unclip.training.surface import apart


def chance(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def discs():
    """Even discs on even grounds, as flat icons are."""
    rows, columns = torch.meshgrid(torch.arange(64) - 31.5, torch.arange(64) - 31.5, indexing="ij")
    inks, grounds = (torch.rand(4, 3, 1, 1, generator=chance(seed)) * 2 - 1 for seed in (1, 2))
    return torch.lerp(grounds, inks, (rows**2 + columns**2 < 20**2).float())


def test_a_picture_is_not_apart_from_itself_wherever_its_things_lie(discs):
    assert apart(discs, discs, chance()).item() == 0
    assert apart(discs.roll((4, 6), dims=(2, 3)), discs, chance()) < 0.02 * apart(discs.flip(0), discs, chance())


def test_grain_and_blur_set_pictures_apart(discs):
    grainy = discs + 0.1 * torch.randn(discs.shape, generator=chance())
    blurred = F.avg_pool2d(discs, 5, stride=1, padding=2, count_include_pad=False)
    moved = apart(discs.roll((4, 6), dims=(2, 3)), discs, chance())
    assert apart(grainy, discs, chance()) > 10 * moved + 0.1
    assert apart(blurred, discs, chance()) > 10 * moved + 0.1


def test_what_is_learned_from_it_takes_grain_away(discs):
    grain = 0.1 * torch.randn(discs.shape, generator=chance())
    strength = torch.ones(()).requires_grad_()
    optimizer = torch.optim.Adam([strength], 0.05)
    for step in range(30):
        optimizer.zero_grad()
        apart(discs + strength * grain, discs, chance(step)).backward()
        optimizer.step()
    assert abs(strength.item()) < 0.1
