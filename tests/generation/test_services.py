import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse

from generation import runtime, services
from generation.models import Generation
from generation.request import MAX_SEED, GenerationRequest
from tests.generation.factories import JobFactory
from tests.generation.test_leases import in_threads

pytestmark = pytest.mark.django_db
APPLE = GenerationRequest("a red apple", count=2)


def refusal_of(act, *args) -> ValidationError:
    with pytest.raises(ValidationError) as refusal:
        act(*args)
    return refusal.value


def test_accepts_a_request(alice):
    job = services.submit(alice, GenerationRequest("a red apple", "photo", count=3, seed=7))
    assert (job.status, job.prompt, job.style, job.count, job.seed) == ("queued", "a red apple", "photo", 3, 7)
    assert job.request["prompt"] == "a red apple"


def test_fixes_the_seed(alice):
    assert 0 <= services.submit(alice, APPLE).seed <= MAX_SEED


def test_wakes_a_worker_on_commit(alice, messages, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        services.submit(alice, APPLE)
        assert messages == []
    assert messages == ["render_next"]
    assert Generation.objects.get().published_at


def test_a_rolled_back_submission_leaves_nothing(alice, messages, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        services.submit(alice, APPLE)
        transaction.set_rollback(True)
    assert not Generation.objects.exists()
    assert messages == []


def test_the_same_key_gives_the_same_job(alice):
    first = services.submit(alice, APPLE, idempotency_key="once")
    assert services.submit(alice, APPLE, idempotency_key="once") == first


def test_the_same_key_of_another_person_is_another_job(alice, bob):
    first = services.submit(alice, APPLE, idempotency_key="once")
    assert services.submit(bob, APPLE, idempotency_key="once") != first


def test_a_key_is_for_one_request(alice):
    services.submit(alice, APPLE, idempotency_key="once")
    with pytest.raises(ValidationError, match="another request"):
        services.submit(alice, GenerationRequest("a pear"), idempotency_key="once")


@pytest.mark.django_db(transaction=True)
def test_one_key_submitted_many_times_at_once_is_one_job(alice):
    jobs = in_threads(12, lambda number: services.submit(alice, APPLE, idempotency_key="once").pk)
    assert len(set(jobs)) == Generation.objects.count() == 1


def test_the_queue_of_a_person_is_bounded(alice, bob, settings):
    settings.GENERATION_MAX_QUEUED_PER_USER = 2
    JobFactory.create_batch(2, owner=alice)
    assert refusal_of(services.submit, alice, APPLE).code == services.QUEUE_FULL
    assert services.submit(bob, APPLE)


@pytest.mark.django_db(transaction=True)
def test_the_bound_holds_when_many_submit_at_once(alice, settings):
    settings.GENERATION_MAX_QUEUED_PER_USER = 3

    def submit(number):
        try:
            return services.submit(alice, APPLE)
        except ValidationError:
            return None

    assert len([job for job in in_threads(10, submit) if job]) == 3


def test_refuses_with_the_sentence_while_the_checkpoint_is_missing(alice, monkeypatch):
    monkeypatch.setattr(runtime, "checkpoint_problem", lambda: "There is no model.")
    problem = refusal_of(services.submit, alice, APPLE)
    assert (problem.code, problem.messages) == (services.NO_CHECKPOINT, ["There is no model."])


@pytest.mark.parametrize("state", ["running", "queued"])
def test_cancels_what_has_not_ended(state):
    job = JobFactory(running=True) if state == "running" else JobFactory()
    assert services.cancel(job).status == "canceled"
    assert job.finished_at


def test_canceling_twice_is_fine():
    job = services.cancel(JobFactory())
    ended = job.finished_at
    assert services.cancel(job).finished_at == ended


def test_canceling_what_is_done_changes_nothing():
    assert services.cancel(JobFactory(succeeded=True)).status == "succeeded"


def test_retries_a_failed_job(messages, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        job = services.retry(JobFactory(failed=True))
    assert (job.status, job.attempts, job.error_message, job.finished_at) == ("queued", 0, "", None)
    assert messages == ["render_next"]


def test_a_retry_goes_to_the_back_of_the_queue(alice):
    job = JobFactory(owner=alice, canceled=True)
    waiting = services.submit(alice, APPLE)
    assert services.retry(job).vtime > waiting.vtime


def test_retrying_twice_queues_once(messages, django_capture_on_commit_callbacks):
    job = JobFactory(failed=True)
    with django_capture_on_commit_callbacks(execute=True):
        services.retry(job)
        services.retry(job)
    assert messages == ["render_next"]


def test_a_retry_needs_room(alice, settings):
    settings.GENERATION_MAX_QUEUED_PER_USER = 0
    assert refusal_of(services.retry, JobFactory(owner=alice, failed=True)).code == services.QUEUE_FULL


def test_the_demo_is_drawn_once(settings):
    settings.GENERATION_MAX_QUEUED_PER_USER = 1
    services.submit_demo()
    services.submit_demo()
    jobs = Generation.objects.all()
    assert len(jobs) == 12
    assert {job.visibility for job in jobs} == {"public"}
    assert {job.owner.has_usable_password() for job in jobs} == {False}


def test_people_go_before_the_demo(alice):
    services.submit_demo()
    job = services.submit(alice, APPLE)
    assert Generation.objects.claimable().first() == job


def test_there_is_no_demo_without_a_checkpoint(monkeypatch):
    monkeypatch.setattr(runtime, "checkpoint_problem", lambda: "There is no model.")
    assert services.submit_demo() == []


def test_nobody_signs_up_under_the_name_of_the_site(client, django_user_model):
    details = {"email": "eve@example.com", "username": "Airbrush", "password1": "a horse at sea"}
    response = client.post(reverse("account_signup"), details)
    assert "username" in response.context["form"].errors
    assert not django_user_model.objects.exists()
