from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection, transaction
from django.utils import timezone

from generation import leases, sweeper
from generation.models import Generation
from tests.generation.factories import JobFactory

pytestmark = pytest.mark.django_db


def test_gives_an_abandoned_job_back():
    JobFactory(abandoned=True, vtime=3)
    assert sweeper.sweep() == [Generation.objects.get().pk]
    job = Generation.objects.get()
    assert (job.status, job.token, job.attempts, job.vtime) == ("queued", None, 1, 3)


def test_leaves_a_job_with_a_valid_lease_alone():
    JobFactory(running=True)
    assert sweeper.recover() == 0


def test_fails_a_job_that_cost_three_workers_their_life(settings):
    settings.GENERATION_MAX_ATTEMPTS = 3
    JobFactory(abandoned=True, attempts=3)
    sweeper.sweep()
    job = Generation.objects.get()
    assert (job.status, job.error_code) == ("failed", sweeper.WORKER_LOST)
    assert job.error_message == sweeper.WORKER_LOST_MESSAGE
    assert job.finished_at


def test_a_poisonous_job_starts_exactly_three_times(settings):
    settings.GENERATION_MAX_ATTEMPTS, settings.GENERATION_LEASE_SECONDS = 3, -1
    JobFactory()
    starts = 0
    while leases.claim():
        starts += 1
        sweeper.sweep()
    assert starts == 3
    assert Generation.objects.get().status == "failed"


def test_announces_jobs_whose_message_was_lost(settings):
    settings.GENERATION_REPUBLISH_SECONDS = 30
    never = JobFactory(published_at=None)
    long_ago = JobFactory(published_at=timezone.now() - timedelta(seconds=31))
    JobFactory(published_at=timezone.now())
    assert set(sweeper.sweep()) == {never.pk, long_ago.pk}


def test_reports_a_job_that_runs_for_ever(caplog):
    JobFactory(running=True, started_at=timezone.now() - 2 * sweeper.TOO_LONG)
    sweeper.sweep()
    assert "has been running for more than" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_do_the_work_once():
    JobFactory(abandoned=True)
    found = []

    def second():
        found.append(sweeper.sweep())
        connection.close()

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [sweeper.LOCK])
        thread = Thread(target=second)
        thread.start()
        thread.join()
    assert found == [[]]
    assert Generation.objects.get().status == "running"


@pytest.mark.django_db(transaction=True)
def test_never_overwrites_a_job_that_finishes_meanwhile():
    """The worker's last write and the sweep start together, many times: whoever is first, the row stays whole."""
    ends = set()
    for _ in range(60):
        job = JobFactory(abandoned=True)
        finished = _finish_against_sweep(job)
        ends.add(job.status if finished else "lost")
        row = Generation.objects.get(pk=job.pk)
        assert row.status == ("succeeded" if finished else "queued")
        row.delete()
    assert ends


def _finish_against_sweep(job) -> bool:
    barrier, finished = Barrier(2), []

    def finish():
        barrier.wait()
        try:
            leases.finish(job, "fake")
            finished.append(True)
        except leases.LeaseLost:
            pass
        connection.close()

    thread = Thread(target=finish)
    thread.start()
    barrier.wait()
    sweeper.recover()
    thread.join()
    return bool(finished)
