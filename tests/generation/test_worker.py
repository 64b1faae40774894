import pytest
from celery import current_app
from celery.signals import worker_process_init

from gallery.services import add_image
from generation import runtime, worker
from generation.unclip import CheckpointInvalid
from tests.generation.fake_engine import square

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(monkeypatch):
    names = []
    monkeypatch.setattr(current_app, "send_task", names.append)
    return names


def test_draws_once_before_the_first_job(engine, sent):
    worker.prepare()
    assert len(engine.requests) == 1
    assert sent == []


def test_has_images_embedded_that_the_clip_model_does_not_know(engine, sent, alice):
    add_image(owner=alice, picture=square(1, 32), embedding=(1.0, 0.0), clip_model="another")
    worker.prepare()
    assert sent == ["generation.tasks.embed_missing"]


def test_stays_without_a_checkpoint(monkeypatch, sent, caplog):
    def load():
        raise CheckpointInvalid("The model is damaged.")

    monkeypatch.setattr(runtime, "engine", load)
    worker.prepare()
    assert "The model is damaged." in caplog.text


@pytest.mark.parametrize(("role", "connected"), [("render", True), ("light", False), ("", False)])
def test_only_render_workers_load_the_engine(monkeypatch, role, connected):
    monkeypatch.setenv(worker.ROLE, role)
    monkeypatch.setattr(worker_process_init, "receivers", [])
    worker.connect()
    assert bool(worker_process_init.receivers) == connected
