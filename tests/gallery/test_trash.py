from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils import timezone

from gallery import messages, rendering, services, tasks, trash
from gallery.models import Image
from tests.factories import ImageFactory

PAGE, RESTORE, EMPTY = (reverse(f"gallery:{name}") for name in ("trash", "trash-restore", "trash-empty"))


@pytest.fixture(autouse=True)
def announced(monkeypatch):
    """What the workers are told, instead of telling them."""
    told = []
    monkeypatch.setattr(messages, "announce", lambda *message: told.append(message))
    return told


@pytest.fixture
def trashed(alice):
    image = ImageFactory(owner=alice, prompt="thrown away")
    rendering.make(image.pk)
    services.trash(image)
    return image


def said(answer) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


def test_all_is_brought_back(alice_client, alice, trashed):
    services.trash(ImageFactory(owner=alice))
    answer = alice_client.post(RESTORE)
    assert (answer.url, said(answer)) == (reverse("gallery:library"), ["2 images back in your library."])
    assert Image.objects.alive().count() == 2


def test_emptying_asks_first(alice_client, trashed):
    page = alice_client.get(EMPTY).text
    assert "Delete 1 image for good?" in page
    assert Image.objects.trashed().count() == 1


def test_what_was_emptied_is_seen_no_more_and_then_gone(
    alice_client, settings, trashed, announced, django_capture_on_commit_callbacks
):
    answer = alice_client.post(EMPTY)
    assert (answer.url, said(answer)) == (PAGE, ["1 image deleted for good."])
    assert "thrown away" not in alice_client.get(PAGE).text
    assert announced[-1] == ("gallery.tasks.purge_trash",)
    with django_capture_on_commit_callbacks(execute=True):
        tasks.purge_trash()
    assert not Image.objects.exists()
    assert [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()] == []


def test_only_ones_own_trash_is_meant(bob_client, trashed):
    for address in (RESTORE, EMPTY):
        bob_client.post(address)
    assert Image.objects.trashed().get() == trashed


def test_what_is_not_in_the_trash_stays(alice_client, alice, trashed):
    kept = ImageFactory(owner=alice)
    alice_client.post(EMPTY)
    tasks.purge_trash()
    assert Image.objects.get() == kept


def test_what_was_given_up_does_not_come_back(alice_client, alice, trashed):
    trash.empty(alice)
    alice_client.post(RESTORE)
    assert not Image.objects.alive().exists()


@pytest.mark.parametrize("address", [RESTORE, EMPTY])
def test_an_empty_trash_is_nothing_to_do(alice_client, address):
    answer = alice_client.post(address)
    assert (answer.url, said(answer)) == (PAGE, [])
    assert alice_client.get(EMPTY).url == PAGE


def test_the_acts_are_offered_where_there_is_something(alice_client, alice, trashed):
    assert "Restore all" in alice_client.get(PAGE).text
    trash.restore_all(alice)
    assert "Restore all" not in alice_client.get(PAGE).text


@pytest.mark.django_db
@pytest.mark.parametrize("address", [RESTORE, EMPTY])
def test_acts_ask_to_log_in(client, address):
    assert client.post(address).url.startswith(reverse("account_login"))


def test_restoring_is_a_post(alice_client):
    assert alice_client.get(RESTORE).status_code == 405
    assert alice_client.put(EMPTY).status_code == 405


def test_many_are_deleted_in_batches(alice, monkeypatch):
    monkeypatch.setattr(trash, "BATCH", 2)
    for _ in range(5):
        ImageFactory(owner=alice)
    Image.objects.update(deleted_at=timezone.now() - timedelta(days=31))
    assert trash.purge() == 5


def test_twice_the_images_cost_the_same_queries(alice_client, alice, trashed, django_assert_num_queries):
    with django_assert_num_queries(3):
        alice_client.get(EMPTY)
    services.trash(ImageFactory(owner=alice))
    with django_assert_num_queries(3):
        alice_client.get(EMPTY)
