"""Photos of clothes, produce and flowers, and watercolors of fruit, from four openly licensed Git repositories."""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from .mirrors import Repository, unpack
from .npm import SourceUnavailable
from .sources import Drawing, Source, SourceFacts
from .words import singular

PHOTO, BOTANICAL = "photo", "botanical-watercolor"
#: Of one subject's paintings no more are taken: nearly half of the collection are apples.
MOST_PAINTINGS = 500
#: Of a subject with fewer paintings, none is taken: nothing can be learned of it.
LEAST_PAINTINGS = 3
#: Folders and lists of the photos of produce.
PARTS = ("train", "val", "test")
#: One sender of clothes in this many is held out.
HELD_OUT_SENDERS = 10
CLOTHES = {
    "Blazer": "blazer", "Blouse": "blouse", "Body": "bodysuit", "Dress": "dress", "Hat": "hat", "Hoodie": "hoodie",
    "Longsleeve": "long-sleeved shirt", "Outwear": "jacket", "Pants": "pants", "Polo": "polo shirt", "Shirt": "shirt",
    "Shoes": "shoes", "Shorts": "shorts", "Skirt": "skirt", "T-Shirt": "t-shirt", "Top": "top",
    "Undershirt": "undershirt",
}  # fmt: skip
#: What the emoji are called where the repositories say something else.
_NAMES = {
    "aubergine": "eggplant", "cherry": "cherries", "grape": "grapes", "kiwi": "kiwi fruit",
    "kiwifruit": "kiwi fruit", "pepper": "bell pepper", "red beet": "beet",
}  # fmt: skip
# The sheets were scanned with a dark margin.
_TRIM = 0.06


@dataclass(frozen=True)
class Collection:
    """Pictures in a repository: the paths that are needed of it, and what makes drawings of them."""

    name: str
    repository: Repository
    author: str
    license: str
    paths: tuple[str, ...]
    read: Callable[[Path], Iterator[dict]]

    @property
    def facts(self) -> SourceFacts:
        package = f"{self.repository.name}@{self.repository.commit[:7]}"
        return SourceFacts(self.name, package, self.author, self.license, f"https://github.com/{self.repository.name}")


def load(collection: Collection, into: Path, *, cache: Path, places: Sequence[Path]) -> Source:
    """The collection's drawings, whose files are unpacked below `into`. Raises SourceUnavailable."""
    unpack(collection.repository, collection.paths, into, cache=cache, places=places)
    try:
        facts = collection.facts
        found = [Drawing(source=facts.name, license=facts.license, **each) for each in collection.read(into)]
    except (OSError, LookupError, ValueError, csv.Error) as exc:
        raise SourceUnavailable(f"{collection.repository.name} is not laid out as expected: {exc!r}") from exc
    return Source(facts, tuple(found))


def clothes(folder: Path) -> Iterator[dict]:
    """One garment a photo, most of them laid flat."""
    for number, row in enumerate(_table(folder / "images.csv")):
        path = folder / "images" / f"{row['image']}.jpg"
        name = CLOTHES.get(row["label"])
        if name and path.is_file():
            tags = ("clothes", "children's clothes") if row["kids"] == "True" else ("clothes",)
            held_out = int(hashlib.sha1(row["sender_id"].encode()).hexdigest(), 16) % HELD_OUT_SENDERS == 0
            # Of shoes, the lining is in the middle.
            photo = _photo(name, tags, path, place="laid flat" * (number % 2), held_out=held_out)
            yield photo | {"has_color": name != "shoes"}


def produce(folder: Path) -> Iterator[dict]:
    """Fruit and vegetables as they lie in shops."""
    folder = folder / "dataset"
    classes = {row["Class ID (int)"]: row for row in _table(folder / "classes.csv")}
    for part in PARTS:
        for number, line in enumerate((folder / f"{part}.txt").read_text(encoding="utf-8").splitlines()):
            path, fine, _ = (word.strip() for word in line.split(","))
            kind = path.split("/")[1]
            if kind in ("Fruit", "Vegetables"):
                names = (classes[fine][f"{grain} (str)"] for grain in ("Coarse Class Name", "Class Name"))
                coarse, name = (_name(each.replace("-", " ").lower()) for each in names)
                subject = name if coarse in name else f"{name} {coarse}"
                photo = _photo(
                    subject, (singular(kind.lower()),), folder / path,
                    place="on a market shelf" * (number % 2), held_out=part == "test",
                )  # fmt: skip
                yield photo | {"concept": coarse, "has_color": True}


def flowers(folder: Path) -> Iterator[dict]:
    """Five kinds, photographed where they grow."""
    for path in sorted((folder / "dataset").glob("*/*/*.jpg")):
        name = singular(path.parent.name)
        yield _photo(name, ("flower",), path, place="", held_out=path.parent.parent.name == "val")


def paintings(folder: Path) -> Iterator[dict]:
    """One fruit a sheet, on paper, often cut open beside it."""
    by_name: dict[str, list[Path]] = {}
    for row in _table(folder / "data" / "usda_pomological_watercolors.csv"):
        name = _name(row["subjects"].split(",")[-1].strip().lower())
        path = folder / "data" / "images" / f"image-{int(row['painting_index']) - 1}.jpg"
        if re.fullmatch(r"[a-z ]+", name) and name != "unknown" and path.is_file():
            by_name.setdefault(name, []).append(path)
    for name, paths in by_name.items():
        for path in paths[:MOST_PAINTINGS] if len(paths) >= LEAST_PAINTINGS else ():
            fixed = {"style": BOTANICAL, "tags": ("fruit",), "trim": _TRIM}
            yield {"concept": name, "subject": name, "content": path, **fixed}


def _photo(name: str, tags: tuple[str, ...], path: Path, *, place: str, held_out: bool) -> dict:
    return {
        "concept": name, "subject": f"{name} {place}".strip(), "style": PHOTO, "tags": tags, "content": path,
        "is_held_out": held_out,
    }  # fmt: skip


def _name(plural: str) -> str:
    one = singular(plural)
    return _NAMES.get(one, one)


def _table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


COLLECTIONS = (
    Collection(
        "clothing-dataset",
        Repository("alexeygrigorev/clothing-dataset", "7ed86a9cc56763b6acb35e41cb35184e43a5d218"),
        "Alexey Grigorev, Tagias.com and 32 contributors",
        "CC0-1.0",
        ("images.csv", "images"),
        clothes,
    ),
    Collection(
        "grocery-store-dataset",
        Repository("marcusklasson/GroceryStoreDataset", "fc80ba90f803d79d0383df52c5a4ac5de99ff6fc"),
        "Marcus Klasson, Cheng Zhang and Hedvig Kjellström",
        "MIT",
        ("dataset/classes.csv", *(f"dataset/{part}{end}" for part in PARTS for end in ("", ".txt"))),
        produce,
    ),
    Collection(
        "flower-photos",
        Repository("Oldpel/flower_photos", "140ff6f3beb2173715002984c2bd58dc3506d4c9"),
        "The TensorFlow Team and photographers on Flickr",
        "CC-BY-2.0",
        ("dataset/train", "dataset/val"),
        flowers,
    ),
    Collection(
        "usda-pomological-watercolors",
        Repository("jwilber/USDA_Pomological_Watercolors", "22f8f0b1f2354a9379afe72c9405b090b8b344fe"),
        "U.S. Department of Agriculture Pomological Watercolor Collection. "
        "Rare and Special Collections, National Agricultural Library, Beltsville, MD 20705",
        "unrestricted with attribution",
        ("data",),
        paintings,
    ),
)
