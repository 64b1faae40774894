import csv
import io
import json

import pytest

from gallery import downloads
from generation.unclip.training import tables
from generation.unclip.training.tables import Row, TableInvalid, read_table


def written(tmp_path, name, text):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def exported(tmp_path, **values):
    """A table as a library exports it, with one picture."""
    text = io.StringIO()
    table = csv.DictWriter(text, downloads.COLUMNS)
    table.writeheader()
    table.writerow({"SourceFile": "0001-apple.png"} | {key: downloads._plain(value) for key, value in values.items()})
    return written(tmp_path, "metadata.csv", text.getvalue())


def test_a_table_names_files_and_captions(tmp_path):
    path = written(tmp_path, "metadata.csv", "file_name,text\na.png,a red\n\nb.png,\n")
    assert [(row.file, row.caption) for row in read_table(path)] == [("a.png", "a red"), ("b.png", "")]


def test_a_caption_is_one_line(tmp_path):
    path = written(tmp_path, "metadata.csv", '\ufefffile_name,caption\na.png,"a  red\n apple"\n')
    assert read_table(path)[0].caption == "a red apple"


def test_lines_of_json_are_read(tmp_path):
    rows = [{"file_name": "a.png", "text": "an apple"}, {"file_name": "b.png", "text": None, "Keywords": ["x", "y z"]}]
    path = written(tmp_path, "metadata.jsonl", "\n\n".join(json.dumps(row) for row in rows))
    assert read_table(path) == [Row("a.png", "an apple", (), "", ""), Row("b.png", "", ("x", "y z"), "", "")]


def test_an_exported_collection_is_read(tmp_path):
    path = exported(
        tmp_path, Description="red apple", Title="Apple", Keywords="fruit, red", Creator="alice", UsageTerms="CC0"
    )
    assert read_table(path) == [Row("0001-apple.png", "red apple", ("fruit", "red"), "alice", "CC0")]


@pytest.mark.parametrize("column", ["Description", "AIPromptInformation", "Title"])
def test_an_exported_picture_is_captioned_by_what_is_known_of_it(tmp_path, column):
    assert read_table(exported(tmp_path, **{column: "an apple"}))[0].caption == "an apple"


def test_a_text_for_screen_readers_alone_is_no_caption(tmp_path):
    assert read_table(exported(tmp_path, AltTextAccessibility="Image without a description"))[0].caption == ""


def test_the_quote_before_a_formula_is_taken_off(tmp_path):
    assert read_table(exported(tmp_path, Description="=3 apples"))[0].caption == "=3 apples"


def test_every_column_that_is_read_is_exported():
    assert {tables.FILE_COLUMNS[1], tables.KEYWORDS, tables.CREATOR, tables.TERMS} <= set(downloads.COLUMNS)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("metadata.csv", "picture,text\na.png,apple\n", "file_name"),
        ("metadata.csv", "file_name,words\na.png,apple\n", "caption"),
        ("metadata.csv", "", "file_name"),
        ("metadata.csv", b"file_name,text\na.png,\xff\xfe\n", "not UTF-8"),
        ("metadata.jsonl", '{"file_name": "a.png", "text": "a"}\n{"file_n', "Line 2"),
        ("metadata.jsonl", "[1]\n", "Line 1"),
    ],
    ids=["no file", "no caption", "empty", "not UTF-8", "cut off", "no object"],
)
def test_a_table_that_cannot_be_used_says_why(tmp_path, name, text, said):
    with pytest.raises(TableInvalid, match=said):
        read_table(written(tmp_path, name, text))
