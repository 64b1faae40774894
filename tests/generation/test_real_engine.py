"""The seam itself: jobs drawn by the real engine, on tiny random weights."""

import pytest

from gallery.models import Image, ImageEmbedding
from generation import embeddings, leases, progress, runner, runtime, services
from generation.models import Generation
from generation.unclip.training.tiny import write_tiny_checkpoint
from tests.generation.factories import JobFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def tiny_checkpoint(tmp_path_factory):
    return write_tiny_checkpoint(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def real_engine(settings, tiny_checkpoint):
    settings.AIRBRUSH_CHECKPOINT = str(tiny_checkpoint)
    runtime.engine.cache_clear()
    yield runtime.engine()
    runtime.engine.cache_clear()


def test_draws_a_job(real_engine):
    job = JobFactory(count=2, style="3d-icon")
    runner.run(leases.claim(), runtime.engine)
    assert Generation.objects.get().status == "succeeded"
    images = Image.objects.filter(output__generation=job)
    assert {(image.width, image.height) for image in images} == {(256, 256)}
    assert {image.embeddings.get().clip_model for image in images} == {real_engine.clip_model}


def test_says_every_stage_by_name(real_engine, monkeypatch):
    shown = []
    monkeypatch.setattr(progress.Board, "show", lambda board, state, start, share: shown.append(state.stage))
    JobFactory(count=1)
    runner.run(leases.claim(), runtime.engine)
    assert set(shown) == set(progress.STAGES) - {"saving", "inversion"}


def test_can_be_stopped_at_any_step(real_engine, monkeypatch):
    def cancel(board, state, start, share):
        services.cancel(Generation.objects.get())

    monkeypatch.setattr(progress.Board, "show", cancel)
    JobFactory()
    runner.run(leases.claim(), runtime.engine)
    assert Generation.objects.get().status == "canceled"
    assert not Image.objects.exists()


def test_embeds_what_is_in_the_library(real_engine):
    JobFactory(count=2)
    runner.run(leases.claim(), runtime.engine)
    ImageEmbedding.objects.all().delete()
    embeddings.embed_batch(real_engine)
    assert ImageEmbedding.objects.filter(clip_model=real_engine.clip_model).count() == 2


def test_warms_up(real_engine, caplog):
    caplog.set_level("INFO")
    runtime.warm_up()
    assert "is ready after" in caplog.text
