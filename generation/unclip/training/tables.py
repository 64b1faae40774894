"""Tables of captions: `metadata.csv` and `metadata.jsonl`, as Hugging Face's imagefolder has them or a library exports.

An exported collection names its columns as the IPTC Photo Metadata Standard does.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

CSV, JSONL = "metadata.csv", "metadata.jsonl"
TABLES = (CSV, JSONL)
FILE_COLUMNS = ("file_name", "SourceFile")
#: The first of these that says something is the caption.
CAPTION_COLUMNS = ("text", "caption", "Description", "AIPromptInformation", "Title")
KEYWORDS, CREATOR, TERMS = "Keywords", "Creator", "UsageTerms"
# An exported table has a quote before what a spreadsheet would take for a formula.
_FORMULA = ("'=", "'+", "'-", "'@", "'\t", "'\r")


class TableInvalid(Exception):
    """A table of captions cannot be read; the message says why."""


class Row(NamedTuple):
    """What a table says of the picture `file`, a path beside the table; empty where it says nothing."""

    file: str
    caption: str
    keywords: tuple[str, ...]
    creator: str
    terms: str


def read_table(path: Path) -> list[Row]:
    """Every row of a table. Raises TableInvalid."""
    try:
        rows = list(_csv_rows(path) if path.name == CSV else _json_rows(path))
    except UnicodeDecodeError as exc:
        raise TableInvalid("The table is not UTF-8 text.") from exc
    except (OSError, csv.Error) as exc:
        raise TableInvalid(f"The table cannot be read: {exc}.") from exc
    return [_row(row) for row in rows]


def one_line(text: str) -> str:
    """A text with every run of white space as one space."""
    return " ".join(text.split())


def _csv_rows(path: Path) -> Iterator[Mapping]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        table = csv.DictReader(lines)
        columns = table.fieldnames or ()
        for wanted in (FILE_COLUMNS, CAPTION_COLUMNS):
            if not set(wanted) & set(columns):
                raise TableInvalid(f"The table has none of the columns {', '.join(wanted)}.")
        yield from table


def _json_rows(path: Path) -> Iterator[Mapping]:
    with path.open(encoding="utf-8-sig") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except json.JSONDecodeError as exc:
                raise TableInvalid(f"Line {number} of the table is not JSON.") from exc
            if not isinstance(row, dict) or not set(FILE_COLUMNS) & set(row):
                raise TableInvalid(f"Line {number} of the table has no {FILE_COLUMNS[0]}.")
            yield row


def _row(row: Mapping) -> Row:
    keywords = row.get(KEYWORDS)
    listed = keywords if isinstance(keywords, list) else _text(row, KEYWORDS).split(",")
    return Row(
        _first(row, FILE_COLUMNS),
        one_line(_first(row, CAPTION_COLUMNS)),
        tuple(filter(None, (one_line(str(word)) for word in listed))),
        one_line(_text(row, CREATOR)),
        one_line(_text(row, TERMS)),
    )


def _first(row: Mapping, columns: tuple[str, ...]) -> str:
    return next(filter(None, (_text(row, column) for column in columns)), "")


def _text(row: Mapping, column: str) -> str:
    value = row.get(column)
    text = value.strip() if isinstance(value, str) else ""
    return text[1:] if text.startswith(_FORMULA) else text
