"""The set of pictures on disk: images.bin (WebP files end to end), index.jsonl (one record a line), manifest.json.

Written whole or not at all; read through a memory map.
"""

from __future__ import annotations

import hashlib
import io
import json
import mmap
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from .captions import Record

IMAGES, INDEX, MANIFEST = "images.bin", "index.jsonl", "manifest.json"


@dataclass
class Manifest:
    """What a set holds: sources with credits and counts, held-out (concept, style) pairs, sources left out."""

    size: int
    count: int = 0
    styles: dict[str, int] = field(default_factory=dict)
    sources: list[dict] = field(default_factory=list)
    shared_concepts: int = 0
    heldout: list[tuple[str, str]] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    sha256: str = ""

    def save(self, folder: Path) -> None:
        """Makes the folder a prepared set; written last."""
        text = json.dumps(asdict(self), indent=1, ensure_ascii=False)
        (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


class SetMissing(Exception):
    """The folder holds no prepared set of pictures; run `python -m generation.unclip.training prepare` first."""


class ShardWriter:
    """Appends pictures to a folder that nobody reads yet."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._images = (folder / IMAGES).open("wb")
        self._index = (folder / INDEX).open("w", encoding="utf-8")
        self._digest = hashlib.sha256()

    def add(self, record: Record, webp: bytes) -> None:
        place = {"offset": self._images.tell(), "length": len(webp)}
        self._images.write(webp)
        self._digest.update(webp)
        self._index.write(json.dumps(asdict(record) | place, ensure_ascii=False) + "\n")

    def finish(self) -> str:
        """Returns the SHA-256 of all pictures."""
        for file in (self._images, self._index):
            file.flush()
            os.fsync(file.fileno())
            file.close()
        return self._digest.hexdigest()


class ImageSet:
    """Records and pictures of a prepared folder. Picture i belongs to `records[i]`."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        if not (self.path / MANIFEST).exists():
            raise SetMissing(f"{self.path}: {SetMissing.__doc__}")
        self.records: list[Record] = []
        self._places: list[tuple[int, int]] = []
        with (self.path / INDEX).open(encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                self._places.append((row.pop("offset"), row.pop("length")))
                self.records.append(Record(**row | {"tags": tuple(row["tags"])}))
        with (self.path / IMAGES).open("rb") as images:
            self._map = mmap.mmap(images.fileno(), 0, access=mmap.ACCESS_READ)

    def __len__(self) -> int:
        return len(self.records)

    def rgba(self, i: int, size: int) -> np.ndarray:
        """uint8 (size, size, 4), straight alpha. Pillow filters RGBA with premultiplied alpha: no dark fringes."""
        offset, length = self._places[i]
        picture = Image.open(io.BytesIO(self._map[offset : offset + length])).convert("RGBA")
        if picture.size != (size, size):
            picture = picture.resize((size, size), Image.Resampling.LANCZOS)
        return np.asarray(picture)

    def cached(self, size: int, report: Callable[[str], None] = lambda line: None) -> np.memmap:
        """All pictures as uint8 (n, size, size, 4), decoded once into cache-{size}.npy beside the set."""
        cache = self.path / f"cache-{size}.npy"
        if not cache.exists():
            partial = cache.with_suffix(f".{os.getpid()}.partial")
            try:
                self._decode_all(partial, size, report)
                partial.replace(cache)
            finally:
                partial.unlink(missing_ok=True)
        return np.load(cache, mmap_mode="r")

    def _decode_all(self, path: Path, size: int, report: Callable[[str], None]) -> None:
        shape = (len(self), size, size, 4)
        pixels = np.lib.format.open_memmap(path, mode="w+", dtype=np.uint8, shape=shape)
        with ThreadPoolExecutor(2) as pool:
            for i, picture in enumerate(pool.map(lambda i: self.rgba(i, size), range(len(self)))):
                pixels[i] = picture
                if (i + 1) % 2000 == 0 or i + 1 == len(self):
                    report(f"decoded {i + 1} of {len(self)} pictures at {size} px")
        pixels.flush()
