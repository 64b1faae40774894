import pytest
import torch

from generation.unclip.ddim import LEAST, FlowDDIM, settled
from generation.unclip.sampling import denoise, generators, noise


def shrinking(sample: torch.Tensor, timestep: torch.Tensor) -> torch.Tensor:
    """A model whose prediction depends on the sample, as a real one's does."""
    return torch.tanh(sample) * (1 - timestep / 2000)


def walk(sample, scheduler, predict=shrinking, each=None):
    return denoise(predict, sample, scheduler, 40, lambda *step: None, each)


def test_the_way_back_undoes_the_way_forth():
    picture, forth = torch.rand(2, 3, 4, 4) * 2 - 1, FlowDDIM(inverse=True)
    there = walk(picture, forth, settled(shrinking, forth))
    assert torch.allclose(walk(there, FlowDDIM()), picture, atol=2e-3)


def test_levels_run_from_noise_to_the_picture():
    scheduler = FlowDDIM()
    scheduler.set_timesteps(5)
    assert scheduler.timesteps[0] == 1000
    assert scheduler.timesteps[-1] > LEAST * 1000


def test_eta_draws_noise_anew_and_by_seed_alone():
    start = noise((3, 4, 4), [1, 2])
    plain = walk(start, FlowDDIM())
    loose = walk(start, FlowDDIM(1.0), each=generators([1, 2]))
    alone = walk(start[1:], FlowDDIM(1.0), each=generators([2]))
    assert not torch.allclose(plain, loose)
    assert torch.allclose(loose[1:], alone, atol=1e-6)


@pytest.mark.parametrize("eta", [0.0, 0.5, 1.0])
def test_a_perfect_model_is_drawn_whatever_eta(eta):
    target = torch.randn(1, 3, 4, 4)
    drawn = walk(noise((3, 4, 4), [0]), FlowDDIM(eta), lambda *given: target, generators([0]))
    assert (drawn - target).abs().max() < 0.15  # what is left is noise of the least level
