import pytest
import torch

from generation.unclip.renoising import RenoisingScheduler
from generation.unclip.sampling import denoise, generators, noise, noise_of

TARGET = torch.randn(1, 3, 8, 8, generator=torch.Generator().manual_seed(1))


def draw(predict, freshness, seeds=(0,), steps=20):
    each = generators(seeds)
    start = noise_of((3, 8, 8), each)
    return denoise(predict, start, RenoisingScheduler(freshness), steps, lambda *step: None, each)


def leaky(share):
    """A model that takes a share of the noise for a part of the picture."""

    def predict(sample, timestep):
        level = timestep / 1000
        return TARGET + share * (sample - (1 - level) * TARGET)

    return predict


@pytest.mark.parametrize("freshness", [0.0, 0.5, 1.0])
def test_what_a_perfect_model_sees_is_drawn(freshness):
    assert torch.equal(draw(lambda sample, timestep: TARGET, freshness), TARGET)


def test_levels_run_from_pure_noise_in_equal_steps():
    scheduler = RenoisingScheduler()
    scheduler.set_timesteps(4)
    assert scheduler.timesteps.tolist() == [1000, 750, 500, 250]


@pytest.mark.parametrize(("steps", "levels"), [(1, [1000]), (2, [1000, 500]), (3, [1000, 600, 300])])
def test_the_first_step_may_lead_further_than_the_others(steps, levels):
    scheduler = RenoisingScheduler(0.0, second_level=0.6)
    scheduler.set_timesteps(steps)
    assert scheduler.timesteps.tolist() == pytest.approx(levels)
    assert scheduler.levels[-1] == 0


def test_a_level_out_of_range_is_refused():
    with pytest.raises(ValueError, match="at most 1"):
        RenoisingScheduler(second_level=1.5)


def test_noise_that_a_model_takes_for_the_picture_is_not_drawn_where_noise_is_new():
    kept, new = ((draw(leaky(0.5), freshness) - TARGET).square().mean() for freshness in (0.0, 1.0))
    assert new < kept / 10


@pytest.mark.parametrize("freshness", [0.0, 0.3, 1.0])
def test_a_sample_is_as_noisy_as_its_level_says(freshness):
    scheduler, start = RenoisingScheduler(freshness), noise((3, 64, 64), [3])
    scheduler.set_timesteps(2)
    clean = torch.full_like(start, 0.5)
    moved = scheduler.step(clean, scheduler.timesteps[0], start, generators([4])).prev_sample
    assert (moved - 0.25).std().item() == pytest.approx(0.5, abs=0.02)


def test_new_noise_depends_on_a_rows_own_seed_alone():
    together = draw(lambda sample, timestep: torch.tanh(sample), 1.0, (5, 6))
    assert torch.allclose(together[1:], draw(lambda sample, timestep: torch.tanh(sample), 1.0, (6,)), atol=1e-6)
    assert not torch.allclose(together[0], together[1])


def test_it_is_read_as_it_was_saved(tmp_path):
    RenoisingScheduler(0.25, 0.75).save_pretrained(tmp_path)
    config = RenoisingScheduler.from_pretrained(tmp_path).config
    assert (config.freshness, config.second_level) == (0.25, 0.75)


def test_a_share_beyond_one_is_refused():
    with pytest.raises(ValueError, match="share from 0 to 1"):
        RenoisingScheduler(1.5)
