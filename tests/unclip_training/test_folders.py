import zipfile

import pytest

from generation.unclip.training.folders import LISTED, PicturesUnusable, Problem, listed, read


@pytest.fixture
def pictures(tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    return folder


def fill(folder, **texts):
    """Files by name, whose dots are written as two underscores."""
    for name, text in texts.items():
        path = folder / name.replace("__", ".")
        path.write_text(text)
    return folder


def captions(source, tmp_path):
    found, problems = read(source, tmp_path / "scratch")
    return {each.path.name: each.caption for each in found}, [(problem.file, problem.reason) for problem in problems]


def reasons(source, tmp_path):
    return [reason for _, reason in captions(source, tmp_path)[1]]


def test_a_text_file_beside_a_picture_is_its_caption(pictures, tmp_path):
    fill(pictures, a__jpg="", a__txt="\ufeffa red\napple\n", b__c__PNG="", b__c__TXT="a pear")
    assert captions(pictures, tmp_path) == ({"a.jpg": "a red apple", "b.c.PNG": "a pear"}, [])


def test_a_table_captions_pictures_beside_it_and_below(pictures, tmp_path):
    (pictures / "train").mkdir()
    fill(pictures / "train", a__jpg="", b__jpg="", metadata__csv="file_name,text\na.jpg,an apple\n")
    fill(pictures, metadata__jsonl='{"file_name": "train/b.jpg", "text": "a pear"}')
    assert captions(pictures, tmp_path) == ({"a.jpg": "an apple", "b.jpg": "a pear"}, [])


def test_the_table_comes_before_the_text_file(pictures, tmp_path):
    fill(pictures, a__jpg="", a__txt="from the file", b__jpg="", b__txt="from the file")
    fill(pictures, metadata__csv="file_name,text\na.jpg,from the table\nb.jpg,\n")
    assert captions(pictures, tmp_path)[0] == {"a.jpg": "from the table", "b.jpg": "from the file"}


def test_a_zip_is_read_like_its_folder(pictures, tmp_path):
    archive = tmp_path / "fruit.zip"
    with zipfile.ZipFile(archive, "w") as files:
        files.writestr("0001-a.png", b"")
        files.writestr("0002-b.png", b"")
        files.writestr("metadata.csv", "SourceFile,Title,Keywords\n0001-a.png,Apple,red\n")
    found, problems = read(archive, tmp_path / "scratch")
    assert [(each.name, each.caption, each.keywords) for each in found] == [
        (f"{archive}/0001-a.png", "Apple", ("red",))
    ]
    assert problems == [Problem(f"{archive}/0002-b.png", "There is no caption.")]


def test_hidden_files_are_passed_over(pictures, tmp_path):
    (pictures / ".cache").mkdir()
    fill(pictures / ".cache", b__jpg="")
    fill(pictures, a__jpg="", a__txt="an apple", __DS_Store="")
    assert captions(pictures, tmp_path) == ({"a.jpg": "an apple"}, [])


def test_every_problem_is_found_at_once(pictures, tmp_path):
    (pictures / "d.txt").write_bytes(b"\xff\xfe")
    fill(pictures, a__jpg="", b__jpg="", b__txt=" \n", c__txt="a cherry", d__jpg="")
    fill(pictures, metadata__csv="file_name,text\n../e.jpg,elsewhere\n")
    found, problems = captions(pictures, tmp_path)
    assert (found, {file.rpartition("/")[2]: reason for file, reason in problems}) == (
        {},
        {
            "a.jpg": "There is no caption.",
            "b.jpg": "The caption is empty.",
            "c.txt": "No picture has this name.",
            "d.jpg": "d.txt is not UTF-8 text.",
            "e.jpg": "A table names this picture, but it is not there.",
        },
    )


def test_a_table_that_cannot_be_read_is_named(pictures, tmp_path):
    fill(pictures, a__jpg="", a__txt="an apple", metadata__jsonl="{")
    assert captions(pictures, tmp_path) == (
        {"a.jpg": "an apple"},
        [(f"{pictures}/metadata.jsonl", "Line 1 of the table is not JSON.")],
    )


def test_a_missing_folder_is_named(tmp_path):
    assert captions(tmp_path / "none", tmp_path)[1] == [(f"{tmp_path}/none", "There is no such folder or zip.")]


def test_an_empty_folder_is_named(pictures, tmp_path):
    assert reasons(pictures, tmp_path) == ["There are no pictures in it."]


def test_a_damaged_zip_is_named(tmp_path):
    archive = tmp_path / "fruit.zip"
    with zipfile.ZipFile(archive, "w") as files:
        files.writestr("a.txt", b"an apple")
    archive.write_bytes(archive.read_bytes().replace(b"an apple", b"an adder"))
    assert "cannot be unpacked" in reasons(archive, tmp_path)[0]


def test_a_long_report_is_cut_short():
    lines = listed([Problem(f"{number}.jpg", "There is no caption.") for number in range(LISTED + 3)])
    assert (len(lines), lines[-2:]) == (LISTED + 1, ["49.jpg: There is no caption.", "and 3 more"])


def test_the_report_says_how_to_go_on():
    assert "--skip-unusable" in str(PicturesUnusable([Problem("a.jpg", "It is gone.")], are_skipped=False))
    assert "--skip-unusable" not in str(PicturesUnusable([Problem("a.jpg", "It is gone.")], are_skipped=True))
