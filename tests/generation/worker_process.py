"""A real render worker in a process of its own, with the fake engine: `python -m tests.generation.worker_process`."""

import os
from pathlib import Path

import django
from django.conf import settings


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "airbrush.settings")
    settings.DATABASES["default"]["NAME"] = os.environ["TEST_DATABASE"]
    settings.MEDIA_ROOT = Path(os.environ["TEST_MEDIA"])
    django.setup()

    from airbrush.celery import app
    from generation import runtime
    from tests.generation.fake_engine import FakeEngine

    engine = FakeEngine(pause=float(os.environ["TEST_PAUSE"]))
    runtime.engine = lambda: engine
    options = ["--queues", "render", "--hostname", f"test-{os.getpid()}@%h", "--loglevel", "WARNING"]
    options += ["--pool", "prefork", "--concurrency", "1", "-O", "fair", "--without-gossip", "--without-mingle"]
    app.worker_main(["--quiet", "worker", *options])


if __name__ == "__main__":
    main()
