import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

from generation.unclip.arithmetic import blend, slerp, text_diff

shares = st.floats(0, 1)
seeds = st.integers(0, 2**32)
weights = st.lists(st.floats(0, 100), min_size=2, max_size=4).filter(lambda each: sum(each) > 1e-3)


def units(seed: int, count: int, dim: int = 8) -> torch.Tensor:
    """(count, 1, dim) unit vectors."""
    return F.normalize(torch.randn(count, 1, dim, generator=torch.Generator().manual_seed(seed)), dim=-1)


@given(seeds)
def test_slerp_ends_exactly_where_it_should(seed):
    start, end = units(seed, 2)
    assert torch.equal(slerp(start, end, 0), start)
    assert torch.equal(slerp(start, end, 1), end)


@given(seeds, shares)
def test_slerp_stays_on_the_sphere_and_goes_evenly(seed, share):
    start, end = units(seed, 2)
    between = slerp(start, end, share)
    whole = torch.acos((start * end).sum().clamp(-1, 1))
    assert torch.isclose(between.norm(), torch.tensor(1.0), atol=1e-5)
    assert torch.isclose(torch.acos((start * between).sum().clamp(-1, 1)), share * whole, atol=2e-3)


@given(seeds, shares)
def test_slerp_between_the_same_and_between_opposites_is_a_unit_vector(seed, share):
    (start,) = units(seed, 1)
    assert torch.allclose(slerp(start, start, share), start, atol=1e-5)
    assert torch.isclose(slerp(start, -start, share).norm(), torch.tensor(1.0), atol=1e-5)


@given(seeds, weights, st.floats(0.01, 100))
def test_only_the_ratios_of_weights_count(seed, given_weights, factor):
    vectors = list(units(seed, len(given_weights)))
    scaled = [weight * factor for weight in given_weights]
    assert torch.allclose(blend(vectors, given_weights), blend(vectors, scaled), atol=1e-3)


@given(seeds, st.integers(0, 3))
def test_a_weight_of_all_leaves_the_others_out(seed, chosen):
    vectors = list(units(seed, 4))
    assert torch.allclose(blend(vectors, [float(number == chosen) for number in range(4)]), vectors[chosen])


@given(seeds)
def test_theta_zero_is_the_identity(seed):
    image, text, base = units(seed, 3)
    assert torch.equal(text_diff(image, text, base, 0), image)


@given(seeds, st.floats(0, 0.5))
def test_texts_that_say_the_same_change_nothing(seed, theta):
    image, text = units(seed, 2)
    assert torch.equal(text_diff(image, text, text, theta), image)


def test_a_text_diff_goes_towards_the_difference():
    image, text, base = units(1, 3)
    nearness = [((text_diff(image, text, base, theta)) * F.normalize(text - base, dim=-1)).sum() for theta in (0, 0.5)]
    assert nearness[1] > nearness[0]
