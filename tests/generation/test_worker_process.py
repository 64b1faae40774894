"""Real workers, the real broker and real signals; only the pictures are not real."""

import os
import random
import signal
import subprocess
import sys
import time
from functools import partial

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection

from gallery.models import Image
from generation import services, tasks
from generation.models import Generation
from generation.request import GenerationRequest

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE = 300  # seconds; a run takes a twentieth of it on a machine that does nothing else


@pytest.fixture(autouse=True)
def messages():
    """Here they are sent."""


class Workers:
    """Starts workers with short leases, and stands in for beat."""

    def __init__(self, media, pause: float) -> None:
        self.processes: list[subprocess.Popen] = []
        self.environment = os.environ | {
            "PYTHONWARNINGS": "ignore:You're running the worker",
            "TEST_DATABASE": connection.settings_dict["NAME"],
            "TEST_MEDIA": str(media),
            "TEST_PAUSE": str(pause),
            "GENERATION_LEASE_SECONDS": "2",
            "GENERATION_HEARTBEAT_SECONDS": "0.3",
            "GENERATION_MAX_ATTEMPTS": "30",
        }

    def start(self) -> subprocess.Popen:
        command = [sys.executable, "-m", "tests.generation.worker_process"]
        process = subprocess.Popen(command, env=self.environment, cwd=settings.BASE_DIR, start_new_session=True)
        self.processes.append(process)
        return process

    def signal(self, process: subprocess.Popen, number: signal.Signals) -> None:
        """To the worker and its children at once, as a machine that loses power or is frozen."""
        os.killpg(process.pid, number)
        if number == signal.SIGKILL:
            process.wait()

    def stop(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                self.signal(process, signal.SIGKILL)


@pytest.fixture
def workers(settings, request):
    settings.GENERATION_REPUBLISH_SECONDS = 1
    settings.GENERATION_MAX_ATTEMPTS = 30
    workers = Workers(settings.MEDIA_ROOT, getattr(request, "param", 0.2))
    yield workers
    workers.stop()


def wait_until(condition) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, list(Generation.objects.values("status", "attempts", "error_message"))
        tasks.sweep()
        time.sleep(0.2)


def is_over() -> bool:
    return not Generation.objects.active().exists()


def is_running() -> bool:
    return Generation.objects.running().exists()


def ended() -> int:
    return Generation.objects.filter(status="succeeded").count()


def has_come_to(number: int) -> bool:
    return is_over() or ended() >= number


def assert_everything_is_there_once() -> None:
    jobs = Generation.objects.prefetch_related("outputs__image")
    assert {job.status for job in jobs} == {"succeeded"}
    for job in jobs:
        stored = [(output.index, output.image.seed) for output in job.outputs.all()]
        assert sorted(stored) == [(index, job.seed + index) for index in range(job.count)]
    images = Image.objects.all()
    assert len(images) == sum(job.count for job in jobs)
    assert all(default_storage.exists(image.file.name) for image in images)


def test_a_killed_worker_loses_and_repeats_nothing(alice, workers):
    services.submit(alice, GenerationRequest("a red apple", count=4))
    first = workers.start()
    wait_until(is_running)
    workers.signal(first, signal.SIGKILL)
    workers.start()
    wait_until(is_over)
    assert Generation.objects.get().attempts >= 2
    assert_everything_is_there_once()


def test_a_frozen_worker_that_wakes_up_late_changes_nothing(alice, workers):
    services.submit(alice, GenerationRequest("a red apple", count=4))
    frozen = workers.start()
    wait_until(is_running)
    workers.signal(frozen, signal.SIGSTOP)
    workers.start()
    wait_until(is_over)
    workers.signal(frozen, signal.SIGCONT)
    time.sleep(1.5)
    assert Generation.objects.get().attempts >= 2
    assert_everything_is_there_once()


@pytest.mark.parametrize("workers", [0.1], indirect=True)
def test_a_storm_of_kills(django_user_model, workers, settings):
    """Two workers, 24 jobs of three people, eight kills while they work, at moments drawn with a fixed seed."""
    settings.GENERATION_MAX_RUNNING_PER_USER = 2
    chance = random.Random(42)
    for number in range(24):
        name = f"user{number % 3}"
        user, _ = django_user_model.objects.get_or_create(username=name, email=f"{name}@example.com")
        services.submit(user, GenerationRequest("a red apple", count=1 + number % 3))
    running = [workers.start(), workers.start()]
    for _ in range(8):
        wait_until(partial(has_come_to, ended() + 2))
        time.sleep(chance.uniform(0, 0.4))
        workers.signal(running.pop(chance.randrange(2)), signal.SIGKILL)
        running.append(workers.start())
    wait_until(is_over)
    assert_everything_is_there_once()
