import pytest
from PIL import Image

from generation.unclip.training.evaluate import SHEET_PROMPTS, background_share, draw_sheet, seen_background
from generation.unclip.training.palette import COLORS


@pytest.mark.parametrize("color", COLORS)
def test_background_is_seen_around_a_subject(color):
    picture = Image.new("RGB", (256, 256), COLORS[color])
    picture.paste("red" if color != "red" else "blue", (40, 40, 216, 256))
    assert seen_background(picture) == color


def test_sheet_holds_every_prompt(tiny_engine, tmp_path):
    draw_sheet(tiny_engine, SHEET_PROMPTS[:4], tmp_path / "sheet.png", columns=2)
    assert Image.open(tmp_path / "sheet.png").size == (8 + 2 * 264, 8 + 2 * 264)


def test_a_model_that_ignores_the_background_is_found_out(tiny_engine):
    assert background_share(tiny_engine, 4, lambda line: None) < 1
