"""A collection's zip: whose images are in it, that they are the very files, and what the table says of them."""

import csv
import io
import tracemalloc
import zipfile

import pytest
from django.urls import reverse
from PIL import Image as Pictures

from gallery import collections, downloads, renditions
from gallery.models import Collection, Image
from tests.factories import CollectionFactory, ImageFactory


@pytest.fixture
def images(alice):
    return [
        ImageFactory(owner=alice, prompt="a red apple", tags=["apple", "red"], visibility="public", checkpoint="x",
                     alt_text="An apple"),
        ImageFactory(owner=alice, prompt="", title="=1+1", source="upload", visibility="public"),
        ImageFactory(owner=alice, prompt="a secret"),
    ]  # fmt: skip


@pytest.fixture
def collection(alice, images):
    return CollectionFactory(owner=alice, title="Fruit & more", visibility="public", images=images)


def download(client, collection) -> zipfile.ZipFile:
    answer = client.get(reverse("gallery:collection-download", args=[collection.pk]))
    assert answer.status_code == 200
    assert answer.streaming
    return zipfile.ZipFile(io.BytesIO(answer.getvalue()))


def table(archive) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(archive.read("metadata.csv").decode(), newline="")))


def test_the_zip_holds_the_files_and_a_row_for_each(alice_client, collection, images):
    archive = download(alice_client, collection)
    assert archive.testzip() is None
    rows = table(archive)
    assert archive.namelist() == [*(row["SourceFile"] for row in rows), "metadata.csv"]
    for image, row in zip(images, rows, strict=True):
        assert archive.read(row["SourceFile"]) == image.file.open().read()


def test_the_table_has_iptc_columns(alice_client, collection, images):
    Image.objects.filter(pk=images[0].pk).update(license="cc-by-4.0")
    row = table(download(alice_client, collection))[0]
    assert list(row) == downloads.COLUMNS
    assert row["SourceFile"] == f"0001-a-red-apple-{str(images[0].pk)[:8]}.png"
    assert (row["Description"], row["Keywords"], row["Creator"]) == ("An apple", "apple, red", "alice")
    assert row["CopyrightNotice"] == f"© {images[0].created_at.year} alice"
    assert row["UsageTerms"] == "https://creativecommons.org/licenses/by/4.0/"
    assert row["DigitalSourceType"].endswith("/trainedAlgorithmicMedia")
    assert (row["AIPromptInformation"], row["AISystemUsed"]) == ("a red apple", "x")


def test_an_upload_is_not_called_generated_and_no_cell_is_a_formula(alice_client, collection):
    row = table(download(alice_client, collection))[1]
    assert (row["DigitalSourceType"], row["AIPromptInformation"]) == ("", "")
    assert row["Title"] == "'=1+1"


def test_others_take_home_what_they_are_shown(client, bob_client, collection):
    for visitor in (client, bob_client):
        rows = table(download(visitor, collection))
        assert [row["Description"] for row in rows] == ["An apple", ""]


def test_a_strangers_private_collection_is_404(bob_client, collection):
    Collection.objects.update(visibility="private")
    assert bob_client.get(reverse("gallery:collection-download", args=[collection.pk])).status_code == 404


def test_a_zip_is_only_read(alice_client, collection):
    assert alice_client.post(reverse("gallery:collection-download", args=[collection.pk])).status_code == 405


def test_the_zip_is_named_after_the_collection(alice_client, collection):
    answer = alice_client.get(reverse("gallery:collection-download", args=[collection.pk]))
    assert answer["Content-Disposition"] == 'attachment; filename="fruit-more.zip"'
    assert answer["Cache-Control"] == "private, no-store"


def test_a_lost_file_is_left_out(alice_client, collection, images):
    renditions.delete(images[0].file.name)
    archive = download(alice_client, collection)
    assert len(archive.namelist()) == len(table(archive)) + 1 == 3


def test_an_empty_collection_has_an_empty_table(alice_client, alice):
    assert table(download(alice_client, CollectionFactory(owner=alice))) == []


def test_the_order_is_the_collections(alice_client, collection, images):
    collections.move_before(collection, images[2].pk, images[0].pk)
    rows = table(download(alice_client, collection))
    assert [row["AIPromptInformation"] for row in rows] == ["a secret", "a red apple", ""]


def test_twice_the_images_cost_the_same_queries(alice_client, alice, collection, django_assert_num_queries):
    path = reverse("gallery:collection-download", args=[collection.pk])
    few = 6
    with django_assert_num_queries(few):
        alice_client.get(path).getvalue()
    for image in ImageFactory.create_batch(4, owner=alice):
        collections.add_images(collection, Image.objects.filter(pk=image.pk))
    with django_assert_num_queries(few):
        alice_client.get(path).getvalue()


def test_memory_does_not_grow_with_the_files(alice):
    noise = Pictures.effect_noise((1200, 1200), 90).convert("RGB")
    images = [ImageFactory(owner=alice, picture=noise) for _ in range(6)]
    collection = CollectionFactory(owner=alice, images=images)
    tracemalloc.start()
    sent = sum(map(len, downloads.stream(Image.objects.shown_in(collection, alice))))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sent > 6 * images[0].byte_size
    assert most < images[0].byte_size + 2**20
