import json

import pytest
from PIL import Image

from generation.unclip.__main__ import main


@pytest.fixture
def run(tiny_checkpoint, tmp_path):
    """Runs the command on the tiny checkpoint; gives its exit status and the sizes of what it drew."""

    def run(*arguments: str) -> tuple[int, list[tuple[int, int]]]:
        out = tmp_path / "out"
        code = main([*arguments, "--seed", "1", "--out", str(out), "--checkpoint", str(tiny_checkpoint)])
        return code, [Image.open(path).size for path in sorted(out.glob("*.png"))]

    return run


@pytest.fixture
def picture(tmp_path):
    Image.new("RGB", (64, 64), "teal").save(tmp_path / "teal.png")
    return str(tmp_path / "teal.png")


@pytest.fixture
def mask(tmp_path):
    mask = Image.new("RGBA", (64, 64), "black")
    mask.paste((0, 0, 0, 0), (0, 0, 32, 64))
    mask.save(tmp_path / "mask.png")
    return str(tmp_path / "mask.png")


def test_a_prompt_alone_is_drawn_and_the_seeds_are_said(run, capsys):
    assert run("a red apple", "--count", "2") == (0, [(256, 256)] * 2)
    assert "seed 1" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "sizes"),
    [
        (("draw", "a cat", "--no-prior"), [(256, 256)]),
        (("drafts", "a cat", "--count", "3"), [(64, 64)] * 3),
        (("draw", "a cat", "--width", "256"), [(256, 256)]),
        (("upsample", "PICTURE"), [(256, 256)]),
        (("variations", "PICTURE", "--count", "2"), [(256, 256)] * 2),
        (("blend", "PICTURE", "a cat", "--weights", "1", "2"), [(256, 256)]),
        (("diff", "PICTURE", "night", "--base", "day", "--count", "2"), [(256, 256)] * 2),
        (("reconstruct", "PICTURE", "--eta", "0.5"), [(256, 256)]),
        (("edit", "PICTURE", "MASK", "a cat"), [(64, 64)]),
        (("outpaint", "PICTURE", "--right", "32"), [(96, 64)]),
    ],
)
def test_every_operation_has_a_command(run, picture, mask, arguments, sizes):
    given = [{"PICTURE": picture, "MASK": mask}.get(each, each) for each in arguments]
    assert run(*given) == (0, sizes)


def test_texts_and_pictures_are_embedded(tiny_checkpoint, picture, capsys):
    assert main(["embed", "a cat", picture, "--checkpoint", str(tiny_checkpoint)]) == 0
    text, image = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert text["source"] == "a cat"
    assert len(text["embedding"]) == len(image["embedding"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("a red apple", "--count", "99"), "count must be between"),
        (("blend", "a cat", "a dog", "--weights", "1"), "one weight"),
        (("variations", "nowhere.png"), "no picture at nowhere.png"),
        (("outpaint", "PICTURE"), "Add between"),
    ],
)
def test_a_bad_request_is_a_sentence_not_a_traceback(run, picture, capsys, arguments, words):
    assert run(*[{"PICTURE": picture}.get(each, each) for each in arguments]) == (1, [])
    assert words in capsys.readouterr().err


def test_a_missing_checkpoint_is_a_sentence_not_a_traceback(tmp_path, capsys):
    assert main(["a red apple", "--checkpoint", str(tmp_path)]) == 1
    assert "There is no model checkpoint" in capsys.readouterr().err
