import pytest
import torch

from generation.unclip.decoder import group, ungroup
from generation.unclip.sampling import denoise, guided, noise
from generation.unclip.training.prior_stage import flow_scheduler


def test_noise_of_a_seed_does_not_depend_on_its_neighbors():
    assert torch.equal(noise((3, 4), [1, 2, 3])[1], noise((3, 4), [2])[0])


@pytest.mark.parametrize("high", [1, 1 << 8, 1 << 9, 1 << 10, 1 << 12, (1 << 31) - 1])
def test_what_a_seed_has_above_32_bits_counts(high):
    """torch's generator for CPUs would pass over it, and noise that is to be apart would be one and the same."""
    beyond = noise((64,), [7, 7 + (high << 32)])
    assert not torch.isclose(*beyond).any()


def test_a_seed_of_32_bits_is_taken_as_it_is():
    generator = torch.Generator().manual_seed(2**32 - 1)
    assert torch.equal(noise((4,), [2**32 - 1])[0], torch.randn(4, generator=generator))


def test_a_perfect_model_is_drawn_exactly():
    target = torch.randn(2, 8)
    drawn = denoise(lambda sample, timestep: target, noise((8,), [0, 1]), flow_scheduler(), 5, lambda *step: None)
    assert torch.allclose(drawn, target, atol=1e-4)


def test_guidance_of_one_equals_no_guidance():
    sample, given = torch.randn(2, 4), torch.randn(2, 4)
    predict = guided(lambda x, t, c: x + c, (given,), (torch.zeros_like(given),), 1.0)
    assert torch.equal(predict(sample, torch.tensor(1.0)), sample + given)


def test_guidance_moves_on_past_the_conditional_prediction():
    sample, given = torch.zeros(2, 4), torch.ones(2, 4)
    predict = guided(lambda x, t, c: c, (given,), (torch.zeros_like(given),), 3.0)
    assert torch.equal(predict(sample, torch.tensor(1.0)), 3 * given)


def test_ungroup_undoes_group():
    tokens = torch.randn(2, 64, 16)
    assert torch.equal(ungroup(group(tokens, 8), 8), tokens)
