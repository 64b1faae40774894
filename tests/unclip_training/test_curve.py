import itertools

import numpy as np
import pytest
import torch
from PIL import Image

from generation.unclip.training import loop
from generation.unclip.training.curve import CHART, POINTS, SIZE, LossCurve, Point, chart, round_numbers, short
from generation.unclip.training.loop import Stage, Trainer
from generation.unclip.training.recipes import Recipe

FALLING = [Point(step, step * 10, 1 / step) for step in range(1, 40)]


class OneNumber(Stage):
    """A model of one weight, which is drawn to zero."""

    name = "number"
    recipe = Recipe(batch_size=4, learning_rate=0.1, warmup=1)

    def __init__(self):
        self.model = torch.nn.Linear(1, 1, bias=False)
        torch.nn.init.ones_(self.model.weight)

    def batches(self, start):
        return itertools.count(start)

    def loss(self, batch, generator):
        return self.model(torch.ones(1)).square().sum()

    def save(self, model, folder):
        folder.mkdir(exist_ok=True)


@pytest.fixture
def trainer(tmp_path, monkeypatch):
    """Makes a trainer that marks every step."""
    monkeypatch.setattr(loop, "TELL_EVERY", -1)
    return lambda: Trainer(OneNumber(), tmp_path, torch.device("cpu"), lambda line: None)


def inked(picture):
    """Where the line of a chart is, as booleans."""
    pixels = np.asarray(picture.convert("RGB")).astype(int)
    return (pixels[..., 2] - pixels[..., 0]) > 100


@pytest.mark.parametrize(
    ("low", "high", "numbers"),
    [(0, 100, [0, 20, 40, 60, 80, 100]), (0.31, 0.39, [0.3, 0.32, 0.34, 0.36, 0.38, 0.4]), (-3, 2, range(-3, 3))],
)
def test_scales_have_round_numbers(low, high, numbers):
    assert round_numbers(low, high) == pytest.approx(list(numbers))


@pytest.mark.parametrize(("low", "high"), [(2, 2), (0, 1e-6), (0, 7e9), (0.1234, 0.1237)])
def test_a_scale_spans_its_numbers_with_few_marks(low, high):
    marks = round_numbers(low, high)
    assert marks[0] - 1e-12 <= low <= high <= marks[-1] + 1e-12
    assert 1 < len(marks) <= 8


@pytest.mark.parametrize(("count", "text"), [(0, "0"), (500, "500"), (20_000, "20k"), (1.5e6, "1.5M"), (2e9, "2G")])
def test_numbers_of_samples_are_short(count, text):
    assert short(count) == text


def test_a_falling_loss_is_a_falling_line():
    line = inked(chart(FALLING, "number: loss"))
    columns = np.flatnonzero(line.any(axis=0))
    heights = [np.flatnonzero(line[:, column]).mean() for column in columns[[2, len(columns) // 2, -3]]]
    assert line.shape == SIZE[::-1]
    assert heights == sorted(heights)
    assert heights[-1] - heights[0] > SIZE[1] / 2


def test_what_falls_steeply_at_first_does_not_flatten_the_rest():
    line = inked(chart([Point(1, 10, 1000.0), *FALLING[1:]], "number: loss"))
    assert np.ptp(np.flatnonzero(line.any(axis=1))) > SIZE[1] / 2


def test_points_are_kept_and_later_ones_cut(tmp_path):
    curve = LossCurve(tmp_path, 0)
    for point in FALLING:
        curve.add(point)
    assert LossCurve(tmp_path, 20).points == FALLING[:20]
    assert LossCurve(tmp_path, 40).points == FALLING[:20]


def test_a_line_cut_off_by_a_kill_is_dropped(tmp_path):
    curve = LossCurve(tmp_path, 0)
    curve.add(FALLING[0])
    with (tmp_path / POINTS).open("a") as lines:
        lines.write('{"step": 2, "samp')
    assert LossCurve(tmp_path, 40).points == FALLING[:1]


def test_one_point_is_no_line_yet(tmp_path):
    curve = LossCurve(tmp_path, 0)
    curve.add(FALLING[0])
    curve.draw("number: loss")
    assert not (tmp_path / CHART).exists()


def test_training_draws_its_loss(trainer, tmp_path):
    trainer().run(minutes=0.2 / 60)
    points = LossCurve(tmp_path, 10**9).points
    assert points[-1].loss < points[0].loss
    assert points[-1].samples == 4 * points[-1].step
    assert Image.open(tmp_path / CHART).size == SIZE


def test_the_curve_goes_on_from_the_last_checkpoint(trainer, tmp_path):
    first = trainer()
    first.run(minutes=0.1 / 60)
    saved = first.step
    # As a run that is killed before its next checkpoint leaves it.
    first.curve.add(Point(saved + 5, 4 * (saved + 5), 7.0))
    again = trainer()
    assert again.curve.points[-1].step == saved
    again.run(minutes=0.2 / 60)
    steps = [point.step for point in LossCurve(tmp_path, 10**9).points]
    assert steps == sorted(steps)
    assert 7.0 not in {point.loss for point in LossCurve(tmp_path, 10**9).points}


def test_a_folder_without_a_checkpoint_begins_a_new_curve(trainer, tmp_path):
    LossCurve(tmp_path, 0).add(FALLING[0])
    assert trainer().curve.points == []
