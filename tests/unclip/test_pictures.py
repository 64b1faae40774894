import io

import numpy as np
import pytest
from PIL import Image

from generation.unclip import PictureInvalid, open_picture
from generation.unclip.pictures import MAX_EDGE, flatten, hole, square


def stored(picture: Image.Image, kind: str = "PNG", **options) -> io.BytesIO:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return io.BytesIO(file.getvalue())


def test_a_plain_picture_is_read():
    assert open_picture(stored(Image.new("RGB", (3, 2), "red"))).getpixel((0, 0)) == (255, 0, 0)


def test_what_is_no_picture_is_refused():
    with pytest.raises(PictureInvalid, match="not a picture"):
        open_picture(io.BytesIO(b"GIF, honestly"))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(PictureInvalid, match=r"nothing\.png"):
        open_picture(tmp_path / "nothing.png")


def test_a_cut_off_picture_is_refused():
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8))
    with pytest.raises(PictureInvalid, match="damaged or cut off"):
        open_picture(io.BytesIO(stored(noise).getvalue()[:2000]))


def test_a_huge_picture_is_refused_before_it_is_decoded(monkeypatch):
    file = stored(Image.new("1", (30_000, 30_000)), compress_level=9)
    monkeypatch.setattr(Image.Image, "load", lambda picture: pytest.fail("decoded"))
    with pytest.raises(PictureInvalid, match=r"too large"):
        open_picture(file)


def test_a_long_strip_is_refused():
    with pytest.raises(PictureInvalid, match=r"20,001 x 1 pixels"):
        flatten(Image.new("RGB", (MAX_EDGE + 1, 1)))


def test_cmyk_becomes_rgb():
    assert open_picture(stored(Image.new("CMYK", (2, 2), (0, 255, 255, 0)), "JPEG", quality=95)).mode == "RGB"


@pytest.mark.parametrize(("kind", "number"), [("PNG", np.uint16), ("TIFF", np.uint16), ("TIFF", np.int32)])
def test_sixteen_bits_keep_their_gray(kind, number):
    picture = Image.fromarray(np.full((2, 2), 32896, number))
    assert open_picture(stored(picture, kind)).getpixel((0, 0)) == (128, 128, 128)


def test_floats_that_are_no_numbers_are_refused():
    with pytest.raises(PictureInvalid, match="not numbers"):
        flatten(Image.fromarray(np.full((2, 2), np.nan, np.float32)))


def test_of_an_animation_the_first_frame_is_taken():
    first, second = Image.new("RGB", (4, 4), "red"), Image.new("RGB", (4, 4), "blue")
    assert open_picture(stored(first, "GIF", save_all=True, append_images=[second])).getpixel((0, 0)) == (255, 0, 0)


def test_a_picture_is_turned_as_its_exif_says():
    exif = Image.Exif()
    exif[0x0112] = 6
    assert open_picture(stored(Image.new("RGB", (8, 2)), "JPEG", exif=exif)).size == (2, 8)


def test_transparency_is_laid_on_white():
    assert flatten(Image.new("RGBA", (2, 2), (0, 0, 0, 0))).getpixel((0, 0)) == (255, 255, 255)


def test_the_middle_is_what_a_square_shows():
    picture = Image.new("RGB", (30, 10), "red")
    picture.paste("blue", (10, 0, 20, 10))
    assert square(picture, 4).getpixel((2, 2)) == (0, 0, 255)


def test_a_hole_is_where_the_mask_is_transparent():
    mask = Image.new("RGBA", (4, 2), "black")
    mask.putpixel((3, 1), (0, 0, 0, 0))
    assert np.argwhere(hole(mask, (4, 2))).tolist() == [[1, 3]]


@pytest.mark.parametrize("mask", [Image.new("RGB", (4, 2)), Image.new("RGBA", (4, 2), "white")])
def test_a_mask_without_transparency_is_refused(mask):
    with pytest.raises(PictureInvalid, match="no transparent part"):
        hole(mask, (4, 2))


def test_a_mask_of_another_size_is_refused():
    with pytest.raises(PictureInvalid, match="4 x 2 pixels, not 2 x 4"):
        hole(Image.new("RGBA", (2, 4)), (4, 2))
