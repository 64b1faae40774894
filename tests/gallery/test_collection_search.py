"""Searching one collection: who may, what is found, and where collections are offered."""

from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser, Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from gallery import collections, facets, pages, saved, scopes, services
from gallery.listing import list_images
from gallery.models import Collection, Image
from gallery.search import ImageSearch
from tests.factories import CollectionFactory, ImageFactory

LIBRARY, EXPLORE, FAVORITES = (reverse(f"gallery:{name}") for name in ("library", "explore", "favorites"))


@pytest.fixture
def images(alice):
    return [ImageFactory(owner=alice, prompt=f"apple {name}", visibility="public") for name in "abc"]


@pytest.fixture
def fruit(alice, images):
    """A private collection of two of the three images."""
    return CollectionFactory(owner=alice, title="Fruit <salad>", images=images[:2])


def prompts(scope, user, **values) -> list[str]:
    return [image.prompt for image in list_images(scope, ImageSearch(**values), user).images]


def offered(scope, user, **values) -> list[tuple[str, int]]:
    listing = list_images(scope, ImageSearch(**values), user)
    return [(value.label, value.count) for value in dict(listing.facets).get("collection", [])]


def test_a_collection_is_searched_by_its_owner(alice, fruit):
    assert prompts(scopes.OWNED, alice, collection=fruit.pk) == ["apple b", "apple a"]
    assert prompts(scopes.LISTED, alice, collection=fruit.pk, words="b") == ["apple b"]
    assert prompts(scopes.OWNED, alice, collection=fruit.pk, order="favorites") == ["apple b", "apple a"]


@pytest.mark.parametrize(("visibility", "found"), [("private", 3), ("unlisted", 2), ("public", 2)])
def test_whoever_may_not_open_it_is_answered_as_if_it_were_not_named(bob, fruit, visibility, found):
    Collection.objects.update(visibility=visibility)
    for person in [bob, AnonymousUser()]:
        listing = list_images(scopes.LISTED, ImageSearch(collection=fruit.pk), person)
        assert len(listing.images) == found
        assert listing.search.collection == (fruit.pk if found == 2 else None)


def test_a_moderator_searches_any_collection(bob, fruit):
    bob.is_staff = True
    bob.save()
    bob.user_permissions.add(Permission.objects.get(codename="view_collection"))
    assert prompts(scopes.LISTED, bob, collection=fruit.pk) == ["apple b", "apple a"]


def test_an_unknown_collection_is_left_out(alice, fruit):
    listing = list_images(scopes.OWNED, ImageSearch(collection=uuid4()), alice)
    assert (len(listing.images), listing.search.is_empty) == (3, True)


def test_a_public_collection_shows_no_more_than_its_page(alice, bob):
    """An unlisted image that somebody has put a heart on is theirs to see, but not that it is in there."""
    image = ImageFactory(owner=alice, visibility="unlisted")
    collection = CollectionFactory(owner=alice, visibility="public", images=[image])
    services.favorite(bob, image)
    assert prompts(scopes.FAVORED, bob) == [image.prompt]
    assert prompts(scopes.FAVORED, bob, collection=collection.pk) == []


def test_own_collections_are_offered_in_library_and_favorites(alice, bob, images, fruit):
    CollectionFactory(owner=bob, title="His", visibility="public", images=images)
    services.favorite(alice, images[0])
    services.favorite(alice, images[2])
    assert offered(scopes.OWNED, alice) == [("Fruit <salad>", 2)]
    assert offered(scopes.FAVORED, alice) == [("Fruit <salad>", 1)]
    assert offered(scopes.OWNED, alice, words="apple c") == []


@pytest.mark.parametrize("visibility", ["private", "unlisted"])
def test_explore_offers_public_collections_only(alice, bob, images, fruit, visibility):
    Collection.objects.update(visibility=visibility)
    CollectionFactory(owner=bob, title="His", visibility="public", images=images[:1])
    for person in [alice, bob, AnonymousUser()]:
        assert offered(scopes.LISTED, person) == [("His", 1)]


def test_what_narrows_nothing_is_not_offered(alice, images):
    CollectionFactory(owner=alice, images=images)
    assert offered(scopes.OWNED, alice) == []


def test_the_commonest_collections_are_offered(alice, images, monkeypatch):
    monkeypatch.setattr(facets, "VALUES", 2)
    for title, count in [("One", 1), ("Three", 3), ("Two", 2)]:
        CollectionFactory(owner=alice, title=title, images=images[:count])
    assert offered(scopes.OWNED, alice) == [("Three", 3), ("Two", 2)]


def test_the_page_names_it_and_leads_back(alice_client, fruit):
    page = alice_client.get(LIBRARY).text
    assert f'href="?collection={fruit.pk}"><span>Fruit &lt;salad&gt;</span><span class="chip__count">2</span>' in page
    page = alice_client.get(f"{LIBRARY}?tag=&collection={fruit.pk}").text
    assert 'aria-label="Remove the filter collection Fruit &lt;salad&gt;"' in page
    assert f'<input type="hidden" name="collection" value="{fruit.pk}">' in page
    assert 'alt="apple c"' not in page


def test_a_stranger_is_not_told_its_title(bob_client, fruit):
    page = bob_client.get(f"{EXPLORE}?collection={fruit.pk}").text
    assert "Fruit" not in page
    assert "chip--active" not in page
    assert 'alt="apple c"' in page


@pytest.mark.parametrize("key", ["", "x", "%00", "7" * 36, "00000000-0000-0000-0000-000000000000"])
def test_any_key_is_fine(alice_client, fruit, key):
    page = alice_client.get(f"{LIBRARY}?collection={key}")
    assert page.status_code == 200
    assert page.text.count("<figure") == 3


def test_going_on_shows_every_image_once(alice, monkeypatch, images, fruit):
    monkeypatch.setattr(pages, "PAGE_SIZE", 1)
    first = list_images(scopes.OWNED, ImageSearch(collection=fruit.pk), alice)
    second = list_images(scopes.OWNED, first.next, alice)
    assert not second.is_lost
    assert [image.prompt for image in [*first.images, *second.images]] == ["apple b", "apple a"]


def test_it_is_saved_with_the_search(alice, fruit):
    assert saved.save(alice, "Salad", f"q=apple&collection={fruit.pk}").query == f"q=apple&collection={fruit.pk}"


def test_an_act_on_all_that_is_found_stays_in_it(alice_client, fruit):
    address = f"{LIBRARY}?collection={fruit.pk}"
    alice_client.post(address, {"act": "private", "everything": "1"})
    assert list(Image.objects.filter(visibility="public").values_list("prompt", flat=True)) == ["apple c"]


def test_the_api_searches_it_and_counts_them(alice_client, bob_client, fruit):
    asked = f"/api/images?scope=own&collection={fruit.pk}"
    assert alice_client.get(asked).json()["total"] == 2
    facet = alice_client.get("/api/images?scope=own").json()["facets"]["collection"]
    assert facet == [{"value": str(fruit.pk), "label": "Fruit <salad>", "count": 2}]
    assert bob_client.get(f"/api/images?collection={fruit.pk}").json()["total"] == 3


@pytest.mark.parametrize("path", [LIBRARY, EXPLORE, FAVORITES])
@pytest.mark.parametrize("is_chosen", [False, True])
def test_twice_the_collections_and_images_cost_the_same_queries(
    alice_client, alice, images, django_assert_num_queries, path, is_chosen
):
    fruit = CollectionFactory(owner=alice, visibility="public", images=images[:2])
    services.favorite(alice, images[0])
    services.favorite(alice, images[2])
    asked = f"{path}?collection={fruit.pk}" if is_chosen else path
    with CaptureQueriesContext(connection) as few:
        alice_client.get(asked)
    for _ in range(3):
        image = ImageFactory(owner=alice, visibility="public")
        services.favorite(alice, image)
        collections.add_images(fruit, Image.objects.filter(pk=image.pk))
        CollectionFactory(owner=alice, visibility="public", images=[image])
    with django_assert_num_queries(len(few)):
        alice_client.get(asked)
