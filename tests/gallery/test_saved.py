"""Searches kept under a name."""

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from gallery import saved
from gallery.models import SavedSearch
from tests.factories import ImageFactory

SAVE = "/searches/save/"
PAGES = ["gallery:library", "gallery:explore"]


def forget_path(search: SavedSearch) -> str:
    return reverse("gallery:search-forget", args=[search.pk])


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("q=+red++tag:Apple+", "q=red&tag=apple"),
        ("style=photo&favorites=on&nonsense=1", "favorites=1&style=photo"),
        ("tag=apple&order=favorites&after=1234-5", "tag=apple&order=favorites"),
    ],
)
def test_a_search_is_kept_in_its_shortest_form(alice, query, kept):
    assert saved.save(alice, "Fruit", query).query == kept


@pytest.mark.parametrize("query", ["", "order=newest", "after=1-2", "nonsense=1", "q=%00"])
def test_what_narrows_nothing_is_not_kept(alice, query):
    with pytest.raises(ValidationError, match="nothing to save"):
        saved.save(alice, "Fruit", query)


@pytest.mark.parametrize(
    ("name", "message"),
    [("", "needs a name"), (" \x00\u202e ", "needs a name"), ("x" * 61, "at most 60"), ("FRUIT", "already have")],
)
def test_a_bad_name_is_refused(alice, name, message):
    saved.save(alice, "Fruit", "tag=apple")
    with pytest.raises(ValidationError, match=message):
        saved.save(alice, name, "tag=pear")
    assert SavedSearch.objects.get().query == "tag=apple"


def test_names_are_each_persons_own(alice, bob):
    saved.save(alice, "Fruit", "tag=apple")
    assert saved.save(bob, "x" * 60, "tag=pear").name == "x" * 60
    assert saved.save(bob, " Fruit\n salad ", "tag=pear").name == "Fruit salad"
    assert saved.save(bob, "Fruit", "tag=pear").owner == bob


def test_so_many_are_kept_and_no_more(alice, bob, monkeypatch):
    monkeypatch.setattr(saved, "LIMIT", 2)
    for name in ["One", "Two"]:
        saved.save(alice, name, "tag=apple")
    with pytest.raises(ValidationError, match="2 saved searches"):
        saved.save(alice, "Three", "tag=apple")
    saved.forget(SavedSearch.objects.get(name="One"))
    assert saved.save(alice, "Three", "tag=apple").pk
    assert saved.save(bob, "Three", "tag=apple").pk


@pytest.mark.parametrize("page", PAGES)
def test_a_search_is_saved_from_its_page_and_shown_there(alice_client, alice, page):
    ImageFactory(owner=alice, tags=["apple"], visibility="public")
    address = f"{reverse(page)}?tag=apple"
    shown = alice_client.get(address).text
    assert f'name="next" value="{address}"' in shown
    answer = alice_client.post(SAVE, {"name": "Fruit", "query": "tag=apple", "next": address}, follow=True)
    assert answer.redirect_chain == [(address, 302)]
    assert "Search saved as “Fruit”" in answer.text
    assert '<a href="?tag=apple" aria-current="true">Fruit</a>' in answer.text


@pytest.mark.parametrize("page", PAGES)
def test_without_a_search_there_is_nothing_to_save(alice_client, page):
    assert "saved-searches" not in alice_client.get(reverse(page)).text
    assert "Save this search" not in alice_client.get(reverse(page) + "?order=newest").text


def test_htmx_is_given_the_form_for_the_search_in_the_box(alice_client):
    headers = {"HX-Request": "true", "HX-Target": "image-results"}
    page = alice_client.get(reverse("gallery:library") + "?q=apple", headers=headers).text
    assert '<input type="hidden" name="query" value="q=apple">' in page


def test_anonymous_people_are_asked_to_log_in(client, alice):
    search = saved.save(alice, "Fruit", "tag=apple")
    for path in [SAVE, forget_path(search)]:
        answer = client.post(path, {"name": "Mine", "query": "tag=apple"})
        assert answer.url.startswith(reverse("account_login"))
    assert SavedSearch.objects.count() == 1
    page = client.get(reverse("gallery:explore") + "?tag=apple").text
    assert "Save this search" not in page
    assert "Fruit" not in page


def test_saved_searches_are_their_owners_alone(bob_client, alice):
    search = saved.save(alice, "Fruit", "tag=apple")
    assert bob_client.post(forget_path(search)).status_code == 404
    assert SavedSearch.objects.exists()
    for page in PAGES:
        assert "Fruit" not in bob_client.get(reverse(page)).text


def test_they_are_only_posted_to(alice_client, alice):
    for path in [SAVE, forget_path(saved.save(alice, "Fruit", "tag=apple"))]:
        assert alice_client.get(path).status_code == 405


def test_a_bad_name_is_asked_for_again(alice_client):
    form = {"name": "<b>" * 30, "query": "tag=apple", "next": "/explore/?tag=apple"}
    answer = alice_client.post(SAVE, form)
    assert answer.status_code == 422
    assert "at most 60 characters" in answer.text
    assert 'name="query" value="tag=apple"' in answer.text
    assert 'name="next" value="/explore/?tag=apple"' in answer.text
    assert "<b>" not in answer.text
    assert not SavedSearch.objects.exists()


def test_a_form_without_fields_is_told_so(alice_client):
    assert alice_client.post(SAVE).status_code == 422


def test_a_saved_search_is_removed(alice_client, alice):
    search = saved.save(alice, "Fruit", "tag=apple")
    answer = alice_client.post(forget_path(search), {"next": "/explore/?tag=pear"}, follow=True)
    assert answer.redirect_chain == [("/explore/?tag=pear", 302)]
    assert "“Fruit” removed" in answer.text
    assert not SavedSearch.objects.exists()
    assert alice_client.post(forget_path(search)).status_code == 404


def test_nobody_is_led_to_another_site(alice_client):
    answer = alice_client.post(SAVE, {"name": "Fruit", "query": "tag=apple", "next": "https://example.com/"})
    assert answer.url == reverse("gallery:library")


@pytest.mark.parametrize("page", PAGES)
def test_many_saved_searches_cost_the_same_queries(alice_client, alice, page, django_assert_num_queries):
    saved.save(alice, "Fruit", "tag=apple")
    with CaptureQueriesContext(connection) as few:
        alice_client.get(reverse(page) + "?tag=apple")
    for number in range(20):
        saved.save(alice, f"Fruit {number}", "tag=apple")
    with django_assert_num_queries(len(few)):
        alice_client.get(reverse(page) + "?tag=apple")


def test_saved_searches_are_listed_and_renamed_in_the_admin(admin_client, alice):
    search = saved.save(alice, "Fruit", "tag=apple")
    assert "tag=apple" in admin_client.get(reverse("admin:gallery_savedsearch_changelist")).text
    path = reverse("admin:gallery_savedsearch_change", args=[search.pk])
    assert admin_client.post(path, {"name": "Apples"}).status_code == 302
    search.refresh_from_db()
    assert (search.name, search.query) == ("Apples", "tag=apple")
