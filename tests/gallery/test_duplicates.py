import random

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gallery import services
from gallery.duplicates import near_duplicates
from gallery.models import Image
from tests.factories import ImageFactory
from tests.pictures import scene

HASH = 0x0F1E_2D3C_4B5A_6978
#: Six bits off: two in each of two bands, one in each of the others.
FAR_ENOUGH = HASH ^ sum(1 << bit for bit in (0, 15, 16, 31, 32, 62))


@pytest.fixture
def image(alice):
    return ImageFactory(owner=alice, picture=scene(1))


def hashed(owner, perceptual_hash: int | None, **values) -> Image:
    image = ImageFactory(owner=owner, **values)
    image.perceptual_hash = perceptual_hash
    image.save(update_fields=["perceptual_hash"])
    return image


@pytest.mark.parametrize(
    ("other", "is_near"),
    [(HASH, True), (FAR_ENOUGH, True), (FAR_ENOUGH ^ (1 << 40), False), (HASH ^ 0b111111, True), (~HASH, False)],
)
def test_six_bits_are_near_and_seven_are_not(alice, other, is_near):
    image, candidate = hashed(alice, HASH), hashed(alice, other - (1 << 64) if other >= 1 << 63 else other)
    assert list(near_duplicates(image, alice)) == [candidate] * is_near


def test_the_nearest_comes_first(alice):
    image, far, near = (hashed(alice, value) for value in (HASH, FAR_ENOUGH, HASH ^ 1))
    assert list(near_duplicates(image, alice)) == [near, far]


def test_an_image_without_a_hash_is_like_no_other(alice):
    assert not near_duplicates(hashed(alice, None), alice)
    hashed(alice, None)
    assert not near_duplicates(hashed(alice, HASH), alice)


@pytest.mark.parametrize(
    ("visibility", "trashed", "seen_by"),
    [
        ("public", False, {"alice", "bob", "nobody"}),
        ("unlisted", False, {"alice"}),
        ("private", False, {"alice"}),
        ("public", True, set()),
    ],
)
def test_only_what_a_person_finds_in_lists_is_shown(alice, bob, visibility, trashed, seen_by):
    image = hashed(bob, HASH, visibility="public")
    candidate = hashed(alice, HASH, visibility=visibility)
    if trashed:
        services.trash(candidate)
    people = {"alice": alice, "bob": bob, "nobody": AnonymousUser()}
    assert {name for name, person in people.items() if near_duplicates(image, person)} == seen_by


def test_near_images_are_found_by_the_index(alice):
    dice = random.Random(1)
    rows = [
        Image(owner=alice, file=f"{n}.png", width=1, height=1, byte_size=1, perceptual_hash=dice.getrandbits(63))
        for n in range(5000)
    ]
    Image.objects.bulk_create(rows)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE gallery_image")
        cursor.execute("SELECT pg_stat_get_xact_numscans('image_hash_bands'::regclass)")
        before = cursor.fetchone()[0]
        assert not near_duplicates(rows[0], alice)
        cursor.execute("SELECT pg_stat_get_xact_numscans('image_hash_bands'::regclass)")
        assert cursor.fetchone()[0] == before + 1


def test_the_page_shows_them_at_one_price(alice_client, alice, image, django_assert_num_queries):
    ImageFactory(owner=alice, prompt="its twin", picture=scene(1))
    with CaptureQueriesContext(connection) as few:
        page = alice_client.get(image.get_absolute_url()).text
    assert "Nearly the same" in page
    assert 'alt="its twin"' in page
    for _ in range(5):
        ImageFactory(owner=alice, picture=scene(1))
    with django_assert_num_queries(len(few)):
        alice_client.get(image.get_absolute_url())


def test_a_page_without_them_says_nothing(alice_client, alice, image):
    ImageFactory(owner=alice, picture=scene(2))
    assert "Nearly the same" not in alice_client.get(image.get_absolute_url()).text


@pytest.mark.django_db
def test_the_index_misses_no_hash_six_bits_off():
    dice = random.Random(2)
    with connection.cursor() as cursor:
        for _ in range(300):
            one = dice.getrandbits(63)
            other = one ^ sum(1 << bit for bit in dice.sample(range(63), 6))
            cursor.execute("SELECT gallery_hash_bands(%s) && gallery_hash_probes(%s)", [one, other])
            assert cursor.fetchone() == (True,)
