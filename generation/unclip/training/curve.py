"""The loss while a stage trains: its points in loss.jsonl, drawn as a line over the samples in loss.png."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFont

POINTS, CHART = "loss.jsonl", "loss.png"
SIZE = (960, 540)
# Drawn larger and shrunk, since Pillow draws lines with hard edges.
_SCALE = 2
_LEFT, _TOP, _RIGHT, _BOTTOM = 72, 48, 32, 56
_INK, _FAINT, _LINE = (70, 76, 88), (226, 229, 235), (37, 99, 235)
# At first a loss falls so steeply that nothing of the rest would be seen beside it.
_STEEP_SHARE = 0.05


class Point(NamedTuple):
    """The smoothed loss after a step."""

    step: int
    samples: int
    loss: float


class LossCurve:
    """The points of one stage's folder up to `step`, where its training goes on; later ones on disk are cut."""

    def __init__(self, folder: Path, step: int) -> None:
        self._folder = folder
        self.points = [point for point in _read(folder / POINTS) if point.step <= step]
        partial = folder / f"{POINTS}.partial"
        partial.write_text("".join(map(_line, self.points)), encoding="utf-8")
        os.replace(partial, folder / POINTS)

    def add(self, point: Point) -> None:
        self.points.append(point)
        with (self._folder / POINTS).open("a", encoding="utf-8") as lines:
            lines.write(_line(point))

    def draw(self, title: str) -> None:
        """Writes the chart, once there are two points to draw a line between."""
        if len(self.points) > 1:
            partial = self._folder / f"{CHART}.partial"
            chart(self.points, title).save(partial, "PNG", optimize=True)
            os.replace(partial, self._folder / CHART)


def chart(points: Sequence[Point], title: str) -> Image.Image:
    """The loss over the samples, of two points or more, as a picture of SIZE pixels."""
    picture = Image.new("RGB", (SIZE[0] * _SCALE, SIZE[1] * _SCALE), "white")
    frame = _Frame(ImageDraw.Draw(picture), points)
    frame.scales(title)
    frame.line(points)
    return picture.resize(SIZE, Image.Resampling.LANCZOS)


class _Frame:
    """The place of a chart within its picture, and what its edges stand for."""

    def __init__(self, draw: ImageDraw.ImageDraw, points: Sequence[Point]) -> None:
        self.draw, self.font = draw, ImageFont.load_default(15 * _SCALE)
        losses = [point.loss for point in points]
        settled = losses[min(math.ceil(len(losses) * _STEEP_SHARE), len(losses) - 2) :]
        self.across = round_numbers(0, points[-1].samples)
        self.up = round_numbers(min(losses), max(settled))

    def place(self, samples: float, loss: float) -> tuple[float, float]:
        """In pixels of the enlarged picture."""
        width, height = SIZE[0] - _LEFT - _RIGHT, SIZE[1] - _TOP - _BOTTOM
        right = (samples - self.across[0]) / (self.across[-1] - self.across[0])
        high = (loss - self.up[0]) / (self.up[-1] - self.up[0])
        return (_LEFT + right * width) * _SCALE, (_TOP + (1 - high) * height) * _SCALE

    def scales(self, title: str) -> None:
        for loss in self.up:
            ends = [self.place(samples, loss) for samples in (self.across[0], self.across[-1])]
            self.draw.line(ends, _FAINT, _SCALE)
            self._write((ends[0][0] - 8 * _SCALE, ends[0][1]), f"{loss:.4g}", "rm")
        bottom = self.up[0]
        for samples in self.across:
            left, low = self.place(samples, bottom)
            self._write((left, low + 8 * _SCALE), short(samples), "mt")
        self._write((SIZE[0] / 2 * _SCALE, (SIZE[1] - 8) * _SCALE), "samples", "mb")
        self._write((_LEFT * _SCALE, _TOP / 2 * _SCALE), title, "lm")

    def line(self, points: Sequence[Point]) -> None:
        """Begins where the loss has fallen into the frame."""
        places = [self.place(point.samples, point.loss) for point in points if point.loss <= self.up[-1]]
        self.draw.line(places, _LINE, 2 * _SCALE, joint="curve")

    def _write(self, place: tuple[float, float], text: str, anchor: str) -> None:
        self.draw.text(place, text, _INK, self.font, anchor)


def round_numbers(low: float, high: float, most: int = 8) -> list[float]:
    """Evenly spaced round numbers, at most `most`, of which the first is at most `low`, the last at least `high`."""
    high = max(high, low + 1e-9 * max(1.0, abs(low)))
    size = 10.0 ** math.floor(math.log10((high - low) / most))
    for step in (size * factor for factor in (1, 2, 5, 10, 20, 50)):
        first, last = math.floor(low / step), math.ceil(high / step)
        if last - first < most:
            break
    return [number * step for number in range(first, last + 1)]


def short(count: float) -> str:
    """A number of samples in few letters: "500", "20k", "1.5M"."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if count >= size:
            return f"{count / size:.4g}{letter}"
    return f"{count:.4g}"


def _line(point: Point) -> str:
    return json.dumps(point._asdict()) + "\n"


def _read(path: Path) -> list[Point]:
    """The points of a file, up to a line that a kill may have left half written."""
    points: list[Point] = []
    try:
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                points.append(Point(**json.loads(line)))
    except (FileNotFoundError, json.JSONDecodeError):
        pass
    return points
