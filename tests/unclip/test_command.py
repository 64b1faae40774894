from PIL import Image

from generation.unclip.__main__ import main


def test_writes_pngs_and_says_their_seeds(tiny_checkpoint, tmp_path, capsys):
    out = tmp_path / "apples"
    code = main(["a red apple", "--count", "2", "--seed", "1", "--out", str(out), "--checkpoint", str(tiny_checkpoint)])
    assert code == 0
    assert [Image.open(path).size for path in sorted(out.iterdir())] == [(256, 256)] * 2
    assert "seed 1" in capsys.readouterr().out


def test_a_bad_request_is_a_sentence_not_a_traceback(tiny_checkpoint, capsys):
    assert main(["a red apple", "--count", "99", "--checkpoint", str(tiny_checkpoint)]) == 1
    assert "count must be between" in capsys.readouterr().err


def test_a_missing_checkpoint_is_a_sentence_not_a_traceback(tmp_path, capsys):
    assert main(["a red apple", "--checkpoint", str(tmp_path)]) == 1
    assert "There is no model checkpoint" in capsys.readouterr().err
