from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pictures
from PIL import ImageChops, ImageCms, ImageStat

from gallery import decoding, renditions
from gallery.decoding import BadPicture, Damaged, NotAPicture, TooManyPixels, decode
from tests.gallery.files import HEIC, a_photo, empty_png, encoded
from tests.pictures import scene

XMP = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">A red\x01 bicycle</rdf:li></rdf:Alt></dc:title>
<dc:subject><rdf:Bag><rdf:li>Bicycle</rdf:li><rdf:li>red</rdf:li><rdf:li> </rdf:li></rdf:Bag></dc:subject>
</rdf:Description></rdf:RDF></x:xmpmeta>""".replace("\x01", "")
BOMB = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x:xmpmeta xmlns:x="adobe:ns:meta/">&b;</x:xmpmeta>'
GPS, EXIF, ORIENTATION = 0x8825, 0x8769, 0x0112


def decoded(data: bytes) -> decoding.Decoded:
    return decode(BytesIO(data))


def with_exif(**tags) -> bytes:
    exif = Pictures.Exif()
    exif[ORIENTATION] = tags.get("orientation", 1)
    exif[0x010E] = tags.get("description", "")
    exif.get_ifd(EXIF)[0x9003] = tags.get("taken", "")
    exif.get_ifd(EXIF)[0x9011] = tags.get("offset", "")
    exif.get_ifd(GPS)[2] = (52.0, 31.0, 12.0)
    return a_photo(exif=exif)


def difference(one: Pictures.Image, other: Pictures.Image) -> int:
    return max(high for _, high in ImageChops.difference(one, other).getextrema())


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "GIF"])
def test_every_format_is_read(kind):
    picture = decoded(encoded(scene(1), kind)).picture
    assert (picture.mode, picture.size) == ("RGB", (300, 200))


def test_heic_is_read():
    picture = decoded(HEIC).picture
    assert picture.size == (24, 16)
    assert difference(picture, Pictures.new("RGB", (24, 16), "#cc2233")) < 4


@pytest.mark.parametrize(
    "data", [b"", b"x", b"<svg/>", b"%PDF-1.7", b"PK\x03\x04", encoded(scene(1), "BMP"), encoded(scene(1), "TIFF")]
)
def test_what_is_no_picture_is_refused(data):
    with pytest.raises(NotAPicture, match="not a JPEG"):
        decoded(data)


@pytest.mark.parametrize("size", [(20_001, 1), (1, 20_001), (10_001, 10_000), (50_000, 50_000), (2**31 - 1, 2**31 - 1)])
def test_a_bomb_is_refused_before_it_goes_off(size, monkeypatch):
    monkeypatch.setattr(Pictures.Image, "load", lambda self: pytest.fail("decoded"))
    with pytest.raises(TooManyPixels, match="20,000 pixels"):
        decoded(empty_png(*size))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "GIF"])
def test_half_a_file_is_refused(kind):
    data = encoded(scene(1), kind)
    with pytest.raises(BadPicture):
        decoded(data[: len(data) // 2])


def test_a_claim_without_pixels_is_damaged():
    with pytest.raises(Damaged, match="did not arrive whole"):
        decoded(empty_png(300, 200))


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["JPEG", "PNG", "WEBP", "AVIF", "GIF"]), st.integers(0, 400), st.binary(min_size=1, max_size=40))
def test_broken_bytes_are_read_or_refused_and_nothing_else(kind, position, noise):
    data = encoded(scene(1, (32, 24)), kind)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decoding, "MOST_PIXELS", 1_000_000)
        with suppress(BadPicture):
            assert decoded(data[:position] + noise + data[position + len(noise) :]).picture.mode in {"RGB", "RGBA"}


def test_what_hangs_on_to_the_picture_is_not_taken_along():
    picture = decoded(a_photo(comment=b"<script>") + b"PK\x03\x04<script>").picture
    assert b"<script>" not in encoded(picture, "PNG")


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "AVIF"])
def test_the_first_frame_of_an_animation_is_kept_and_it_is_said(kind):
    read = decoded(encoded(scene(1), kind, save_all=True, append_images=[scene(2)]))
    assert (read.picture.size, read.note) == ((300, 200), "Only the first picture of the animation was kept.")


def test_an_upright_picture_is_what_was_seen():
    assert decoded(with_exif(orientation=6)).picture.size == (200, 300)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "GIF"])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_picture_can_be_read_small(kind, mode):
    small = decode(BytesIO(encoded(scene(1, (600, 400)).convert(mode), kind)), 60).picture
    assert (small.mode, small.size) == ("RGB", (60, 40))
    whole = scene(1, (600, 400)).convert(mode).convert("RGB").resize((60, 40), Pictures.Resampling.BICUBIC)
    assert ImageStat.Stat(ImageChops.difference(small, whole)).mean[0] < 8


def test_cmyk_becomes_rgb():
    assert difference(decoded(encoded(scene(1).convert("CMYK"), quality=95)).picture, scene(1)) < 60


def test_sixteen_bits_become_eight():
    deep = Pictures.new("I;16", (20, 10), 0x8000)
    assert decoded(encoded(deep, "PNG")).picture.getpixel((1, 1)) == (128, 128, 128)


@pytest.mark.parametrize("mode", ["1", "L", "P"])
def test_few_colors_become_rgb(mode):
    assert decoded(encoded(scene(1).convert(mode), "PNG")).picture.mode == "RGB"


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_transparency_is_kept(mode):
    picture = decoded(encoded(Pictures.new(mode, (9, 9)), "PNG")).picture
    assert (picture.mode, picture.getpixel((1, 1))[3]) == ("RGBA", 0)


def test_other_colors_become_srgb():
    swapped = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    for profile in (ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(), swapped, b"no profile"):
        assert difference(decoded(encoded(scene(1), "PNG", icc_profile=profile)).picture, scene(1)) <= 1


def test_xmp_tells_title_and_keywords():
    details = decoded(encoded(scene(1), "WEBP", xmp=XMP.encode())).details
    assert (details.title, details.keywords) == ("A red bicycle", ("bicycle", "red"))


@pytest.mark.parametrize("xmp", [BOMB, "<x", "", "<a/>", '<x:xmpmeta xmlns:x="adobe:ns:meta/"/>'])
def test_odd_xmp_is_passed_over(xmp):
    details = decoded(encoded(scene(1), "WEBP", xmp=xmp.encode() or b" ")).details
    assert (details.title, details.keywords) == ("", ())


def test_iptc_tells_title_and_keywords():
    records = [(5, b"A caf\xc3\xa9"), (25, b"Coffee"), (25, b"coffee"), (25, b"x" * 80), (120, b"A cup\x00 of it")]
    block = b"".join(b"\x1c\x02" + bytes([number]) + len(data).to_bytes(2) + data for number, data in records)
    resource = b"Photoshop 3.0\x008BIM\x04\x04\x00\x00" + len(block).to_bytes(4) + block + b"\x00" * (len(block) % 2)
    segment = b"\xff\xed" + (len(resource) + 2).to_bytes(2) + resource
    data = a_photo()
    details = decoded(data[:2] + segment + data[2:]).details
    assert (details.title, details.description) == ("A caf\u00e9", "A cup of it")
    assert details.keywords == ("coffee", "x" * 50)


@pytest.mark.parametrize(
    ("taken", "offset", "moment"),
    [
        ("2024:05:06 07:08:09", "", datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)),
        ("2024:05:06 07:08:09", "+02:00", datetime(2024, 5, 6, 7, 8, 9, tzinfo=timezone(timedelta(hours=2)))),
        ("0000:00:00 00:00:00", "", None),
        ("yesterday", "", None),
    ],
)
def test_exif_tells_the_date(taken, offset, moment):
    assert decoded(with_exif(taken=taken, offset=offset)).details.taken_at == moment


def test_the_place_is_forgotten():
    stored = renditions.encode(decoded(with_exif(description="Our garden")).picture, "png")
    with Pictures.open(BytesIO(stored)) as picture:
        assert not picture.info
