import errno

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.core.cache import cache

from gallery.models import Image
from generation import failures, leases, progress, runner, services
from generation.models import Generation
from generation.unclip import CheckpointNotFound, EngineError, OutOfMemory
from tests.generation.factories import JobFactory
from tests.generation.fake_engine import FakeEngine

pytestmark = pytest.mark.django_db


def run(engine=None, **job_fields) -> Generation:
    """Claim a job with these fields, run it with the engine, and return its row."""
    job = JobFactory(**job_fields)
    engine = engine or FakeEngine()
    runner.run(leases.claim(), lambda: engine)
    return Generation.objects.get(pk=job.pk)


def pixels_of(job: Generation) -> list[str]:
    return [output.image.sha256 for output in job.outputs.order_by("index").select_related("image")]


def test_draws_and_stores_every_image():
    job = run(count=3, seed=100)
    assert (job.status, job.checkpoint) == ("succeeded", "fake")
    assert list(job.outputs.values_list("index", "image__seed")) == [(0, 100), (1, 101), (2, 102)]


def test_keeps_what_the_image_came_from():
    job = run(prompt="a red apple", style="3d-icon", count=1, visibility="public")
    image = Image.objects.get()
    assert (image.owner, image.prompt, image.style) == (job.owner, "a red apple", "3d-icon")
    assert (image.checkpoint, image.visibility, image.width) == ("fake", "public", 256)
    assert {"apple", "red", "icon"} <= set(image.tags.names())
    embedding = image.embeddings.get()
    assert embedding.clip_model == "fake/clip"
    assert list(embedding.vector) == pytest.approx([0.6, 0.8, 0])


@pytest.mark.parametrize(
    ("checkpoint", "name"), [("starter", "starter"), ("me/mine", "me/mine"), ("/home/me/models/mine", "mine")]
)
def test_tells_the_name_of_the_checkpoint_but_not_its_folder(checkpoint, name):
    job = run(FakeEngine(checkpoint=checkpoint), count=1)
    assert job.checkpoint == Image.objects.get().checkpoint == name


def test_asks_the_engine_for_the_full_prompt():
    engine = FakeEngine()
    run(engine, prompt="an apple", style="sketch", count=2, seed=5)
    assert (engine.requests[0].prompt, engine.requests[0].seed) == ("hand-drawn sketch of an apple", 5)


def requeue() -> None:
    """As the sweep does after the worker died."""
    Generation.objects.update(status="queued", token=None, lease_until=None)


def test_draws_only_what_is_missing():
    """Images 0 and 2 of 4 are lost; they come back as they were."""
    job = run(count=4, seed=7)
    whole = pixels_of(job)
    Image.objects.filter(output__index__in=[0, 2]).delete()
    requeue()
    engine = FakeEngine()
    runner.run(leases.claim(), lambda: engine)
    assert [(request.seed, request.count) for request in engine.requests] == [(7, 1), (9, 1)]
    assert pixels_of(job) == whole


def test_the_same_picture_drawn_twice_is_two_images():
    assert pixels_of(run(seed=7)) == pixels_of(run(seed=7))
    assert Image.objects.count() == 4


def test_a_job_with_everything_stored_only_ends():
    job = run(count=2)
    requeue()
    engine = FakeEngine()
    runner.run(leases.claim(), lambda: engine)
    assert engine.requests == []
    assert job.outputs.count() == 2


def test_canceling_ends_the_job_at_the_next_step():
    steps = []

    def cancel_at_two(step):
        steps.append(step)
        if step == 2:
            services.cancel(Generation.objects.get())

    assert run(FakeEngine(on_step=cancel_at_two)).status == "canceled"
    assert steps == [1, 2]
    assert not Image.objects.exists()


def test_a_worker_that_lost_its_lease_stores_nothing():
    """As after SIGSTOP: when it wakes, somebody else has the job."""

    def take_over(step):
        if step == 4:
            Generation.objects.update(token="00000000-0000-0000-0000-000000000001")

    assert run(FakeEngine(on_step=take_over)).status == "running"
    assert not Image.objects.exists()


def test_losing_the_lease_between_drawing_and_storing_stores_nothing(monkeypatch):
    def cancel_first(board, index, count):
        services.cancel(Generation.objects.get())

    monkeypatch.setattr(progress.Board, "saving", cancel_first)
    assert run().status == "canceled"
    assert not Image.objects.exists()


@pytest.mark.parametrize(
    ("fault", "code", "words"),
    [
        (EngineError("The paint ran out."), "engine", "The paint ran out."),
        (CheckpointNotFound("There is no model."), "engine", "There is no model."),
        (OutOfMemory(), "out-of-memory", "smaller count"),
        (MemoryError(), "out-of-memory", "smaller count"),
        (OSError(errno.ENOSPC, "No space left on device"), "not-stored", "disk is full"),
        (SoftTimeLimitExceeded(), "too-slow", "too long"),
    ],
)
def test_tells_the_owner_what_went_wrong(fault, code, words):
    job = run(FakeEngine(fault=fault))
    assert (job.status, job.error_code) == ("failed", code)
    assert words in job.error_message
    assert not Image.objects.exists()


def test_raises_the_unexpected_after_a_general_sentence():
    with pytest.raises(ZeroDivisionError):
        run(FakeEngine(fault=ZeroDivisionError("secret detail")))
    job = Generation.objects.get()
    assert (job.status, job.error_code) == ("failed", failures.UNEXPECTED)
    assert "secret detail" not in job.error_message


def test_a_checkpoint_that_does_not_load_is_a_fault_of_the_job():
    def load():
        raise CheckpointNotFound("There is no model.")

    JobFactory()
    runner.run(leases.claim(), load)
    assert Generation.objects.get().error_message == "There is no model."


def test_a_full_disk_keeps_what_was_stored_and_a_retry_adds_the_rest(monkeypatch, django_capture_on_commit_callbacks):
    from gallery.storage import DurableStorage

    saves, save = [], DurableStorage._save

    def full_after_the_first_image(self, name, content):
        saves.append(name)
        if len(saves) > 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        return save(self, name, content)

    with monkeypatch.context() as patch:
        patch.setattr(DurableStorage, "_save", full_after_the_first_image)
        job = run(count=3)
    assert (job.status, job.error_message) == ("failed", failures.DISK_FULL)
    assert Image.objects.count() == 1

    services.retry(job)
    runner.run(leases.claim(), FakeEngine)
    assert list(job.outputs.values_list("index", flat=True)) == [0, 1, 2]


def test_reports_progress_that_never_falls(monkeypatch):
    fractions = []
    monkeypatch.setattr(progress, "INTERVAL", 0)
    monkeypatch.setattr(progress.cache, "set", lambda key, state, kept: fractions.append(state["fraction"]))
    run(count=2)
    assert fractions == sorted(fractions)
    assert fractions[0] < fractions[-1] == 1


def test_shows_the_stage_and_previews_while_drawing(monkeypatch):
    monkeypatch.setattr(progress, "INTERVAL", 0)
    seen = []

    def look(step):
        job = Generation.objects.get()
        progress.attach([job])
        seen.append(job.progress)

    run(FakeEngine(on_step=look), count=2)
    assert seen[0] is None
    assert (seen[3]["label"], len(seen[3]["previews"])) == ("Drawing", 2)
    assert seen[3]["previews"][0].startswith("data:image/webp;base64,")


def test_writes_progress_no_more_often_than_needed(monkeypatch):
    writes = []
    monkeypatch.setattr(progress.cache, "set", lambda key, state, kept: writes.append(state["stage"]))
    run(count=1)
    assert writes == ["text", "upsampler", "saving"]


def test_leaves_no_progress_behind():
    job = run()
    assert cache.get(f"generation:{job.pk}:progress") is None


def test_draws_on_when_the_cache_is_away(monkeypatch):
    def refuse(*args):
        raise ConnectionError("no cache")

    for name in ("set", "delete"):
        monkeypatch.setattr(progress.cache, name, refuse)
    assert run().status == "succeeded"
