"""Several takes on each picture, by the tiny checkpoint, whose random weights draw real pictures."""

import pytest
import torch

from generation.unclip.decoding import Decoder
from generation.unclip.stages import Condition, Known
from generation.unclip.takes import LIKENESS, Takes

SEEDS = [3, 8]


class Fond:
    """In the place of a ranker: prefers bright pictures."""

    def __call__(self, pictures, text_embedding):
        assert len(pictures) == len(text_embedding)
        return 1e4 * pictures.mean(dim=(1, 2, 3))


def asked(engine, count=2):
    text = engine.encoder.encode_text(["a red apple"] * count)
    return Condition(torch.nn.functional.normalize(torch.ones(count, text.embedding.shape[1]), dim=1), text)


def draw(engine, count, seeds=SEEDS, condition=None, noise=0.6, on_step=lambda step, clean: None, **options):
    model, scheduler = engine.decoder.model, engine.decoder.scheduler
    decoder = Decoder(model, scheduler, 3, 1.0, Takes(engine.encoder, Fond(), count, noise))
    with torch.no_grad():
        return decoder.draw(condition or asked(engine, len(seeds)), seeds, on_step, **options)


@pytest.fixture
def takes(tiny_engine):
    return Takes(tiny_engine.encoder, Fond(), count=32, noise=0.6)


def test_noise_moves_an_embedding_by_its_length_and_leaves_it_a_unit_vector(tiny_engine, takes):
    spread, _ = takes.spread(condition := asked(tiny_engine), SEEDS)
    assert torch.allclose(spread.image_embedding.norm(dim=1), torch.ones(64), atol=1e-5)
    cosine = spread.image_embedding @ condition.image_embedding[0]
    assert cosine.mean().item() == pytest.approx(1 / (1 + 0.6**2) ** 0.5, abs=0.03)


def test_every_take_has_a_seed_and_noise_of_its_own(tiny_engine, takes):
    spread, seeds = takes.spread(asked(tiny_engine), SEEDS)
    assert len(set(seeds)) == len(seeds) == 64
    assert seeds[:2] == SEEDS
    assert len(spread.image_embedding.unique(dim=0)) == 64
    assert len(spread.text.embedding) == 64


def test_without_noise_takes_differ_by_their_seeds_alone(tiny_engine, takes):
    condition = asked(tiny_engine)
    spread, _ = takes._replace(noise=0.0).spread(condition, SEEDS)
    assert torch.equal(spread.image_embedding[:2], condition.image_embedding)
    assert len(spread.image_embedding.unique(dim=0)) == 1


def test_the_take_that_is_ranked_first_is_kept(tiny_engine):
    one, many = draw(tiny_engine, 1), draw(tiny_engine, 8)
    assert many.shape == one.shape == (2, 3, 64, 64)
    bright, brightest = one.mean(dim=(1, 2, 3)), many.mean(dim=(1, 2, 3))
    assert (brightest >= bright).all()
    assert (brightest > bright).any()
    # Each picture is one of its own takes, and of those there are.
    takes = Takes(tiny_engine.encoder, Fond(), 8, 0.6)
    spread, seeds = takes.spread(asked(tiny_engine), SEEDS)
    every = draw(tiny_engine, 1, seeds, spread, noise=0.0).unflatten(0, (8, 2))
    for number, picture in enumerate(many):
        of_this = every[:, number]
        assert torch.allclose(picture, of_this[of_this.mean(dim=(1, 2, 3)).argmax()], atol=1e-4)


def test_a_picture_is_decided_by_its_own_seed(tiny_engine):
    assert torch.allclose(draw(tiny_engine, 4)[1:], draw(tiny_engine, 4, [8]), atol=1e-4)


def test_without_a_text_the_likeness_to_the_embedding_decides(tiny_engine):
    condition = Condition(asked(tiny_engine).image_embedding)
    pictures = torch.rand(8, 3, 64, 64, generator=torch.Generator().manual_seed(0)) * 2 - 1
    with torch.no_grad():
        seen = tiny_engine.encoder.encode_images(pictures)
    best = Takes(tiny_engine.encoder, Fond(), 4, 0.6).best(pictures, condition)
    likeness = (seen @ condition.image_embedding[0]).unflatten(0, (4, 2))
    assert best.tolist() == [likeness[:, n].argmax().item() * 2 + n for n in range(2)]


def test_likeness_and_the_ranker_are_weighed_against_each_other(tiny_engine):
    """The worse likeness wins where the ranker makes up for it, and only there."""
    condition = asked(tiny_engine, 1)
    pictures = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0)) * 2 - 1
    with torch.no_grad():
        likeness = tiny_engine.encoder.encode_images(pictures) @ condition.image_embedding[0]
    worse = likeness.argmin().item()
    for share, winner in ((0.9, 1 - worse), (1.1, worse)):
        opinion = torch.zeros(2)
        opinion[worse] = share * LIKENESS * (likeness.max() - likeness.min())
        takes = Takes(tiny_engine.encoder, lambda pictures, text, opinion=opinion: opinion, 2, 0.6)
        assert takes.best(pictures, condition).item() == winner


def test_previews_show_the_best_take_so_far(tiny_engine):
    shown = []
    drawn = draw(tiny_engine, 4, on_step=lambda step, clean: shown.append((step, clean)))
    assert [step for step, _ in shown] == [1, 2, 3]
    assert {each.shape for _, each in shown} == {(2, 3, 64, 64)}
    assert torch.equal(shown[-1][1].clamp(-1, 1), drawn)


@pytest.mark.parametrize("known_count", [1, 2])
def test_every_take_keeps_what_is_known(tiny_engine, known_count):
    picture = torch.linspace(-1, 1, known_count * 3 * 64 * 64).reshape(known_count, 3, 64, 64)
    redrawn = torch.zeros(1, 1, 64, 64)
    redrawn[..., :32] = 1
    drawn = draw(tiny_engine, 4, known=Known(picture, redrawn))
    assert torch.allclose(drawn[..., 32:], picture[..., 32:].expand(2, -1, -1, -1), atol=1e-5)
    assert not torch.allclose(drawn[..., :32], picture[..., :32].expand(2, -1, -1, -1), atol=1e-2)
