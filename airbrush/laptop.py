"""What replaces the settings that nobody gave, on a machine where Airbrush runs for one household."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

from airbrush.embedded.postgres import Postgres
from airbrush.embedded.valkey import Valkey


def secret_key(data: Path) -> str:
    """The key that `prepare` made, or "" where it never ran."""
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
