"""The prior of the tiny checkpoint, whose random weights draw real embeddings."""

import copy

import pytest
import torch

from generation.unclip.prior import Prior, predicted

PROMPTS = ["red", "a red", "apple"]


@pytest.fixture
def text(tiny_engine):
    return tiny_engine.encoder.encode_text(PROMPTS)


@pytest.fixture(scope="module")
def lively(tiny_engine):
    """A prior whose draws differ by their noise; the tiny one's weights are too small for that."""
    model = copy.deepcopy(tiny_engine.prior.model)
    torch.manual_seed(0)
    for weights in model.parameters():
        torch.nn.init.normal_(weights, std=0.3)
    return Prior(model, tiny_engine.prior.scheduler, 2)


def draw(engine, prior, seeds):
    text = engine.encoder.encode_text(["a red"] * len(seeds))
    return prior.draw(text, engine.encoder.encode_text([""]), seeds, lambda step, clean: None)


@torch.no_grad()
def test_what_lies_beyond_the_longest_text_is_not_read_and_changes_nothing(tiny_engine, text):
    model, sample = tiny_engine.prior.model, torch.randn(3, text.embedding.shape[1])
    level = torch.tensor([900.0, 500, 100])
    read = []
    hook = model.register_forward_pre_hook(lambda model, inputs: read.append(inputs[3].shape[1]))
    short = predicted(model, sample, level, text)
    hook.remove()
    whole = model(sample, level, text.embedding, text.states, text.mask).predicted_image_embedding
    assert read == [text.mask.sum(dim=1).max().item()]
    assert read[0] < text.mask.shape[1]
    assert torch.allclose(short, whole, atol=1e-5)


@torch.no_grad()
def test_a_text_as_long_as_the_context_is_read_whole(tiny_engine, text):
    model, sample = tiny_engine.prior.model, torch.randn(3, text.embedding.shape[1])
    text = text._replace(mask=torch.ones_like(text.mask))
    whole = model(sample, torch.tensor(500.0), text.embedding, text.states, text.mask).predicted_image_embedding
    assert torch.equal(predicted(model, sample, torch.tensor(500.0), text), whole)


@torch.no_grad()
def test_a_text_without_words_can_be_read(tiny_engine, text):
    text = text._replace(mask=torch.zeros_like(text.mask))
    drawn = predicted(tiny_engine.prior.model, torch.randn(3, 32), torch.tensor(500.0), text)
    assert drawn.isfinite().all()


def test_an_embedding_is_decided_by_its_seed_and_is_a_unit_vector(tiny_engine, lively):
    both = draw(tiny_engine, lively, [3, 8])
    assert torch.allclose(both.norm(dim=1), torch.ones(2), atol=1e-5)
    assert torch.allclose(both[1:], draw(tiny_engine, lively, [8]), atol=1e-5)
    assert not torch.allclose(both[0], both[1], atol=1e-3)


def test_of_two_draws_the_nearer_to_the_text_is_kept(tiny_engine, lively, monkeypatch):
    with_two = draw(tiny_engine, lively, range(16))
    monkeypatch.setattr("generation.unclip.prior.DRAWS", 1)
    monkeypatch.setattr("generation.unclip.prior.DRAW_OFFSETS", (1 << 40,))
    with_one = draw(tiny_engine, lively, range(16))
    text = tiny_engine.encoder.encode_text(["a red"]).embedding
    gained = ((with_two - with_one) @ text[0]).tolist()
    assert min(gained) > -1e-6
    assert max(gained) > 1e-3
