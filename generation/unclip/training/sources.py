"""The openly licensed sets of pictures, and the drawings in them with their captions' facts. Renders nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from . import npm, words
from .emoji import EmojiTable
from .looks import LOOKS

FLUENT_3D = "@lobehub/fluent-emoji-3d@1.1.0"
ICONIFY = "@iconify/json@2.2.535"
#: Licenses under which a model trained on a picture may be given to others.
OPEN_LICENSES = frozenset({"MIT", "Apache-2.0", "CC-BY-4.0"})


@dataclass(frozen=True)
class IconSet:
    """A set inside the Iconify package: its key there, our style key, and how its names become captions.

    Names that match `skip` are left out. A framed set draws on a colored disc, whose color is not the subject's.
    Each drawing is kept once more in each of the `looks`, which are styles of their own.
    """

    key: str
    style: str
    is_emoji: bool = False
    is_framed: bool = False
    skip: str = r"$^"
    looks: tuple[str, ...] = ()


#: The order is that of the held-out rule: the n-th of these styles is left out.
OPEN_EMOJI_SETS = (
    IconSet("fluent-emoji-flat", "flat-icon", is_emoji=True, looks=tuple(LOOKS)),
    IconSet("noto", "cartoon-emoji", is_emoji=True),
    IconSet("noto-v1", "blob-emoji", is_emoji=True),
    IconSet("twemoji", "minimal-flat-emoji", is_emoji=True),
    IconSet("emojione", "bold-flat-illustration", is_emoji=True),
    IconSet("fxemoji", "soft-flat-emoji", is_emoji=True),
)
ICON_SETS = (
    *OPEN_EMOJI_SETS,
    IconSet("streamline-emojis", "outlined-cartoon-emoji", is_emoji=True),
    IconSet("streamline-ultimate-color", "outlined-cartoon-icon"),
    IconSet("streamline-freehand-color", "hand-drawn-sketch"),
    # Its second half repeats the first in two blues.
    IconSet("streamline-kameleon-color", "round-badge-icon", is_framed=True, skip=r"-duo$"),
    IconSet("streamline-stickies-color", "neon-sticker"),
    IconSet("glyphs-poly", "geometric-icon"),
    IconSet("flat-color-icons", "flat-color-icon"),
    IconSet("fluent-color", "gradient-icon"),
)


@dataclass(frozen=True)
class Drawing:
    """One picture as its makers publish it: SVG text, the bytes of a file with alpha, or the path of any picture file.

    Of a captioned drawing, `subject` is the caption that somebody wrote for it. A held-out drawing is never trained
    on. A picture file that has a color shows it in its middle, and `trim` is the share of its shorter edge that is cut
    off all round.
    """

    concept: str
    subject: str
    style: str
    tags: tuple[str, ...]
    source: str
    license: str
    content: str | bytes | Path
    is_framed: bool = False
    is_captioned: bool = False
    is_held_out: bool = False
    has_color: bool = False
    trim: float = 0.0


@dataclass(frozen=True)
class SourceFacts:
    """What a credit line needs."""

    name: str
    package: str
    author: str
    license: str
    url: str


@dataclass(frozen=True)
class Source:
    facts: SourceFacts
    drawings: tuple[Drawing, ...]


def collect(cache: Path, report: Callable[[str], None]) -> tuple[list[Source], list[str]]:
    """All sources that could be had, and one sentence for each that could not.

    Raises SourceUnavailable where the names of the emoji cannot be had, on which most captions rest.
    """
    table = EmojiTable.fetch(cache)
    sources, skipped = [], []
    collections: dict[str, dict] = {}
    for name, load in (
        (ICONIFY, lambda: collections.update(_collections(npm.fetch(ICONIFY, cache)))),
        (FLUENT_3D, lambda: sources.append(_fluent_3d(npm.fetch(FLUENT_3D, cache), table))),
    ):
        report(f"reading {name}")
        try:
            load()
        except npm.SourceUnavailable as exc:
            skipped.append(str(exc))
    for collection in collections.values():
        table.learn_set(collection.get("chars", {}), collection.get("aliases", {}))
    for icons in ICON_SETS if collections else ():
        try:
            sources.append(_icon_source(icons, collections, table))
        except npm.SourceUnavailable as exc:
            skipped.append(str(exc))
    return sources, skipped


def _fluent_3d(archive: Path, table: EmojiTable) -> Source:
    files = npm.read(archive, lambda path: path.startswith("assets/") and path.endswith(".webp"))
    url = "https://github.com/microsoft/fluentui-emoji"
    facts = SourceFacts("fluent-emoji-3d", FLUENT_3D, "Microsoft Corporation", "MIT", url)
    drawings: dict[str, Drawing] = {}
    for path in sorted(files):
        emoji = table.with_code(Path(path).stem)
        if emoji and emoji.usable:
            drawing = Drawing(emoji.label, emoji.subject, "3d-icon", emoji.tags, facts.name, facts.license, files[path])
            drawings.setdefault(emoji.label, drawing)
    return Source(facts, tuple(drawings.values()))


def _collections(archive: Path) -> dict[str, dict]:
    wanted = {f"json/{icons.key}.json": icons.key for icons in ICON_SETS}
    return {wanted[path]: json.loads(content) for path, content in npm.read(archive, wanted.__contains__).items()}


def _icon_source(icons: IconSet, collections: Mapping[str, dict], table: EmojiTable) -> Source:
    if icons.key not in collections:
        raise npm.SourceUnavailable(f"{ICONIFY} holds no set {icons.key}")
    collection = collections[icons.key]
    info = collection["info"]
    license = info["license"]["spdx"]
    if license not in OPEN_LICENSES:
        raise npm.SourceUnavailable(f"{icons.key} is under {license}, which is not among {sorted(OPEN_LICENSES)}")
    facts = SourceFacts(icons.key, ICONIFY, info["author"]["name"], license, info["author"].get("url", ""))
    drawings: dict[str, Drawing] = {}
    for name in sorted(collection["icons"], key=_largest_first):
        meaning = None if re.search(icons.skip, name) else _meaning(name, icons, table)
        if meaning:
            svg = _svg(collection, collection["icons"][name])
            concept, subject, tags = meaning
            drawing = Drawing(concept, subject, icons.style, tags, icons.key, license, svg, icons.is_framed)
            drawings.setdefault(concept, drawing)
    looks = tuple(replace(each, style=look) for look in icons.looks for each in drawings.values())
    return Source(facts, (*drawings.values(), *looks))


def _meaning(name: str, icons: IconSet, table: EmojiTable) -> tuple[str, str, tuple[str, ...]] | None:
    """Concept, subject and tags, or None for a picture that is of no use."""
    if icons.is_emoji:
        emoji = table.named(name) or table.named(re.sub(r"-\d+$", "", name))
        return (emoji.label, emoji.subject, emoji.tags) if emoji and emoji.usable else None
    subject = words.subject_from(name)
    return (subject, subject, words.tags_from(subject)) if subject else None


def _largest_first(name: str) -> tuple[str, int]:
    """Sets that draw one icon for several sizes give the size last; the largest has the most detail."""
    size = re.search(r"-(\d+)$", name)
    return (name[: size.start()], -int(size[1])) if size else (name, 0)


def _svg(collection: Mapping, icon: Mapping) -> str:
    """A whole SVG document; resvg centers the drawing where it is not square."""
    left, top, width, height = (
        icon.get(key, collection.get(key, default))
        for key, default in (("left", 0), ("top", 0), ("width", 16), ("height", 16))
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="{left} {top} {width} {height}">{icon["body"]}</svg>'
    )


def stream(sources: list[Source]) -> Iterator[Drawing]:
    for source in sources:
        yield from source.drawings
