import pytest
import torch
from torch.nn import functional as F

from generation.unclip.mosaic import mosaic


@pytest.mark.parametrize("size", [(40, 100), (64, 64), (130, 33)])
def test_what_looks_at_each_pixel_alone_is_drawn_as_without_tiles(size):
    picture = torch.randn(2, 3, *size)
    assert torch.allclose(mosaic(lambda seen: 2 * seen[:, :1], picture, 32, 8), 2 * picture[:, :1], atol=1e-5)


def test_a_small_picture_is_drawn_as_it_is():
    picture = torch.randn(1, 3, 32, 32)
    assert mosaic(lambda seen: seen, picture, 32, 8) is picture


def test_tiles_fade_into_each_other():
    """A network that draws each tile in a shade of its own leaves no step where two of them meet."""
    shades = iter(range(100))
    drawn = mosaic(lambda seen: torch.full_like(seen, next(shades)), torch.zeros(1, 1, 32, 104), 32, 8)
    assert drawn.diff(dim=-1).abs().max() < 0.3


def test_no_tile_is_larger_than_an_edge():
    sizes = []
    mosaic(lambda seen: sizes.append(seen.shape[-2:]) or seen, torch.zeros(1, 1, 40, 100), 32, 8)
    assert {max(size) for size in sizes} == {32}


def test_pixels_look_at_their_neighbors_across_tiles():
    picture = torch.randn(1, 1, 64, 64)

    def blur(seen):
        return F.avg_pool2d(seen, 3, 1, 1)

    drawn, whole = mosaic(blur, picture, 32, 16), blur(picture)
    assert (drawn - whole).abs().max() < (picture - whole).abs().max() / 5
