"""The prior of the tiny checkpoint, whose random weights draw real embeddings."""

import pytest
import torch

from generation.unclip.prior import Prior


def draw(engine, seeds, noise=0.0):
    prior = Prior(engine.prior.model, engine.prior.scheduler, engine.prior.steps, 1.0, noise)
    text = engine.encoder.encode_text(["a red apple"] * len(seeds))
    return prior.draw(text, engine.encoder.encode_text([""]), seeds, lambda step, clean: None)


def test_noise_moves_an_embedding_by_its_length_and_leaves_it_a_unit_vector(tiny_engine):
    seeds = range(64)
    plain, noisy = draw(tiny_engine, seeds), draw(tiny_engine, seeds, noise=0.6)
    assert torch.allclose(noisy.norm(dim=1), torch.ones(64), atol=1e-5)
    cosine = (plain * noisy).sum(dim=1)
    assert cosine.mean().item() == pytest.approx(1 / (1 + 0.6**2) ** 0.5, abs=0.03)


def test_noise_lets_the_embeddings_of_one_caption_differ_more(tiny_engine):
    def alike(embeddings):
        return (embeddings @ embeddings.T).fill_diagonal_(0).mean().item()

    plain, noisy = (draw(tiny_engine, range(16), noise) for noise in (0.0, 0.6))
    off = (noisy - plain).flatten(1)
    assert torch.nn.functional.cosine_similarity(off[:-1], off[1:]).mean().abs() < 0.5
    assert alike(noisy) < alike(plain)


def test_the_noise_is_decided_by_the_seed_alone(tiny_engine):
    both = draw(tiny_engine, [3, 8], noise=0.6)
    assert torch.allclose(both[1:], draw(tiny_engine, [8], noise=0.6), atol=1e-5)
    assert not torch.allclose(both[0], both[1], atol=1e-2)
