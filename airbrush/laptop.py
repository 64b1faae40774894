"""What stands in for the settings that nobody gave: a key of our own, and the embedded servers' addresses."""

import os
import secrets
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from airbrush.embedded.postgres import Postgres
from airbrush.embedded.valkey import Valkey

REPOSITORY = Path(__file__).resolve().parent.parent


def data_folder(environment: MutableMapping[str, str]) -> Path:
    """The folder for everything that Airbrush writes."""
    return Path(environment.get("AIRBRUSH_DATA") or REPOSITORY / "var").expanduser().absolute()


def prepare(environment: MutableMapping[str, str]) -> None:
    """Make the data folder and the secret key, and choose settings that suit a browser on this machine."""
    data = data_folder(environment)
    data.mkdir(parents=True, exist_ok=True)
    if not environment.get("SECRET_KEY") and not secret_key(data):
        _write_secret_key(data / "secret_key")
    if environment.setdefault("HOST", "127.0.0.1") == "127.0.0.1":
        # Everyone here shares one address and no certificate.
        environment.setdefault("HTTPS", "false")
        environment.setdefault("SIGNUP_RATE_LIMIT", "60/h/ip")


def secret_key(data: Path) -> str:
    """The key that `prepare` wrote, or "" where it never ran."""
    try:
        return (data / "secret_key").read_text().strip()
    except FileNotFoundError:
        return ""


def database(data: Path) -> dict[str, Any]:
    """Django's settings for the embedded PostgreSQL under `data`."""
    server = Postgres(data / "postgres")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": str(server.socket_folder),
        "NAME": server.database,
        "USER": server.role,
    }


def broker_url(data: Path) -> str:
    """Celery's address of the embedded Valkey under `data`."""
    return f"redis+socket://{quote(str(Valkey(data / 'valkey').socket))}?virtual_host=0"


def cache_url(data: Path) -> str:
    """Django's address of the embedded Valkey under `data`: the same server, another database."""
    return f"unix://{quote(str(Valkey(data / 'valkey').socket))}?db=1"


def _write_secret_key(file: Path) -> None:
    unfinished = file.with_name(f"secret_key.{os.getpid()}")
    unfinished.touch(mode=0o600)
    unfinished.write_text(secrets.token_urlsafe(64))
    unfinished.rename(file)
