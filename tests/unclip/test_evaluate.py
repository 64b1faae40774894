import json
import random
from collections import Counter

import numpy as np
import pytest
import torch
from PIL import Image

from generation.unclip import TextToImage
from generation.unclip.tensors import to_images
from generation.unclip.training import artist, reference
from generation.unclip.training.__main__ import main
from generation.unclip.training.artist import Artist, drafts, finished
from generation.unclip.training.evaluate import draw_sheet, measure, repeat_seeds
from generation.unclip.training.judge_stage import JudgeStage
from generation.unclip.training.prompts import EVERYDAY_SEEN, HELD_OUT, SEEN, SHEET_PROMPTS, SYNONYMS, Ask
from generation.unclip.training.recipes import load
from generation.unclip.training.reference import NotMeasurable
from generation.unclip.training.report import REAL, REAL_SEEN
from generation.unclip.training.shards import ImageSet
from tests.unclip_training.sets import write_set

PROMPTS = ["a red apple", "a 3D icon of a fox on a blue background", "watercolor"]


def ask(seed, prompt="a red apple"):
    return Ask(prompt, seed, "3d-icon", ("red apple",), "blue")


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write_set(tmp_path_factory.mktemp("set"))


@pytest.fixture(scope="module")
def judge(data):
    torch.manual_seed(0)
    return JudgeStage(ImageSet(data), 0, load("tiny")["judge"]).model.eval()


def test_sheet_holds_every_prompt(tiny_engine, tmp_path):
    draw_sheet(tiny_engine, SHEET_PROMPTS[:4], tmp_path / "sheet.png", columns=2)
    assert Image.open(tmp_path / "sheet.png").size == (8 + 2 * 264, 8 + 2 * 264)


def test_many_prompts_at_a_time_give_the_drafts_of_each(tiny_engine):
    together = to_images(drafts(tiny_engine, PROMPTS, [3, 1, 2]))
    alone = [
        tiny_engine.generate(TextToImage(prompt, seed=seed, draft=True))[0].image
        for prompt, seed in zip(PROMPTS, (3, 1, 2), strict=True)
    ]
    differences = [
        torch.tensor(list(a.tobytes())) - torch.tensor(list(b.tobytes())) for a, b in zip(together, alone, strict=True)
    ]
    assert max(each.abs().max() for each in differences) <= 1


def test_finished_pictures_are_those_of_generate_made_smaller(tiny_engine):
    together = to_images(finished(tiny_engine, PROMPTS, [3, 1, 2]))
    for picture, prompt, seed in zip(together, PROMPTS, (3, 1, 2), strict=True):
        alone = tiny_engine.generate(TextToImage(prompt, seed=seed))[0].image.resize(
            (64, 64), Image.Resampling.BILINEAR
        )
        assert np.abs(np.asarray(picture, int) - np.asarray(alone, int)).max() <= 2


def test_an_artist_tells_how_much_is_left(tiny_engine, monkeypatch):
    monkeypatch.setattr(artist, "TELL_EVERY", -1.0)
    lines = []
    drawn = Artist(tiny_engine, 40, lines.append).draw(["a red apple"] * 20, range(20))
    assert drawn.shape == (20, 3, 64, 64)
    assert [line.partition("  ")[0] for line in lines] == ["drew 16 of 40", "drew 20 of 40"]
    assert lines[0].endswith(" left")


def test_each_prompt_is_repeated_with_seeds_of_its_own():
    groups = repeat_seeds([ask(7), ask(8, "a fox")])
    assert [{each.prompt for each in group} for group in groups] == [{"a red apple"}, {"a fox"}]
    assert [each.seed for each in groups[1]] == list(range(8))


def test_every_kind_of_prompt_is_measured_beside_real_pictures(tiny_engine, judge, data, monkeypatch):
    monkeypatch.setattr(reference, "LOOKS", 32)
    lines = []
    columns = measure(tiny_engine, judge, ImageSet(data), 3, lines.append)
    assert list(columns) == [REAL, REAL_SEEN, SEEN, EVERYDAY_SEEN, HELD_OUT, SYNONYMS]
    assert all(0 <= found.top1 <= found.top5 <= 1 and found.mmd is not None for found in columns.values())
    assert [kind for kind, found in columns.items() if found.diversity is not None] == [REAL, EVERYDAY_SEEN]
    assert any("32 real held-out pictures" in line for line in lines)
    assert any("32 that it was trained with" in line for line in lines)
    assert "hound" in lines[0]
    assert "android" not in lines[0]


def test_real_pictures_are_looked_at_pair_by_pair(data):
    images, rng = ImageSet(data), random.Random(0)
    rows = [0] * 99 + [1]  # the first pair has far more pictures than the second
    looks = Counter(reference.each_pair_alike(images, rows, rng))
    assert 0.45 < looks[1] / reference.LOOKS < 0.55


def test_a_set_that_holds_nothing_out_cannot_be_measured_with(tiny_engine, judge, tmp_path):
    with pytest.raises(NotMeasurable, match="holds out no pictures"):
        measure(tiny_engine, judge, ImageSet(write_set(tmp_path, held_out=None)), 1, lambda line: None)


def test_the_command_prints_the_table_and_writes_it(tiny_checkpoint, judge, data, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(reference, "LOOKS", 32)
    monkeypatch.setattr("generation.unclip.training.prompts.SHEET_PROMPTS", SHEET_PROMPTS[:2])
    judge.save(tmp_path / "judge")
    places = {"judge": tmp_path / "judge", "data": data, "sheet": tmp_path / "sheet.png", "out": tmp_path / "out.json"}
    options = [str(word) for name, place in places.items() for word in (f"--{name}", place)]
    assert main(["evaluate", "--checkpoint", str(tiny_checkpoint), "--samples", "2", "--device", "cpu", *options]) == 0
    assert "| background right |" in capsys.readouterr().out
    assert json.loads(places["out"].read_text())["samples"] == 2
    assert places["sheet"].exists()


def test_evaluating_without_a_judge_names_the_command(data, tmp_path, capsys):
    assert main(["evaluate", "--judge", str(tmp_path / "none"), "--data", str(data)]) == 1
    assert "training train judge --minutes" in capsys.readouterr().err


def test_evaluating_without_data_says_how_to_get_it(judge, tmp_path, capsys):
    judge.save(tmp_path / "judge")
    assert main(["evaluate", "--judge", str(tmp_path / "judge"), "--data", str(tmp_path / "none")]) == 1
    assert "prepare" in capsys.readouterr().err


def test_at_least_one_sample_is_needed(capsys):
    assert main(["evaluate", "--samples", "0"]) == 1
    assert "--samples" in capsys.readouterr().err
