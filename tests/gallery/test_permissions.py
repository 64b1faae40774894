"""Who may read which image at which address; an address that is not in this table fails."""

import pytest
from django.test import Client
from django.urls import reverse

from gallery import rendering, services, urls
from gallery.models import Image
from tests.factories import ImageFactory

LISTS = {"landing", "explore", "library", "favorites", "trash", "trash-restore", "trash-empty", "tags", "uploads"}
#: Each address, with what it takes besides the image's key; of these, what is a name is an attribute of the image.
READS = {"image-detail": [], "image-file": ["png"], "image-thumbnail": [], "image-rendition": ["version", 256, "avif"]}
WRITES = {
    "image-tag-add", "image-tag-remove", "image-suggestion",
    "image-favorite", "image-visibility", "image-delete", "image-restore",
}  # fmt: skip
#: Addresses that are of no image of their own; their modules' tests say who may use them.
OTHERS = {
    "selection-restore", "search-save", "search-forget", "search-by-picture", "searched-picture", "tag-complete",
}  # fmt: skip
#: Addresses of collections; tests/gallery/test_collections.py says who may use them.
COLLECTIONS = {
    "collections", "collections-public", "collection-download", "collection-similar",
    "collection-create", "collection-detail", "collection-edit",
    "collection-delete", "collection-arrange", "collection-move", "collection-cover", "collection-remove",
    "image-collect", "image-uncollect",
}  # fmt: skip
READERS = {
    "private": {"owner", "moderator"},
    "unlisted": {"owner", "moderator", "stranger", "anonymous"},
    "public": {"owner", "moderator", "stranger", "anonymous"},
    "deleted": {"owner", "moderator"},
}


def test_every_address_is_in_the_table():
    assert {pattern.name for pattern in urls.urlpatterns} == LISTS | OTHERS | READS.keys() | WRITES | COLLECTIONS


@pytest.mark.parametrize("state", READERS)
@pytest.mark.parametrize("name", READS)
def test_an_image_is_read_by_those_who_may(alice, bob, admin_user, name, state):
    image = ImageFactory(owner=alice, visibility="public")
    rendering.make(image.pk)
    address = reverse(f"gallery:{name}", args=[image.pk, *(getattr(image, str(part), part) for part in READS[name])])
    if state == "deleted":
        services.trash(image)
    else:
        services.set_visibility(image, state)
    people = {"owner": alice, "stranger": bob, "moderator": admin_user, "anonymous": None}
    statuses = {}
    for who, person in people.items():
        client = Client()
        if person:
            client.force_login(person)
        statuses[who] = client.get(address).status_code
    assert {who for who, status in statuses.items() if status == 200} == READERS[state]
    assert {status for who, status in statuses.items() if who not in READERS[state]} <= {404}


@pytest.mark.parametrize("name", sorted(WRITES - {"image-favorite"}))
def test_not_even_a_moderator_writes_outside_the_admin(client, admin_user, alice, name):
    image = ImageFactory(owner=alice)
    client.force_login(admin_user)
    before = Image.objects.values().get()
    assert client.post(reverse(f"gallery:{name}", args=[image.pk]), {"tag": "x"}).status_code == 404
    assert Image.objects.values().get() == before
