"""Local storage whose files are either whole or absent, also after a crash or on a full disk."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from django.core.files import File
from django.core.files.storage import FileSystemStorage


class DurableStorage(FileSystemStorage):
    """Writes beside the final name, syncs, then links it there; a taken name gets another ending."""

    def _save(self, name: str, content: File) -> str:
        folder = Path(self.path(name)).parent
        folder.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=folder, suffix=".part")
        try:
            with os.fdopen(descriptor, "wb") as file:
                for chunk in content.chunks():
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            return self._publish(temporary, name)
        finally:
            with suppress(FileNotFoundError):
                os.unlink(temporary)

    def _publish(self, temporary: str, name: str) -> str:
        while True:
            try:
                os.link(temporary, self.path(name))
                break
            except FileExistsError:
                name = self.get_available_name(name)
        _sync_folder(Path(self.path(name)).parent)
        return name.replace("\\", "/")


def _sync_folder(folder: Path) -> None:
    """A new name survives a power cut only once its folder is on disk too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
