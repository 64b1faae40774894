"""Jobs under every order of events that people, workers and the sweep can bring about."""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from generation import leases, services, sweeper
from generation.models import Generation, Output
from generation.request import GenerationRequest
from generation.runner import _store
from tests.generation.factories import UserFactory
from tests.generation.fake_engine import FakeEngine, sample


class Lifecycle(RuleBasedStateMachine):
    jobs = Bundle("jobs")
    #: What workers hold in their hands, whether or not the row still agrees.
    claims = Bundle("claims")

    def __init__(self) -> None:
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.submitted: set = set()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)

    @initialize()
    def register(self) -> None:
        self.people = UserFactory.create_batch(2)

    @rule(target=jobs, person=st.integers(0, 1), count=st.integers(1, 2))
    def submit(self, person, count):
        job = services.submit(self.people[person], GenerationRequest("a red apple", count=count))
        self.submitted.add(job.pk)
        return job.pk

    @rule(target=claims)
    def claim(self):
        job = leases.claim()
        return job if job else multiple()

    @rule(claim=claims, index=st.integers(0, 1))
    def store(self, claim, index):
        """Also by workers that lost the job, and twice."""
        if index >= claim.count or Output.objects.filter(generation=claim, index=index).exists():
            return
        held = leases.mine(claim).exists()
        try:
            _store(claim, index, sample(claim.seed + index, 32), FakeEngine())
        except leases.LeaseLost:
            assert not held
        else:
            assert held

    @rule(claim=consumes(claims))
    def fail(self, claim):
        held = leases.mine(claim).exists()
        assert leases.fail(claim, "engine", "The paint ran out.") == held

    @rule(claim=consumes(claims))
    def finish(self, claim):
        if Output.objects.filter(generation=claim).count() < claim.count:
            return
        held = leases.mine(claim).exists()
        try:
            leases.finish(claim, "fake")
        except leases.LeaseLost:
            assert not held

    @rule(claim=claims)
    def lose_the_worker(self, claim):
        leases.mine(claim).update(lease_until="2026-01-01T00:00:00Z")

    @rule()
    def sweep(self):
        sweeper.sweep()

    @rule(job=jobs)
    def cancel(self, job):
        services.cancel(Generation.objects.get(pk=job))

    @rule(job=jobs)
    def retry(self, job):
        services.retry(Generation.objects.get(pk=job))

    @invariant()
    def nothing_accepted_is_lost(self):
        assert set(Generation.objects.values_list("pk", flat=True)) == self.submitted

    @invariant()
    def done_means_all_images(self):
        for job in Generation.objects.filter(status="succeeded"):
            assert job.outputs.count() == job.count

    @invariant()
    def nobody_runs_more_than_two(self):
        for person in self.people:
            assert Generation.objects.owned_by(person).running().count() <= 2

    @invariant()
    def no_job_costs_more_than_three_workers(self):
        assert not Generation.objects.filter(attempts__gt=3).exists()


@pytest.mark.django_db
def test_every_order_of_events_keeps_the_promises():
    run_state_machine_as_test(
        Lifecycle,
        settings=settings(
            max_examples=15,
            stateful_step_count=30,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
