from dataclasses import replace

import pytest

from generation.unclip.training import photos
from generation.unclip.training.captions import STYLES
from generation.unclip.training.mirrors import Repository
from generation.unclip.training.npm import SourceUnavailable
from generation.unclip.training.words import singular

from .conftest import commit, jpeg

CLASSES = """Class Name (str),Class ID (int),Coarse Class Name (str),Coarse Class ID (int)
Royal-Gala,0,Apple,0
Cantaloupe,1,Melon,1
Watermelon,2,Melon,1
Milk,3,Milk,2
Carrots,4,Carrots,3
"""
BY_NAME = {collection.name: collection for collection in photos.COLLECTIONS}


def fill(folder, files):
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


@pytest.mark.parametrize(
    ("plural", "one"),
    [
        ("cherries", "cherry"),
        ("peaches", "peach"),
        ("mangoes", "mango"),
        ("roses", "rose"),
        ("grapes", "grape"),
        ("cashew nuts", "cashew nut"),
        ("asparagus", "asparagus"),
        ("daisy", "daisy"),
    ],
)
def test_plurals_become_one_thing(plural, one):
    assert singular(plural) == one


def test_clothes_are_called_by_their_labels(tmp_path):
    rows = ["image,sender_id,label,kids", "a,1,T-Shirt,False", "b,1,Shoes,True", "c,1,Not sure,False", "d,1,Hat,False"]
    fill(tmp_path, {"images.csv": "\n".join(rows), **{f"images/{name}.jpg": b"" for name in "abc"}})
    found = [(each["concept"], each["subject"], each["tags"], each["has_color"]) for each in photos.clothes(tmp_path)]
    assert found == [
        ("t-shirt", "t-shirt", ("clothes",), True),
        ("shoes", "shoes laid flat", ("clothes", "children's clothes"), False),
    ]


def test_clothes_are_held_out_by_sender(tmp_path):
    rows = [f"{sender}-{number},{sender},Hat,False" for sender in range(60) for number in range(2)]
    files = {f"images/{row.partition(',')[0]}.jpg": b"" for row in rows}
    fill(tmp_path, {"images.csv": "\n".join(["image,sender_id,label,kids", *rows]), **files})
    held_out = [each["is_held_out"] for each in photos.clothes(tmp_path)]
    assert held_out[::2] == held_out[1::2]
    assert 0 < sum(held_out) < len(held_out) / 3


def test_produce_is_called_by_fine_and_coarse_class(tmp_path):
    lines = [
        "Fruit/Apple/Royal-Gala/a.jpg, 0, 0",
        "Fruit/Melon/Cantaloupe/a.jpg, 1, 1",
        "Fruit/Melon/Watermelon/a.jpg, 2, 1",
        "Packages/Milk/a.jpg, 3, 2",
        "Vegetables/Carrots/a.jpg, 4, 3",
    ]
    lists = {f"dataset/{part}.txt": "".join(f"{part}/{line}\n" for line in lines) for part in photos.PARTS}
    found = list(photos.produce(fill(tmp_path, {"dataset/classes.csv": CLASSES, **lists})))
    assert [(each["concept"], each["subject"], each["tags"]) for each in found[:4]] == [
        ("apple", "royal gala apple", ("fruit",)),
        ("melon", "cantaloupe melon on a market shelf", ("fruit",)),
        ("melon", "watermelon", ("fruit",)),
        ("carrot", "carrot", ("vegetable",)),
    ]
    assert [each["is_held_out"] for each in found] == [False] * 8 + [True] * 4


def test_flowers_are_held_out_by_folder(tmp_path):
    fill(tmp_path, {"dataset/train/tulips/a.jpg": b"", "dataset/val/daisy/b.jpg": b"", "dataset/train.cache": b""})
    found = [(each["subject"], each["is_held_out"]) for each in photos.flowers(tmp_path)]
    assert found == [("tulip", False), ("daisy", True)]


def paintings(folder, subjects):
    rows = [f'{number},Malus,{number},"Malus , {subject}"' for number, subject in enumerate(subjects, start=1)]
    table = "\n".join(["n,fruit,painting_index,subjects", *rows])
    files = {f"data/images/image-{number}.jpg": b"" for number in range(len(subjects))}
    return list(photos.paintings(fill(folder, {"data/usda_pomological_watercolors.csv": table, **files})))


def test_paintings_are_called_by_their_fruit(tmp_path):
    found = paintings(tmp_path, ["cherries", "unknown", "akee (fruit)", "cherries", "cherries", "figs"])
    assert [(each["subject"], each["content"].name) for each in found] == [
        ("cherries", "image-0.jpg"),
        ("cherries", "image-3.jpg"),
        ("cherries", "image-4.jpg"),
    ]


def test_one_fruit_does_not_crowd_out_the_others(tmp_path, monkeypatch):
    monkeypatch.setattr(photos, "MOST_PAINTINGS", 4)
    found = paintings(tmp_path, ["apples"] * 9 + ["figs"] * 3)
    assert [each["subject"] for each in found] == ["apple"] * 4 + ["fig"] * 3


def test_a_collection_is_read_out_of_a_mirror(tmp_path):
    sha = commit(tmp_path / "flowers", {"dataset/train/roses/a.jpg": jpeg(), "dataset/val/roses/b.jpg": jpeg()})
    collection = replace(BY_NAME["flower-photos"], repository=Repository("bob/flowers", sha))
    source = photos.load(collection, tmp_path / "into", cache=tmp_path / "cache", places=[tmp_path])
    assert [(each.source, each.style, each.content.read_bytes()) for each in source.drawings] == [
        ("flower-photos", "photo", jpeg())
    ] * 2
    assert (source.facts.package, source.facts.license) == (f"bob/flowers@{sha[:7]}", "CC-BY-2.0")


def test_a_repository_of_another_layout_is_named(tmp_path):
    sha = commit(tmp_path / "clothes", {"images.csv": "name\nx\n", "images/a.jpg": jpeg()})
    collection = replace(BY_NAME["clothing-dataset"], repository=Repository("bob/clothes", sha))
    with pytest.raises(SourceUnavailable, match="bob/clothes is not laid out as expected"):
        photos.load(collection, tmp_path / "into", cache=tmp_path / "cache", places=[tmp_path])


def test_every_style_has_words():
    assert {photos.PHOTO, photos.BOTANICAL} <= STYLES.keys()
