from dataclasses import replace

import pytest

from generation.unclip.training import sources
from generation.unclip.training.emoji import EmojiTable
from generation.unclip.training.npm import SourceUnavailable
from generation.unclip.training.sources import IconSet

from .conftest import APPLE, DISC, SQUARE, icon_set

ICONS = IconSet("some-icons", "flat-icon")


@pytest.fixture
def table():
    return EmojiTable([APPLE])


def drawings(collection, table, icons=ICONS):
    return sources._icon_source(icons, {icons.key: collection}, table).drawings


def quiet(line):
    pass


def test_every_source_is_collected(cache):
    found, skipped = sources.collect(cache, quiet)
    assert ({source.facts.name for source in found}, skipped) == (
        {"fluent-emoji-3d"} | {icons.key for icons in sources.ICON_SETS},
        [],
    )


def test_flags_and_lettering_are_not_drawn(cache):
    found, _ = sources.collect(cache, quiet)
    assert {drawing.concept for drawing in sources.stream(found)} == {"red apple", "gift box"}


def test_emoji_have_the_words_of_emojibase(cache):
    found, _ = sources.collect(cache, quiet)
    drawing = next(each for each in sources.stream(found) if each.source == "noto")
    assert (drawing.subject, drawing.tags, drawing.style) == ("red apple", ("apple", "fruit"), "cartoon-emoji")


def test_a_missing_package_is_skipped_and_named(cache, monkeypatch):
    monkeypatch.setattr("shutil.which", lambda name: None)
    next(cache.glob("*fluent*")).unlink()
    found, skipped = sources.collect(cache, quiet)
    assert "npm is not installed" in skipped[0]
    assert "noto" in {source.facts.name for source in found}


def test_a_set_under_another_license_is_refused(table):
    with pytest.raises(SourceUnavailable, match="CC-BY-SA"):
        drawings(icon_set({"box": DISC}, license="CC-BY-SA-4.0"), table)


def test_the_largest_of_several_sizes_is_drawn(table):
    (drawing,) = drawings(icon_set({"box-16": DISC, "box-48": SQUARE, "box-20": DISC}), table)
    assert SQUARE in drawing.content


def test_unwanted_variants_are_skipped(table):
    collection = icon_set({"box-duo": DISC, "gift": SQUARE})
    assert [each.concept for each in drawings(collection, table, replace(ICONS, skip="-duo$"))] == ["gift"]


def test_an_icon_brings_its_own_box(table):
    collection = icon_set({"box": DISC})
    collection["icons"]["box"]["width"] = 32
    (drawing,) = drawings(collection, table)
    assert 'viewBox="0 0 32 16"' in drawing.content
