import io

import pytest
from PIL import Image

from generation.unclip.training import clipart
from generation.unclip.training.npm import SourceUnavailable

from .conftest import deb

KNOWN = {"red", "apple", "fruit", "rock", "roll"}
OPEN = "http://web.resource.org/cc/PublicDomain"


def svg(title, keywords=(), license=OPEN):
    items = "".join(f"<rdf:li>{word}</rdf:li>" for word in keywords)
    return (
        f'<svg><metadata><cc:Work rdf:about=""><dc:title>{title}</dc:title><dc:subject>{items}</dc:subject>'
        f"<dc:creator><dc:title>Ann Artist</dc:title></dc:creator>"
        f'<cc:license rdf:resource="{license}"/></cc:Work></metadata></svg>'
    ).encode()


@pytest.mark.parametrize(
    ("content", "meaning"),
    [
        (svg("Red Apple", ["Fruit", "", "hash(0x8a3ecd4)", "red apple"]), ("red apple", ("fruit",))),
        (svg("apple", license="http://creativecommons.org/licenses/publicdomain/"), ("apple", ())),
        (svg("Rock &amp; Roll"), ("rock roll", ())),
        (svg("Mela rossa"), None),
        (svg("Red Apple", license="http://creativecommons.org/licenses/GPL/2.0/"), None),
        (svg("", ["apple"]), None),
        (b"<svg/>", None),
    ],
    ids=["keywords", "other address", "entity", "other language", "not open", "no title", "no metadata"],
)
def test_titles_and_keywords_become_captions(content, meaning):
    assert clipart.meaning_of(content, KNOWN) == meaning


def png(edge):
    buffer = io.BytesIO()
    Image.new("1", (edge, 40)).save(buffer, "PNG")
    return buffer.getvalue()


def packages(folder):
    names = ("food/fruit/apple_01", "food/fruit/mela", "shapes/apple", "food/fruit/apple_02")
    titles = ("Red Apple", "Mela", "apple", "apple")
    drawn = {f"usr/share/openclipart/svg/{name}.svg": svg(title) for name, title in zip(names, titles, strict=True)}
    deb(folder, "openclipart-svg", drawn)
    pictures = (png(40), png(40), png(40), png(5000))
    files = {f"usr/share/openclipart/png/{name}.png": content for name, content in zip(names, pictures, strict=True)}
    deb(folder, "openclipart-png", files)


def test_a_drawing_of_some_size_beside_a_useful_title_is_taken(tmp_path):
    packages(tmp_path)
    (drawing,) = clipart.load(tmp_path / "cache", [tmp_path], KNOWN).drawings
    assert (drawing.concept, drawing.style, drawing.license, drawing.content) == (
        "red apple",
        "clip-art",
        "public domain",
        png(40),
    )


def test_clip_art_that_cannot_be_had_is_named(tmp_path):
    with pytest.raises(SourceUnavailable, match="openclipart-svg"):
        clipart.load(tmp_path / "cache", [], KNOWN)
