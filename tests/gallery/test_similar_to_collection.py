"""More like this collection: what is near the middle of its images."""

import re

import pytest
from django.urls import reverse

from gallery import meaning
from gallery.models import Collection, Image
from tests.factories import CollectionFactory, ImageFactory


def known(owner, prompt: str, vector: list[float], visibility: str = "public", clip_model: str = "a") -> Image:
    return ImageFactory(owner=owner, prompt=prompt, embedding=vector, clip_model=clip_model, visibility=visibility)


@pytest.fixture
def collection(alice):
    members = [known(alice, "in east", [1.0, 0.0]), known(alice, "in north", [0.0, 1.0])]
    return CollectionFactory(owner=alice, visibility="public", images=members)


def similar(client, collection) -> list[str]:
    page = client.get(reverse("gallery:collection-similar", args=[collection.pk]))
    assert page.status_code == 200
    return re.findall(r'<img src="/images[^"]*" alt="([^"]*)"', page.text)


def test_the_nearest_to_the_middle_come_first_without_those_inside(client, alice, collection):
    known(alice, "west", [-1.0, 0.0])
    known(alice, "north-east", [0.6, 0.6])
    known(alice, "almost north", [0.2, 1.0])
    assert similar(client, collection) == ["north-east", "almost north", "west"]


def test_many_are_walked_through_by_the_index(client, alice, collection, monkeypatch):
    monkeypatch.setattr(meaning, "FEW", 0)
    for prompt, vector in {"west": [-1.0, 0.0], "north-east": [0.6, 0.6], "almost north": [0.2, 1.0]}.items():
        known(alice, prompt, vector)
    assert similar(client, collection) == ["north-east", "almost north", "west"]


def test_images_of_another_clip_model_are_not_compared(client, alice, collection):
    known(alice, "other space", [1.0, 1.0, 1.0], clip_model="b")
    assert similar(client, collection) == []


def test_only_what_may_be_put_before_a_person_shows(client, bob_client, alice, bob, collection):
    for visibility in Image.Visibility.values:
        known(alice, f"hers {visibility}", [1.0, 1.0], visibility)
        known(bob, f"his {visibility}", [1.0, 1.0], visibility)
    assert sorted(similar(client, collection)) == ["hers public", "his public"]
    assert sorted(similar(bob_client, collection)) == ["hers public", "his private", "his public", "his unlisted"]


def test_a_hidden_member_does_not_move_the_middle(client, alice):
    members = [known(alice, "shown", [1.0, 0.0]), known(alice, "hidden", [0.0, 1.0], "private")]
    collection = CollectionFactory(owner=alice, visibility="public", images=members)
    known(alice, "north", [0.3, 1.0])
    known(alice, "east", [1.0, 0.3])
    assert similar(client, collection) == ["east", "north"]


def test_a_collection_of_nothing_known_says_so(alice_client, alice):
    collection = CollectionFactory(owner=alice, images=[ImageFactory(owner=alice)])
    page = alice_client.get(reverse("gallery:collection-similar", args=[collection.pk])).text
    assert "Nothing close yet" in page


def test_a_private_collection_is_not_compared_for_others(bob_client, collection):
    Collection.objects.update(visibility="private")
    assert bob_client.get(reverse("gallery:collection-similar", args=[collection.pk])).status_code == 404


def test_it_is_only_read(alice_client, collection):
    assert alice_client.post(reverse("gallery:collection-similar", args=[collection.pk])).status_code == 405


def test_twice_the_images_cost_the_same_queries(client, alice, collection, django_assert_num_queries):
    path = reverse("gallery:collection-similar", args=[collection.pk])
    for _ in range(2):
        known(alice, "more", [1.0, 1.0])
        with django_assert_num_queries(5):
            client.get(path)
