"""The critic looks through real towers, of either kind, with random weights."""

import pytest
import torch
from torch.nn import functional as F

from generation.unclip.clip import Clip
from generation.unclip.manner import Manner
from generation.unclip.training.captions import Record
from generation.unclip.training.clip_stage import clip_config
from generation.unclip.training.critic import (
    GRAINIEST,
    GRAINY_SHARE,
    LARGEST,
    SMALLEST,
    Critic,
    Meant,
    View,
    look,
    unlikeness,
)
from generation.unclip.training.recipes import load
from generation.unclip.training.tokenizer import train_tokenizer

VIT = load("tiny")["clip"].model
STYLES = 3
RESNET = VIT | {"vision_cfg": {"image_size": 32, "layers": [1, 1, 1, 1], "width": 8, "head_width": 64}}


def chance(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(params=[VIT, RESNET], ids=["vit", "resnet"])
def clip(request):
    torch.manual_seed(0)
    tokenizer = train_tokenizer([Record("disc", "disc", "flat-icon", (), "red", "", "", "train")], 300)
    return Clip(clip_config(request.param, tokenizer), tokenizer).eval().requires_grad_(False)


@pytest.fixture
def critic(clip):
    torch.manual_seed(0)
    critic = Critic(clip, STYLES)
    critic.manner.requires_grad_(False)
    return critic


def told(clip, count):
    return F.normalize(torch.randn(count, 2 * clip.embedding_dim, generator=chance(7)), dim=-1)


def styles(count):
    return torch.arange(count) % STYLES


def stripes(count):
    """Pictures of 32 pixels in columns of two colors each."""
    colors = torch.rand(count, 3, 1, 2, generator=chance(3)) * 2 - 1
    return colors.repeat(1, 1, 32, 16)


def test_both_pictures_are_seen_from_the_same_place():
    left = torch.rand(4, 3, 64, 64, generator=chance())
    view = View.at_random(4, chance(1))._replace(grain=torch.zeros(4, 1, 1, 1))
    assert torch.equal(view.of(left, chance(2)), view.of(left, chance(3)))
    assert not torch.allclose(view.of(left, chance(2)), left)


def test_views_stay_within_their_bounds():
    view = View.at_random(4000, chance())
    size = 1 / view.places[:, 1, 1]
    assert SMALLEST <= size.min() < SMALLEST + 0.01
    assert LARGEST - 0.01 < size.max() <= LARGEST
    assert torch.allclose(view.places[:, 0, 0].abs(), view.places[:, 1, 1])
    assert (view.places[:, 0, 0] < 0).float().mean().item() == pytest.approx(0.5, abs=0.05)
    assert (view.grain > 0).float().mean().item() == pytest.approx(GRAINY_SHARE, abs=0.05)
    assert view.grain.max() <= GRAINIEST


def test_an_even_picture_stays_even_to_its_edges():
    view = View.at_random(8, chance())._replace(grain=torch.zeros(8, 1, 1, 1))
    assert torch.allclose(view.of(torch.full((8, 3, 64, 64), 0.4), chance()), torch.tensor(0.4))


def test_grain_is_as_strong_as_the_view_says():
    view = View(torch.eye(2, 3).expand(2, 2, 3), torch.tensor([0.0, 0.2])[:, None, None, None])
    seen = view.of(torch.zeros(2, 3, 64, 64), chance())
    assert seen.flatten(1).std(dim=1).tolist() == pytest.approx([0.0, 0.2], abs=0.01)


def test_what_is_alike_is_not_unlike(clip):
    view = View.at_random(4, chance())._replace(grain=torch.zeros(4, 1, 1, 1))
    discs, others = (torch.rand(4, 3, 64, 64, generator=chance(n)) for n in (1, 2))
    eye = Manner(STYLES).eval()
    first, again, other = (look(clip, eye, each, view, chance()) for each in (discs, discs, others))
    assert unlikeness(first, again).item() == pytest.approx(0, abs=1e-5)
    assert unlikeness(first, other) > 0.01


def test_a_drawer_learns_from_the_objection_and_the_critic_does_not(clip, critic):
    drawn = stripes(4).requires_grad_()
    seen = look(clip, critic.manner, drawn, View.at_random(4, chance()), chance())
    critic.objection(seen, told(clip, 4)).backward()
    assert drawn.grad.abs().sum() > 0
    assert all(each.grad is None for each in critic.parameters())


def test_the_critic_learns_from_its_error_and_a_drawer_does_not(clip, critic):
    drawn = stripes(4).requires_grad_()
    view = View.at_random(4, chance())
    seen, real = (look(clip, critic.manner, each, view, chance()) for each in (drawn, torch.zeros(4, 3, 32, 32)))
    critic.error(seen, real, told(clip, 4)).backward()
    assert drawn.grad is None
    assert all(each.grad.abs().sum() > 0 for each in critic.heads.parameters() if each.ndim > 1)


def test_the_critic_comes_to_tell_pictures_apart_and_their_drawer_to_deceive_it(clip, critic):
    # What is real is even, what is drawn has stripes, until its drawer learns to leave them away.
    real, condition = stripes(8).mean(dim=3, keepdim=True).expand(-1, -1, -1, 32), told(clip, 8)

    def lesson(drawn, seed):
        return critic.lesson(clip, drawn, real, Meant(condition, styles(8)), chance(seed))

    def error(drawn):
        view = View.at_random(8, chance(99))
        seen, true = (look(clip, critic.manner, each, view, chance(98)) for each in (drawn, real))
        return critic.error(seen, true, condition * clip.embedding_dim**0.5).item()

    optimizer = torch.optim.Adam(critic.heads.parameters(), 1e-2)
    drawn = stripes(8)
    before = error(drawn)
    for step in range(25):
        optimizer.zero_grad()
        lesson(drawn, step).backward()
        optimizer.step()
    assert error(drawn) < before - 0.25
    stripe = drawn - real
    strength = torch.ones(()).requires_grad_()
    drawer = torch.optim.Adam([strength], 0.06)
    for step in range(20):
        drawer.zero_grad()
        lesson(real + strength * stripe, 100 + step).backward()
        drawer.step()
    assert abs(strength.item()) < 0.5
