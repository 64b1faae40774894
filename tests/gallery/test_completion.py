"""Completing a tag that is being typed."""

import pytest
from django.urls import reverse
from taggit.models import Tag

from gallery import services
from gallery.models import TagSynonym
from tests.factories import ImageFactory

PATH = "gallery:tag-complete"


def complete(client, typed: str) -> list[tuple[str, int]]:
    answer = client.get(reverse(PATH), {"q": typed})
    assert answer.status_code == 200
    return [(tag["name"], tag["count"]) for tag in answer.json()["tags"]]


@pytest.fixture
def images(alice, bob):
    """Each tag says who finds its image."""
    ImageFactory(owner=alice, tags=["red all", "red"], visibility="public")
    ImageFactory(owner=alice, tags=["red alice", "red"])
    ImageFactory(owner=bob, tags=["red bob", "red"], visibility="unlisted")
    services.trash(ImageFactory(owner=alice, tags=["red nobody", "red"], visibility="public"))


def test_only_what_a_person_may_find_is_offered_and_counted(client, bob_client, alice, images):
    assert complete(client, "red") == [("red", 1), ("red all", 1)]
    assert complete(bob_client, "red") == [("red", 2), ("red all", 1), ("red bob", 1)]
    client.force_login(alice)
    assert complete(client, "Red A") == [("red alice", 1), ("red all", 1)]


def test_the_commonest_come_first_and_not_all(alice_client, alice):
    for number in range(12):
        ImageFactory(owner=alice, tags=[f"blue {number:02}"])
    ImageFactory(owner=alice, tags=["blue 11"])
    found = complete(alice_client, "blue")
    assert found[0] == ("blue 11", 2)
    assert len(found) == 10


def test_another_word_leads_to_its_tag(alice_client, alice):
    ImageFactory(owner=alice, tags=["car"])
    for alias in ("automobile", "autocar"):
        TagSynonym.objects.create(alias=alias, tag=Tag.objects.get())
    assert complete(alice_client, "auto") == [("car", 1)]


@pytest.mark.django_db
@pytest.mark.parametrize("typed", ["", " ", "\x00", "%", "_", "x" * 5000, "\u202e", "\\"])
def test_anything_may_be_typed(client, typed):
    ImageFactory(tags=["apple"], visibility="public")
    assert complete(client, typed) == []


@pytest.mark.django_db
def test_it_is_only_read(client):
    assert client.post(reverse(PATH)).status_code == 405


def test_twice_the_tags_cost_the_same_queries(alice_client, alice, django_assert_num_queries):
    for _ in range(2):
        ImageFactory(owner=alice, tags=[f"red {number}" for number in range(5)])
        with django_assert_num_queries(4):
            complete(alice_client, "red")
