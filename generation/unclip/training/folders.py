"""Pictures with captions as people keep them: a folder or a zip with a text file beside each picture, or with a table.

Looks at names and captions only; whether a picture can be used is seen when it is drawn.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from .tables import TABLES, Row, TableInvalid, one_line, read_table

#: How many problems a report lists.
LISTED = 50


class Problem(NamedTuple):
    """Why a file cannot be used."""

    file: str
    reason: str


@dataclass(frozen=True)
class Captioned:
    """A picture file with its caption; `name` is what a report calls the file."""

    name: str
    path: Path
    caption: str
    keywords: tuple[str, ...] = ()
    creator: str = ""
    terms: str = ""


class PicturesUnusable(Exception):
    """Some of the pictures cannot be used; the message lists which and why.

    Where unusable ones `are_skipped`, not one other is left.
    """

    def __init__(self, problems: Sequence[Problem], *, are_skipped: bool) -> None:
        advice = "Put this right, or add --skip-unusable to go on with the other pictures. Nothing was written."
        end = "Not one picture is left, so nothing was written." if are_skipped else advice
        super().__init__("\n".join((*listed(problems), end)))


def listed(problems: Sequence[Problem]) -> list[str]:
    """A line for each of the first LISTED problems, and one for the rest."""
    lines = [f"{file}: {reason}" for file, reason in problems[:LISTED]]
    return [*lines, f"and {len(problems) - LISTED} more"] if len(problems) > LISTED else lines


def read(source: Path, scratch: Path) -> tuple[list[Captioned], list[Problem]]:
    """The captioned pictures of a folder, or of a zip, which is unpacked into the empty folder `scratch`."""
    folder = source
    if zipfile.is_zipfile(source):
        folder = scratch
        try:
            with zipfile.ZipFile(source) as archive:
                archive.extractall(folder)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError) as exc:
            return [], [Problem(str(source), f"The zip cannot be unpacked: {exc}.")]
    if not folder.is_dir():
        return [], [Problem(str(source), "There is no such folder or zip.")]
    found, problems = _Folder(source, folder).captioned()
    if not found and not problems:
        problems.append(Problem(str(source), "There are no pictures in it."))
    return found, problems


class _Folder:
    """The files of one folder and its sub-folders, without hidden ones."""

    def __init__(self, source: Path, folder: Path) -> None:
        self.source, self.folder = source, folder
        files = [path for path in sorted(folder.rglob("*")) if path.is_file() and not self._is_hidden(path)]
        self.tables = [path for path in files if path.name in TABLES]
        self.texts = {path.with_suffix(""): path for path in files if path.suffix.lower() == ".txt"}
        self.pictures = [path for path in files if path not in self.tables and path.suffix.lower() != ".txt"]

    def captioned(self) -> tuple[list[Captioned], list[Problem]]:
        rows, problems = self._rows()
        found = []
        for path in self.pictures:
            try:
                found.append(self._with_caption(path, rows.get(path)))
            except ValueError as exc:
                problems.append(Problem(self._name(path), str(exc)))
        stems = {path.with_suffix("") for path in self.pictures}
        alone = [text for stem, text in self.texts.items() if stem not in stems]
        return found, problems + [Problem(self._name(text), "No picture has this name.") for text in alone]

    def _rows(self) -> tuple[dict[Path, Row], list[Problem]]:
        """Rows of all tables by their picture."""
        rows, problems = {}, []
        for table in self.tables:
            try:
                rows |= {table.parent / row.file: row for row in read_table(table)}
            except TableInvalid as exc:
                problems.append(Problem(self._name(table), str(exc)))
        lost = rows.keys() - set(self.pictures)
        said = "A table names this picture, but it is not there."
        return rows, problems + [Problem(self._name(path), said) for path in rows if path in lost]

    def _with_caption(self, path: Path, row: Row | None) -> Captioned:
        """A table's caption, or that of the text file beside the picture. Raises ValueError where there is none."""
        row = row or Row("", "", (), "", "")
        caption = row.caption
        text = self.texts.get(path.with_suffix(""))
        if not caption and text:
            try:
                caption = one_line(text.read_text(encoding="utf-8-sig"))
            except UnicodeDecodeError as exc:
                raise ValueError(f"{text.name} is not UTF-8 text.") from exc
        if not caption:
            raise ValueError("The caption is empty." if text or row.file else "There is no caption.")
        return Captioned(self._name(path), path, caption, row.keywords, row.creator, row.terms)

    def _name(self, path: Path) -> str:
        try:
            return str(self.source / path.relative_to(self.folder))
        except ValueError:
            return str(path)

    def _is_hidden(self, path: Path) -> bool:
        return any(part.startswith(".") for part in path.relative_to(self.folder).parts)
