"""The ranker has to find the picture whose style a text asks for, and to have no opinion where none is asked for."""

import pytest
import torch
from torch.nn import functional as F

from generation.unclip.clip import Clip
from generation.unclip.ranker import Ranker
from generation.unclip.training.ranker_stage import RankerStage
from generation.unclip.training.recipes import load
from generation.unclip.training.shards import ImageSet
from generation.unclip.training.tiny import write_tiny_checkpoint
from tests.unclip.test_manner import surfaces
from tests.unclip_training.sets import HELD_OUT, STYLES, write_set

RECIPE = load("tiny")["ranker"]

WIDTH = 64
#: Texts that ask for each of three looks, and one that may mean any.
TEXTS = F.normalize(torch.randn(4, WIDTH, generator=torch.Generator().manual_seed(1)), dim=1)


@pytest.fixture(scope="module")
def trained():
    torch.manual_seed(0)
    ranker = Ranker(styles=3, embedding_dim=WIDTH)
    optimizer = torch.optim.AdamW(ranker.parameters(), 3e-3)
    for step in range(40):
        images, looks = surfaces(24, step)
        said = torch.where(torch.arange(24) % 4 == 0, 3, looks)
        optimizer.zero_grad()
        ranker.error(images, TEXTS[said], looks).backward()
        optimizer.step()
    return ranker.eval()


@torch.no_grad()
def test_a_picture_of_the_style_that_is_asked_for_comes_first(trained):
    images, looks = surfaces(96, 1000)
    scores = torch.stack([trained(images, TEXTS[look].expand(96, -1)) for look in range(3)])
    right = scores[looks, torch.arange(96)]
    wrong = scores[(looks + 1) % 3, torch.arange(96)]
    assert (right > wrong).float().mean() > 0.85
    assert right.mean() > 0.4 > -0.4 > wrong.mean()


@torch.no_grad()
def test_a_text_that_asks_for_no_style_prefers_no_picture(trained):
    images, _ = surfaces(96, 1000)
    plain, asking = (trained(images, TEXTS[n].expand(96, -1)) for n in (3, 0))
    assert plain.std() < 0.3 * asking.std()


@torch.no_grad()
def test_the_opinions_of_several_eyes_are_averaged():
    torch.manual_seed(1)
    pair = Ranker(styles=3, embedding_dim=WIDTH, ensemble=2).eval()
    images, _ = surfaces(6, 0)
    said = sum(eye(images).scores.softmax(dim=-1) for eye in pair.eyes) / 2
    asked = pair.read(TEXTS[:1] * WIDTH**0.5).softmax(dim=-1)
    assert torch.allclose(pair(images, TEXTS[:1]), (said * asked / pair.rates).sum(dim=-1).log(), atol=1e-5)


def test_a_ranker_survives_its_folder(trained, tmp_path):
    trained.save_pretrained(tmp_path)
    images, _ = surfaces(4, 0)
    with torch.no_grad():
        again = Ranker.from_pretrained(tmp_path).eval()(images, TEXTS)
        assert torch.allclose(again, trained(images, TEXTS), atol=1e-5)


@pytest.fixture
def stage(tmp_path):
    images = ImageSet(write_set(tmp_path / "data"))
    clip = Clip.from_pretrained(write_tiny_checkpoint(tmp_path / "tiny") / "clip")
    return RankerStage(images, 0, RECIPE, clip)


def test_it_learns_the_styles_that_are_trained_on_as_often_as_they_are_shown(stage):
    known = sorted(set(STYLES) - {HELD_OUT})
    assert stage.model.config.styles == len(known)
    shown = [record.style for number in range(40) for record in stage._batches.draw(number).records]
    shares = torch.tensor([shown.count(style) / len(shown) for style in known])
    assert stage.model.rates.sum().item() == pytest.approx(1, abs=1e-5)
    assert torch.allclose(stage.model.rates, shares, atol=0.08)


def test_a_ranker_of_other_styles_is_not_taken_over(stage):
    mine = stage.model
    stage.begin_with(Ranker(styles=5, embedding_dim=32, **RECIPE.model))
    assert stage.model is mine
    stage.begin_with(same := Ranker(styles=3, embedding_dim=32, **RECIPE.model))
    assert stage.model is same
    assert torch.equal(same.rates, mine.rates)
