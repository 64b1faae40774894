"""Avatars that DiceBear's generators draw, with captions that name what was chosen for each.

The generators are programs for Node.js, which `npm` comes with.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from . import npm
from .npm import SourceUnavailable
from .sources import Drawing, Source, SourceFacts

STYLE = "flat-avatar"
VERSION = "9.4.3"
CORE = f"@dicebear/core@{VERSION}"
COUNT = 350
DRAW_SECONDS = 300
_SCRIPT = Path(__file__).with_suffix(".mjs")
HAIR_COLORS = {"1f1a17": "black", "6a4430": "brown", "e3b75a": "blond", "b8472a": "red", "b5b5bd": "gray"}
TAGS = ("person", "face", "portrait", "profile picture")
#: A person is called by the first of these that they have, else by the color of their hair.
NAMED_BY = ("beard", "mustache", "glasses", "sunglasses", "cap", "beanie", "turban")


class NodeMissing(SourceUnavailable):
    """Node.js is not installed, which draws the avatars (Debian: apt install nodejs); install it and prepare again."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


@dataclass(frozen=True)
class Generator:
    """One of DiceBear's styles.

    `hair` are the kinds to draw and their words: an adjective, or what is worn in its place. `worn` are other parts and
    the words for those of their values that a caption names. `options` are passed on as they are.
    """

    key: str
    author: str
    hair: Mapping[str, str]
    worn: Mapping[str, Mapping[str, str]]
    options: Mapping[str, object] = field(default_factory=dict)

    @property
    def package(self) -> str:
        return f"@dicebear/{self.key}@{VERSION}"

    @property
    def facts(self) -> SourceFacts:
        url = f"https://www.dicebear.com/styles/{self.key}/"
        return SourceFacts(f"dicebear-{self.key}", self.package, self.author, "CC-BY-4.0", url)


#: Worn in place of hair.
HATS = frozenset({"cap", "beanie", "turban"})
BALD = "bald"
_CATS = {"short": 12, "long": 12}
GENERATORS = (
    Generator(
        "adventurer",
        "Lisa Wischofsky",
        {f"{kind}{number:02}": kind for kind, most in _CATS.items() for number in range(1, most + 1)}
        | {"short12": "mohawk"},
        {
            "glasses": {"variant01": "sunglasses"} | {f"variant{number:02}": "glasses" for number in range(2, 6)},
            "features": {"mustache": "mustache"},
        },
        {"glassesProbability": 35, "features": ["mustache"], "featuresProbability": 15},
    ),
    Generator(
        "big-smile",
        "Ashley Seo",
        {
            "shortHair": "short", "mohawk": "mohawk", "wavyBob": "wavy", "curlyBob": "bob",
            "straightHair": "straight", "braids": "braided", "bunHair": "bun", "curlyShortHair": "short curly",
        },
        {"accessories": {"glasses": "glasses", "sunglasses": "sunglasses", "mustache": "mustache"}},
        {"accessories": ["glasses", "sunglasses", "mustache"]},
    ),
    Generator(
        "micah",
        "Micah Lanier",
        {"fonze": "short", "mrT": "mohawk", "mrClean": BALD, "full": "long", "turban": "turban", "pixie": "short"},
        {"glasses": {"round": "glasses", "square": "glasses"}, "facialHair": {"beard": "beard"}},
        {"facialHair": ["beard"], "facialHairProbability": 25},
    ),
    Generator(
        "personas",
        "Draftbit",
        {
            "long": "long", "shortCombover": "short", "bobCut": "bob", "curly": "curly",
            "curlyBun": "curly", "bald": BALD, "cap": "cap", "beanie": "beanie", "straightBun": "bun",
            "extraLong": "long", "mohawk": "mohawk",
        },
        {
            "eyes": {"glasses": "glasses", "sunglasses": "sunglasses"},
            "facialHair": {"beardMustache": "beard", "walrus": "mustache"},
        },
        {
            "facialHair": ["beardMustache", "walrus"], "facialHairProbability": 20,
            "mouth": ["smile", "bigSmile", "smirk"],
        },
    ),
)  # fmt: skip
#: Kinds of hair that are nouns.
_NOUNS = frozenset({"mohawk", "bun", "bob"})


def load(generator: Generator, into: Path, *, cache: Path) -> Source:
    """The generator's avatars; its programs are unpacked below `into`. Raises SourceUnavailable."""
    facts, found = generator.facts, []
    for line in _drawn(generator, into, cache):
        concept, subject = meaning_of(generator, line["chosen"])
        # Framed, so that the color of the skin does not become the subject's.
        found.append(Drawing(concept, subject, STYLE, TAGS, facts.name, facts.license, line["svg"], is_framed=True))
    return Source(facts, tuple(found))


def meaning_of(generator: Generator, chosen: Mapping[str, str]) -> tuple[str, str]:
    """Concept and subject of an avatar: ("person with glasses", "person with long red hair and glasses")."""
    hair = generator.hair[chosen["hair"]]
    color = HAIR_COLORS.get(str(chosen.get("hairColor", "")).removeprefix("#"), "")
    worn = [words[chosen[part]] for part, words in generator.worn.items() if chosen.get(part) in words]
    worn += [hair] * (hair in HATS)
    person = "bald person" if hair == BALD else "person"
    features = [_with_article(each) for each in worn]
    if hair not in HATS and hair != BALD:
        features.insert(0, f"a {color} {hair}" if hair in _NOUNS else f"{hair} {color} hair")
    named = next((each for each in NAMED_BY if each in worn), None)
    if named:
        concept = f"person with {_with_article(named)}"
    else:
        concept = person if hair == BALD else f"person with {color} hair"
    return concept, f"{person} with {_listed(features)}" if features else person


def _listed(features: Sequence[str]) -> str:
    """As a sentence lists things: "short red hair, glasses and a beard"."""
    return " and ".join(filter(None, (", ".join(features[:-1]), features[-1])))


def _with_article(worn: str) -> str:
    return worn if worn.endswith("glasses") else f"a {worn}"


def _drawn(generator: Generator, into: Path, cache: Path) -> Iterator[dict]:
    places = [_unpacked(package, into, cache) for package in (CORE, generator.package)]
    node = shutil.which("node")
    if node is None:
        raise NodeMissing
    options = {"hair": sorted(generator.hair), "hairColor": sorted(HAIR_COLORS), **generator.options}
    core, style = (str(place / "lib" / "index.js") for place in places)
    asked = json.dumps({"core": core, "style": style, "options": options, "count": COUNT})
    try:
        done = subprocess.run(
            [node, _SCRIPT], input=asked, capture_output=True, encoding="utf-8", check=True, timeout=DRAW_SECONDS
        )
        yield from map(json.loads, done.stdout.splitlines())
    except subprocess.CalledProcessError as exc:
        reason = next((line for line in exc.stderr.splitlines() if "Error" in line), "no reason given")
        raise SourceUnavailable(f"{generator.package} could not be drawn: {reason}") from exc
    except subprocess.TimeoutExpired as exc:
        raise SourceUnavailable(f"{generator.package} was not drawn within {DRAW_SECONDS // 60} minutes") from exc


def _unpacked(package: str, into: Path, cache: Path) -> Path:
    """The folder that holds the package's files, laid out as Node.js looks for them."""
    place = into / "node_modules" / package.rsplit("@", 1)[0]
    for path, content in npm.read(npm.fetch(package, cache), lambda path: ".." not in Path(path).parts).items():
        target = place / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return place
