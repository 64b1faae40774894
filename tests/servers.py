"""A pytest plugin: points the settings at servers of the test run's own, before Django reads them.

The servers start with the first test that needs one and end with the run.
"""

import atexit
import os
import secrets
import shutil
import tempfile
from pathlib import Path

from airbrush.embedded.postgres import Postgres
from airbrush.embedded.valkey import Valkey

DATA = Path(tempfile.mkdtemp(prefix="airbrush-tests-"))
# PostgreSQL runs under an account of its own when the tests run as root.
DATA.chmod(0o755)

for name in ("DATABASE_URL", "CELERY_BROKER_URL", "CACHE_URL", "AWS_STORAGE_BUCKET_NAME", "EMAIL_URL", "DEBUG"):
    os.environ.pop(name, None)
os.environ |= {"AIRBRUSH_DATA": str(DATA), "SECRET_KEY": secrets.token_urlsafe(64), "HTTPS": "false"}

postgres = Postgres(DATA / "postgres")
valkey = Valkey(DATA / "valkey")


def start() -> None:
    postgres.start()
    valkey.start()


@atexit.register  # also when pytest gives up before its first hook
def end() -> None:
    postgres.stop()
    valkey.stop()
    shutil.rmtree(postgres.home, ignore_errors=True)
    shutil.rmtree(DATA, ignore_errors=True)
