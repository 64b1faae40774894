"""Acting on many of one's own images at once."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from taggit.models import Tag

from gallery import selection, services
from gallery.models import Collection, Favorite, Image
from gallery.tags import TAGS_PER_IMAGE
from gallery.views import library as views
from tests.factories import CollectionFactory, ImageFactory

#: Every act, with what it needs besides the images.
ACTS = {
    "tag": {"tag": "summer"}, "untag": {"tag": "fruit"}, "favorite": {}, "unfavorite": {}, "collect": {"title": "Best"},
    "public": {}, "unlisted": {}, "private": {}, "trash": {},
}  # fmt: skip


@pytest.fixture
def images(alice):
    return [ImageFactory(owner=alice, prompt=f"apple {name}", tags=["fruit"]) for name in "abc"]


@pytest.fixture
def his(bob):
    return ImageFactory(owner=bob, prompt="apple of his", tags=["fruit"], visibility="public")


def act(client, name: str, images=(), search: str = "", **body):
    body |= {"act": name, "image": [str(image.pk) for image in images]}
    return client.post(reverse("gallery:library") + search, body)


def said(client) -> str:
    page = client.get(reverse("gallery:library")).text
    return " ".join(re.findall(r'toast__text">([^<]*)<', page))


def state(image) -> tuple:
    image.refresh_from_db()
    return (image.tag_names, image.visibility, image.deleted_at, image.favorites.count(), image.collections.count())


def test_every_act_is_tried():
    assert ACTS.keys() == views.ACTS.keys()


@pytest.mark.parametrize(
    ("name", "body", "expected", "sentence"),
    [
        ("tag", {"tag": " Summer"}, ("fruit, summer", "private", None, 0, 0), "2 images tagged “Summer”."),
        ("untag", {"tag": "fruit"}, ("", "private", None, 0, 0), "2 images no longer tagged “fruit”."),
        ("favorite", {}, ("fruit", "private", None, 1, 0), "2 images added to your favorites."),
        ("collect", {"title": "Best"}, ("fruit", "private", None, 0, 1), "2 images added to “Best”."),
        ("public", {}, ("fruit", "public", None, 0, 0), "2 images made public."),
        ("unlisted", {}, ("fruit", "unlisted", None, 0, 0), "2 images made unlisted."),
    ],
)
def test_the_picked_images_are_changed_and_no_other(alice_client, images, name, body, expected, sentence):
    answer = act(alice_client, name, images[:2], **body)
    assert answer.url == reverse("gallery:library")
    assert sentence in said(alice_client)
    assert [state(image) for image in images[:2]] == [expected] * 2
    assert state(images[2]) == ("fruit", "private", None, 0, 0)


def test_what_is_so_already_is_not_counted(alice_client, alice, images):
    services.set_visibility(images[0], "public")
    services.favorite(alice, images[0])
    services.add_tag(images[0], "summer")
    for name in ("public", "favorite", "tag"):
        act(alice_client, name, images, tag="summer")
        assert "2 images" in said(alice_client)
        act(alice_client, name, images, tag="summer")
        assert "No image" in said(alice_client)


def test_hearts_are_taken_off(alice_client, alice, bob, images):
    for user in (alice, bob):
        services.favorite(user, images[0])
    act(alice_client, "unfavorite", images)
    assert "1 image taken off" in said(alice_client)
    assert Favorite.objects.get().user == bob


@pytest.mark.parametrize(("name", "body"), ACTS.items())
def test_images_of_others_are_left_alone_and_not_counted(alice_client, alice, images, his, name, body):
    services.favorite(alice, his)
    services.set_visibility(images[0], "unlisted" if name == "private" else "private")
    services.favorite(alice, images[0])
    before = state(his)
    act(alice_client, name, [images[0], his], **body)
    assert state(his) == before
    assert "2 images" not in said(alice_client)


@pytest.mark.parametrize(("name", "body"), ACTS.items())
def test_what_is_in_the_trash_is_left_alone(alice_client, images, name, body):
    services.trash(images[0])
    before = state(images[0])
    act(alice_client, name, images[:1], **body)
    assert state(images[0]) == before


def test_trash_is_undone_as_a_whole(alice_client, images):
    services.trash(images[2])
    act(alice_client, "trash", images)
    page = alice_client.get(reverse("gallery:library")).text
    undo = re.search(r'action="(/library/restore/\d+/)"', page)[1]
    assert Image.objects.alive().count() == 0
    alice_client.post(undo)
    assert "2 images back" in said(alice_client)
    assert set(Image.objects.alive()) == set(images[:2])
    assert alice_client.post(undo).status_code == 404


def test_nobody_else_undoes_it(alice_client, bob_client, images):
    act(alice_client, "trash", images)
    undo = re.search(r'action="(/library/restore/\d+/)"', alice_client.get(reverse("gallery:library")).text)[1]
    assert bob_client.post(undo).status_code == 404
    assert Image.objects.alive().count() == 0


@pytest.mark.parametrize("moment", [0, 10**30])
def test_a_moment_at_which_nothing_was_is_404(alice_client, moment):
    assert alice_client.post(reverse("gallery:selection-restore", args=[moment])).status_code == 404


def test_undoing_is_a_post_of_somebody(client, alice_client):
    path = reverse("gallery:selection-restore", args=[1])
    assert alice_client.get(path).status_code == 405
    client.logout()
    assert client.post(path).url.startswith(reverse("account_login"))


@pytest.mark.parametrize("search", ["?q=apple", "?tag=fruit", ""])
def test_all_that_the_search_finds_is_changed(alice_client, alice, images, his, search):
    other = ImageFactory(owner=alice, prompt="a pear")
    answer = act(alice_client, "tag", everything="1", tag="summer", search=search)
    assert answer.url == reverse("gallery:library") + search
    assert set(Image.objects.filter(tags__name="summer")) == {*images, *([] if search else [other])}


def test_all_of_a_respelled_search_is_what_it_shows(alice_client, alice):
    ImageFactory(owner=alice, prompt="an apple", tags=["apple"])
    page = alice_client.get(reverse("gallery:library") + "?q=aple").text
    assert f'action="{reverse("gallery:library")}?q=apple"' in page
    act(alice_client, "tag", everything="1", tag="summer", search="?q=aple")
    assert not Image.objects.filter(tags__name="summer")


def test_hearts_narrow_all_that_is_found(alice_client, alice, images):
    services.favorite(alice, images[1])
    act(alice_client, "trash", everything="1", search="?favorites=1")
    assert set(Image.objects.trashed()) == {images[1]}


def test_a_collection_is_filled_in_the_order_of_the_library(alice_client, alice, images):
    collection = CollectionFactory(owner=alice, title="Best", images=images[:1])
    act(alice_client, "collect", images, title="best")
    assert list(Image.objects.shown_in(collection, alice)) == [images[0], images[2], images[1]]
    assert Collection.objects.count() == 1


def test_no_image_gets_a_tag_too_many(alice, images):
    for number in range(TAGS_PER_IMAGE - 2):
        services.add_tag(images[0], f"tag {number}")
    changed = selection.tag(Image.objects.owned_by(alice), ["x", "y", "x"])
    assert changed == 3
    assert images[0].tags.count() == TAGS_PER_IMAGE
    assert images[0].tags.filter(name="x").exists()
    assert images[1].tags.count() == 3


@pytest.mark.parametrize(
    ("name", "body", "sentence"),
    [
        ("", {}, "Choose what to do"),
        ("tag", {"tag": " "}, "A tag needs"),
        ("untag", {"tag": ""}, "A tag needs"),
        ("collect", {"title": ""}, "A collection needs a name."),
    ],
)
def test_what_cannot_be_done_is_told_and_the_picks_stay(alice_client, images, name, body, sentence):
    answer = act(alice_client, name, images[:1], search="?q=apple", **body)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert answer.text.count(" checked>") == 1
    assert not Tag.objects.exclude(name="fruit").exists()


@pytest.mark.parametrize("keys", [[], ["x", "\x00"]])
def test_nothing_picked_is_told(alice_client, images, keys):
    answer = alice_client.post(reverse("gallery:library"), {"act": "trash", "image": keys})
    assert answer.status_code == 422
    assert "Select at least one image." in answer.text


def test_acting_asks_to_log_in(client, db):
    assert act(client, "trash").url.startswith(reverse("account_login"))


def test_twice_the_images_cost_the_same_queries(alice_client, alice, images, django_assert_num_queries):
    for name, body in ACTS.items():
        act(alice_client, name, images[:1], **body)
        with CaptureQueriesContext(connection) as few:
            act(alice_client, name, images[1:2], **body)
        Image.objects.update(deleted_at=None)
        many = ImageFactory.create_batch(4, owner=alice, tags=["fruit"])
        with django_assert_num_queries(len(few)):
            act(alice_client, name, many, **body)
        Image.objects.update(deleted_at=None)


def test_more_than_a_thousand_may_be_picked(alice_client, images):
    keys = [str(images[0].pk), *(f"00000000-0000-4000-8000-{number:012}" for number in range(3000))]
    answer = alice_client.post(reverse("gallery:library"), {"act": "public", "image": keys})
    assert answer.status_code == 302
    assert Image.objects.get(visibility="public") == images[0]


def test_other_lists_have_nothing_to_pick(alice_client, his):
    assert "tile__pick" not in alice_client.get(reverse("gallery:explore")).text
