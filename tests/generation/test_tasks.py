from io import BytesIO

import pytest
from django.core.cache import cache
from django.db import connection
from kombu.exceptions import OperationalError

from gallery import examples, meaning, vectors
from gallery.models import Image, ImageEmbedding
from gallery.services import add_image
from generation import embeddings, tasks
from generation.models import Generation
from tests.gallery.files import a_photo
from tests.generation.factories import JobFactory
from tests.generation.fake_engine import square

pytestmark = pytest.mark.django_db


def test_draws_the_next_job(engine):
    job = JobFactory(count=2)
    tasks.render_next()
    assert job.outputs.count() == 2


def test_a_message_too_many_does_nothing(engine):
    JobFactory(count=2)
    tasks.render_next()
    tasks.render_next()
    assert Image.objects.count() == 2
    assert len(engine.requests) == 1


def test_passes_the_news_on_while_jobs_wait(engine, messages):
    JobFactory.create_batch(2)
    tasks.render_next()
    assert messages == ["render_next"]
    tasks.render_next()
    assert messages == ["render_next"]


def test_passes_the_news_on_after_a_crash(engine, messages):
    engine.fault = ZeroDivisionError()
    JobFactory.create_batch(2)
    with pytest.raises(ZeroDivisionError):
        tasks.render_next()
    assert messages == ["render_next"]


def test_the_sweep_announces_what_waits(messages):
    job = JobFactory(abandoned=True)
    tasks.sweep()
    job.refresh_from_db()
    assert messages == ["render_next"]
    assert job.published_at


def test_the_sweep_is_silent_when_all_is_well(messages):
    JobFactory(running=True)
    tasks.sweep()
    assert messages == []


def test_a_broker_that_is_away_leaves_the_job_to_the_sweep(monkeypatch):
    def refuse():
        raise OperationalError("no broker")

    monkeypatch.setattr(tasks.render_next, "delay", refuse)
    job = JobFactory()
    tasks.wake([job.pk])
    assert Generation.objects.get().published_at is None


@pytest.fixture
def images(alice):
    return [add_image(owner=alice, picture=square(seed, 64)) for seed in range(5)]


def test_embeds_images_for_a_new_clip_model(engine, images, monkeypatch):
    """In batches, each asking for the next; every message is delivered twice."""
    monkeypatch.setattr(embeddings, "BATCH", 2)

    def deliver(after=""):
        for _ in range(2):
            tasks.embed_missing(after)

    monkeypatch.setattr(tasks.embed_missing, "delay", deliver)
    tasks.embed_missing()
    assert ImageEmbedding.objects.filter(clip_model="fake/clip").count() == 5
    assert not embeddings.lacking("fake/clip").exists()


def test_passes_over_an_image_whose_file_is_lost(engine, images, monkeypatch):
    images[0].file.storage.delete(images[0].file.name)
    monkeypatch.setattr(tasks.embed_missing, "delay", tasks.embed_missing)
    tasks.embed_missing()
    assert ImageEmbedding.objects.count() == 4


def test_a_text_is_told_to_the_search(engine):
    tasks.embed_text("red apple")
    assert cache.get(vectors.text_key("Red Apple")) == ((0.0, 1.0, 0.0), "fake/clip")


def test_what_a_picture_shows_is_told_to_the_search(engine):
    token = examples.keep(BytesIO(a_photo()))
    tasks.embed_picture(token)
    assert cache.get(vectors.picture_key(token)) == ((1.0, 0.0, 0.0), "fake/clip")


def test_a_picture_that_is_forgotten_by_now_is_passed_over(engine):
    tasks.embed_picture("a" * 22)
    assert cache.get(vectors.picture_key("a" * 22)) is None


def test_a_new_clip_model_gets_its_index(engine):
    tasks.embed_missing()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_indexes WHERE indexname = %s", [meaning.index_name("fake/clip")])
        assert cursor.fetchone()
