"""Comparing images with all keywords."""

import numpy as np
import pytest

from gallery import keywords, suggestions
from gallery.models import Image, KeywordEmbedding, TagSuggestion
from generation import tasks, zero_shot
from generation.tasks import messages
from tests.factories import ImageFactory
from tests.generation.factories import JobFactory

pytestmark = pytest.mark.django_db

WORDS = ("apple", "pear", "sky", "sea")
PLACES = {"apple": (1.0, 0.0, 0.0), "pear": (0.96, 0.28, 0.0), "sky": (0.0, 1.0, 0.0), "sea": (0.0, 0.0, 1.0)}


@pytest.fixture
def engine(engine, monkeypatch):
    """An engine that knows four words, and tells which it was asked for."""
    engine.texts = []

    def embed_text(texts):
        engine.texts += texts
        return [PLACES[text] for text in texts]

    monkeypatch.setattr(engine, "embed_text", embed_text, raising=False)
    monkeypatch.setattr(keywords, "all_keywords", lambda: WORDS)
    return engine


@pytest.fixture
def announced(monkeypatch):
    sent = []
    monkeypatch.setattr(messages, "announce", lambda task, *arguments: sent.append(task))
    return sent


def known(*vector: float) -> Image:
    return ImageFactory(embedding=vector, clip_model="fake/clip")


def test_the_likeliest_keywords_are_suggested_with_their_scores(engine):
    image = known(1.0, 0.0, 0.0)
    assert zero_shot.suggest_batch(engine)
    found = dict(image.tag_suggestions.values_list("name", "score"))
    assert list(found) == ["apple", "pear"]
    assert found["apple"] == pytest.approx(1 / (1 + np.exp(-1.2)), abs=1e-4)


def test_keywords_are_embedded_once_a_model(engine):
    for _ in range(2):
        known(0.0, 1.0, 0.0)
        zero_shot.suggest_batch(engine)
    assert engine.texts == list(WORDS)
    assert KeywordEmbedding.objects.count() == 4


def test_a_new_keyword_is_embedded_alone(engine, monkeypatch):
    known(0.0, 1.0, 0.0)
    monkeypatch.setattr(keywords, "all_keywords", lambda: WORDS[:3])
    zero_shot.suggest_batch(engine)
    monkeypatch.setattr(keywords, "all_keywords", lambda: WORDS)
    assert zero_shot.keyword_places(engine)[0] == list(WORDS)
    assert engine.texts == list(WORDS)


def test_images_come_in_batches_and_twice_does_no_harm(engine, monkeypatch, announced):
    monkeypatch.setattr(zero_shot, "BATCH", 2)
    for _ in range(3):
        known(0.0, 0.0, 1.0)
    for _ in range(4):
        tasks.embed_keywords()
    assert announced.count("generation.tasks.embed_keywords") == 2
    assert TagSuggestion.objects.count() == 3


def test_images_of_another_model_wait_for_it(engine):
    ImageFactory(embedding=[1.0, 0.0, 0.0], clip_model="other/clip")
    assert not zero_shot.suggest_batch(engine)
    assert suggestions.are_due()


def test_the_model_is_not_loaded_for_nothing(monkeypatch):
    monkeypatch.setattr("generation.runtime.engine", lambda: pytest.fail("loaded"))
    tasks.embed_keywords()


def test_drawn_images_are_compared_next(engine, announced):
    JobFactory(count=1)
    tasks.render_next()
    assert "generation.tasks.embed_keywords" in announced
    tasks.embed_keywords()
    assert Image.objects.get().tag_suggestions.exists()


def test_likelihoods_sum_to_one():
    rng = np.random.default_rng(1)
    scores = zero_shot.likelihoods(rng.normal(size=(5, 3)), rng.normal(size=(7, 3)))
    assert scores.sum(axis=1) == pytest.approx(np.ones(5))
