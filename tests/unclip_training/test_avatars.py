"""Avatars, drawn by two small packages of the same interface as DiceBear's."""

import shutil
from dataclasses import replace

import pytest

from generation.unclip.training import avatars
from generation.unclip.training.avatars import GENERATORS, NodeMissing, meaning_of
from generation.unclip.training.npm import SourceUnavailable
from generation.unclip.training.render import render

from .conftest import pack

BY_KEY = {generator.key: generator for generator in GENERATORS}
PERSONAS = BY_KEY["personas"]
CORE = b"""
export const createAvatar = (style, options) => ({
  toString: () => style.draw(options.hairColor[0]),
  toJson: () => ({ extra: { hair: options.hair[options.seed % options.hair.length], hairColor: "#b8472a" } }),
});
"""
DRAWN = b"""
export const draw = (color) => `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8">
  <circle cx="4" cy="4" r="3" fill="#${color}"/></svg>`;
"""

with_node = pytest.mark.skipif(not shutil.which("node"), reason="Node.js draws the avatars")


@pytest.mark.parametrize(
    ("key", "chosen", "meaning"),
    [
        ("personas", {"hair": "long", "hairColor": "#b8472a"}, ("person with red hair", "person with long red hair")),
        (
            "personas",
            {"hair": "mohawk", "hairColor": "#e3b75a", "eyes": "glasses", "facialHair": "beardMustache"},
            ("person with a beard", "person with a blond mohawk, glasses and a beard"),
        ),
        ("personas", {"hair": "cap", "hairColor": "#b8472a"}, ("person with a cap", "person with a cap")),
        ("personas", {"hair": "bald", "eyes": "open"}, ("bald person", "bald person")),
        (
            "micah",
            {"hair": "mrClean", "glasses": "round"},
            ("person with glasses", "bald person with glasses"),
        ),
        (
            "big-smile",
            {"hair": "curlyShortHair", "hairColor": "#1f1a17", "accessories": "sunglasses"},
            ("person with sunglasses", "person with short curly black hair and sunglasses"),
        ),
        (
            "adventurer",
            {"hair": "short12", "hairColor": "#b5b5bd", "glasses": "variant01"},
            ("person with sunglasses", "person with a gray mohawk and sunglasses"),
        ),
    ],
)
def test_what_was_chosen_becomes_a_caption(key, chosen, meaning):
    assert meaning_of(BY_KEY[key], chosen) == meaning


def generator(cache, drawn=DRAWN):
    """Personas, as the small packages draw them."""
    for package, content in ((avatars.CORE, CORE), (PERSONAS.package, drawn)):
        pack(cache, package, {"package.json": {"type": "module"}, "lib/index.js": content})
    return replace(PERSONAS, hair={"long": "long", "bald": "bald"})


@with_node
def test_avatars_are_drawn_with_their_captions(tmp_path):
    source = avatars.load(generator(tmp_path / "cache"), tmp_path / "into", cache=tmp_path / "cache")
    assert len(source.drawings) == avatars.COUNT
    assert [drawing.subject for drawing in source.drawings[:2]] == ["bald person", "person with long red hair"]
    assert (source.facts.author, source.facts.license) == ("Draftbit", "CC-BY-4.0")


@with_node
def test_an_avatar_has_no_color_of_its_own(tmp_path):
    source = avatars.load(generator(tmp_path / "cache"), tmp_path / "into", cache=tmp_path / "cache")
    drawn = render(source.drawings[0], 32)
    assert (drawn.color, drawn.fills_frame) == (None, False)


@with_node
def test_a_generator_that_fails_is_named_with_its_reason(tmp_path):
    broken = generator(tmp_path / "cache", b"throw new Error('no such shape');")
    with pytest.raises(SourceUnavailable, match=r"personas.*no such shape"):
        avatars.load(broken, tmp_path / "into", cache=tmp_path / "cache")


def test_missing_node_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(NodeMissing, match=r"apt install nodejs"):
        avatars.load(generator(tmp_path / "cache"), tmp_path / "into", cache=tmp_path / "cache")
