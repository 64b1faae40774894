import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from generation import leases, services
from generation.models import Generation
from generation.request import GenerationRequest
from tests.generation.factories import JobFactory, UserFactory

pytestmark = pytest.mark.django_db


def claim_all() -> list[Generation]:
    """Claim and at once finish, until nothing is left; the jobs in the order they were started."""
    jobs = []
    while job := leases.claim():
        jobs.append(job)
        leases.finish(job, "fake")
    return jobs


def often():
    """A turn every 20 ms, for as long as a test should have to wait on a busy machine."""
    for turn in range(1500):
        time.sleep(0.02)
        yield turn


def test_claims_under_a_token_and_a_lease():
    JobFactory()
    job = leases.claim()
    assert (job.status, job.attempts) == ("running", 1)
    assert job.token
    assert job.lease_until > timezone.now()


def test_claims_nothing_from_an_empty_queue():
    JobFactory(succeeded=True)
    assert leases.claim() is None


def test_claims_by_priority_before_virtual_time():
    JobFactory(priority=Generation.Priority.BACKGROUND, vtime=1)
    person = JobFactory(vtime=2)
    assert leases.claim().pk == person.pk


def test_an_owner_has_no_more_jobs_running_than_allowed(alice, settings):
    settings.GENERATION_MAX_RUNNING_PER_USER = 2
    JobFactory.create_batch(3, owner=alice)
    bobs = JobFactory(vtime=9)
    assert {leases.claim().owner for _ in range(2)} == {alice}
    assert leases.claim().pk == bobs.pk
    assert leases.claim() is None


def test_only_the_token_holder_may_finish():
    JobFactory()
    first = leases.claim()
    Generation.objects.update(status="queued", token=None, lease_until=None)
    second = leases.claim()
    with pytest.raises(leases.LeaseLost):
        leases.finish(first, "fake")
    leases.finish(second, "fake")
    assert second.status == "succeeded"


def test_a_late_failure_of_a_former_worker_changes_nothing():
    JobFactory()
    job = leases.claim()
    services.cancel(Generation.objects.get())
    assert not leases.fail(job, "engine", "Too late.")
    assert Generation.objects.get().status == "canceled"


def test_a_canceled_job_is_not_held_any_more():
    JobFactory()
    job = leases.claim()
    with leases.Lease(job) as lease:
        assert lease.is_held()
        services.cancel(Generation.objects.get())
        assert not lease.is_held()


@pytest.mark.django_db(transaction=True)
def test_the_heartbeat_renews_the_lease(settings):
    settings.GENERATION_HEARTBEAT_SECONDS = 0.02
    JobFactory()
    job = leases.claim()
    with leases.Lease(job):
        assert any(Generation.objects.get().lease_until > job.lease_until for _ in often())


@pytest.mark.django_db(transaction=True)
def test_the_heartbeat_stops_with_the_claim(settings):
    settings.GENERATION_HEARTBEAT_SECONDS = 0.02
    JobFactory()
    job = leases.claim()
    services.cancel(Generation.objects.get())
    with leases.Lease(job) as lease:
        assert any(lease._lost.is_set() for _ in often())
        assert not lease.is_held()
    assert not Generation.objects.get().lease_until


def in_threads(count: int, act) -> list:
    """Run `act` in this many threads that start together, each with its own connection."""
    barrier = Barrier(count)

    def start(number):
        try:
            barrier.wait()
            return act(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(start, range(count)))


@pytest.mark.django_db(transaction=True)
def test_workers_that_claim_together_get_different_jobs():
    JobFactory.create_batch(20)
    claimed = in_threads(8, lambda number: [leases.claim().pk for _ in range(2)])
    assert len({pk for pks in claimed for pk in pks}) == 16


@pytest.mark.django_db(transaction=True)
def test_workers_that_claim_together_respect_the_owners_limit(alice):
    JobFactory.create_batch(10, owner=alice)
    claimed = in_threads(8, lambda number: leases.claim())
    assert len([job for job in claimed if job]) == 2


def test_light_users_wait_no_longer_than_their_turn(settings):
    """One person queues 20 jobs first; ten others then queue 3 each, and are done within the first 41 turns."""
    heavy, light = UserFactory(), UserFactory.create_batch(10)
    request = GenerationRequest("a red apple", count=1)
    for _ in range(20):
        services.submit(heavy, request)
    for user in light * 3:
        services.submit(user, request)
    order = [job.owner_id for job in claim_all()]
    last_light = max(place for place, owner in enumerate(order) if owner != heavy.pk)
    assert len(order) == 50
    assert last_light <= 40


def test_nobody_saves_up_turns_by_staying_away():
    """A newcomer starts at the queue's clock, not at zero, and does not overtake people who already wait."""
    request = GenerationRequest("a red apple", count=1)
    busy, newcomer = UserFactory(), UserFactory()
    for _ in range(5):
        services.submit(busy, request)
    claim_all()
    services.submit(newcomer, request)
    assert newcomer.clock.vtime == pytest.approx(6)
