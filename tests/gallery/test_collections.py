"""The pages of collections: who may open and change them, and what they show."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from gallery import collections, services
from gallery.models import Collection, Image
from gallery.views import collections as views
from tests.factories import CollectionFactory, ImageFactory

HTMX = {"HX-Request": "true"}
WRITES = ["collection-edit", "collection-delete", "collection-move", "collection-cover", "collection-remove"]
OWNER_ONLY = [*WRITES, "collection-arrange"]


@pytest.fixture
def images(alice):
    return [ImageFactory(owner=alice, prompt=f"apple {name}") for name in "abc"]


@pytest.fixture
def collection(alice, images):
    return CollectionFactory(owner=alice, title="Fruit", images=images)


def address(name: str, collection: Collection) -> str:
    return reverse(f"gallery:{name}", args=[collection.pk])


def order(collection) -> str:
    return "".join(image.prompt[-1] for image in Image.objects.shown_in(collection, collection.owner))


def test_ones_own_collections_are_listed(alice_client, bob, collection):
    CollectionFactory(owner=bob, title="Vegetables", visibility="public")
    page = alice_client.get(reverse("gallery:collections")).text
    assert "Fruit" in page
    assert "3 images" in page
    assert "Vegetables" not in page


def test_public_collections_are_listed_for_everybody(client, alice, collection):
    CollectionFactory(owner=alice, title="Link only", visibility="unlisted")
    shown = ImageFactory(owner=alice, visibility="public")
    CollectionFactory(owner=alice, title="Vegetables", visibility="public", images=[ImageFactory(owner=alice), shown])
    page = client.get(reverse("gallery:collections-public")).text
    assert "Vegetables" in page
    assert "1 image\n" in page
    assert "Fruit" not in page
    assert "Link only" not in page


@pytest.mark.parametrize("name", ["collections", "collection-create"])
def test_what_is_ones_own_asks_to_log_in(client, db, name):
    answer = client.get(reverse(f"gallery:{name}"))
    assert answer.url.startswith(reverse("account_login"))


@pytest.mark.parametrize("name", OWNER_ONLY)
def test_acts_ask_to_log_in(client, collection, name):
    assert client.post(address(name, collection)).url.startswith(reverse("account_login"))


@pytest.mark.parametrize("visibility", Collection.Visibility.values)
@pytest.mark.parametrize("name", OWNER_ONLY)
def test_a_stranger_changes_nothing(bob_client, collection, images, name, visibility):
    Collection.objects.update(visibility=visibility)
    before = Collection.objects.values().get(), order(collection)
    ask = bob_client.get if name == "collection-arrange" else bob_client.post
    assert ask(address(name, collection), {"image": images[0].pk, "before": "", "title": "x"}).status_code == 404
    assert (Collection.objects.values().get(), order(collection)) == before


@pytest.mark.parametrize("name", ["collection-delete", "collection-move", "collection-cover", "collection-remove"])
def test_acts_are_posts(alice_client, collection, name):
    assert alice_client.get(address(name, collection)).status_code == 405


@pytest.mark.parametrize("name", ["collections", "collections-public"])
def test_lists_are_only_read(alice_client, name):
    assert alice_client.post(reverse(f"gallery:{name}")).status_code == 405


@pytest.mark.parametrize("name", ["collection-detail", "collection-arrange"])
def test_pages_of_a_collection_are_only_read(alice_client, collection, name):
    assert alice_client.post(address(name, collection)).status_code == 405


def test_a_private_collection_is_its_owners(alice_client, bob_client, client, collection):
    assert alice_client.get(address("collection-detail", collection)).status_code == 200
    assert bob_client.get(address("collection-detail", collection)).status_code == 404


@pytest.mark.parametrize("visibility", ["unlisted", "public"])
def test_a_shared_collection_shows_others_no_private_image(client, alice, collection, visibility):
    Collection.objects.update(visibility=visibility)
    shown = ImageFactory(owner=alice, prompt="a shared pear", visibility="public")
    collections.add_images(collection, Image.objects.filter(pk=shown.pk))
    page = client.get(address("collection-detail", collection)).text
    assert "a shared pear" in page
    assert "apple" not in page
    assert "1 image by alice" in " ".join(page.split())
    assert address("collection-edit", collection) not in page


def test_a_moderator_opens_a_private_collection(client, admin_user, collection):
    client.force_login(admin_user)
    page = client.get(address("collection-detail", collection))
    assert page.status_code == 200
    assert "0 images by alice" in " ".join(page.text.split())


def test_a_collection_is_made(alice_client, alice):
    body = {"title": " My  fruit", "description": "All of it", "visibility": "unlisted"}
    answer = alice_client.post(reverse("gallery:collection-create"), body)
    made = Collection.objects.get()
    assert answer.url == made.get_absolute_url()
    assert (made.title, made.description, made.visibility, made.owner) == ("My fruit", "All of it", "unlisted", alice)


def test_a_collection_is_renamed(alice_client, collection):
    body = {"title": "Berries", "description": "", "visibility": "public"}
    assert alice_client.post(address("collection-edit", collection), body).url == collection.get_absolute_url()
    collection.refresh_from_db()
    assert (collection.title, collection.visibility) == ("Berries", "public")


@pytest.mark.parametrize(
    "wrong", [{"title": " "}, {"title": "x" * 200}, {"visibility": "x"}, {"description": "x" * 2001}, {"title": "\x00"}]
)
def test_a_wrong_form_is_refused(alice_client, collection, wrong):
    body = {"title": "Berries", "description": "", "visibility": "public", **wrong}
    for path in (reverse("gallery:collection-create"), address("collection-edit", collection)):
        answer = alice_client.post(path, body)
        assert answer.status_code == 422
        assert "field__error" in answer.text
    assert Collection.objects.get().title == "Fruit"


def test_a_collection_is_deleted_and_its_images_stay(alice_client, collection):
    page = alice_client.post(address("collection-delete", collection), follow=True)
    assert "Its images are still in the library." in page.text
    assert not Collection.objects.exists()
    assert Image.objects.count() == 3


@pytest.mark.parametrize(
    ("body", "expected"), [({"step": "later"}, "bac"), ({"before": ""}, "bca"), ({"step": "earlier"}, "abc")]
)
def test_images_are_moved(alice_client, collection, images, body, expected):
    answer = alice_client.post(address("collection-move", collection), {"image": images[0].pk, **body})
    assert answer.url == address("collection-arrange", collection)
    assert order(collection) == expected


def test_an_image_is_dragged_before_another(alice_client, collection, images):
    body = {"image": images[2].pk, "before": images[0].pk}
    answer = alice_client.post(address("collection-move", collection), body, headers=HTMX)
    assert answer.text.lstrip().startswith('<div id="collection-arrange">')
    assert order(collection) == "cab"


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_move_to_nowhere_is_refused(alice_client, collection, images, headers):
    path = address("collection-move", collection)
    answer = alice_client.post(path, {"image": images[0].pk, "step": "x"}, headers=headers)
    assert answer.status_code == 422
    assert "Say where the image is to go" in answer.text


@pytest.mark.parametrize("key", ["", "x", "00000000-0000-4000-8000-000000000000"])
@pytest.mark.parametrize("name", ["collection-move", "collection-cover", "collection-remove"])
def test_an_image_that_is_not_in_it_is_404(alice_client, collection, name, key):
    assert alice_client.post(address(name, collection), {"image": key, "before": ""}).status_code == 404


def test_a_move_before_what_is_not_in_it_is_404(alice_client, alice, collection, images):
    body = {"image": images[0].pk, "before": ImageFactory(owner=alice).pk}
    assert alice_client.post(address("collection-move", collection), body).status_code == 404


def test_a_cover_is_chosen(alice_client, collection, images):
    alice_client.post(address("collection-cover", collection), {"image": images[1].pk})
    collection.refresh_from_db()
    assert collection.cover == images[1]
    assert f"/images/{images[1].pk}/" in alice_client.get(reverse("gallery:collections")).text


def test_an_image_is_taken_out(alice_client, collection, images):
    alice_client.post(address("collection-remove", collection), {"image": images[1].pk})
    assert order(collection) == "ac"
    assert Image.objects.count() == 3


def test_pages_follow_each_other(alice_client, collection, monkeypatch):
    monkeypatch.setattr(views, "IMAGES_SHOWN", 2)
    page = alice_client.get(address("collection-detail", collection)).text
    assert 'hx-get="?after=2"' in page
    headers = {**HTMX, "HX-Target": "collection-more"}
    more = alice_client.get(address("collection-detail", collection) + "?after=2", headers=headers).text
    assert more.lstrip().startswith("<figure")
    assert 'alt="apple c"' in more
    assert 'alt="apple a"' not in more


@pytest.mark.parametrize("after", ["x", "-1", "99999999999999", "\x00", "3"])
def test_any_place_to_begin_at_is_fine(alice_client, collection, after):
    assert alice_client.get(address("collection-detail", collection), {"after": after}).status_code == 200


def fill(alice, collection) -> None:
    for number in range(3):
        image = ImageFactory(owner=alice, visibility="public")
        CollectionFactory(owner=alice, visibility="public", title=f"More {number}", images=[image])
        collections.add_images(collection, Image.objects.filter(pk=image.pk))
        services.favorite(alice, image)


@pytest.mark.parametrize("name", ["collections", "collections-public", "collection-detail", "collection-arrange"])
def test_twice_the_rows_cost_the_same_queries(alice_client, alice, collection, name, django_assert_num_queries):
    path = reverse(f"gallery:{name}", args=[collection.pk] if "-" in name and "public" not in name else [])
    fill(alice, collection)
    with CaptureQueriesContext(connection) as few:
        alice_client.get(path)
    fill(alice, collection)
    with django_assert_num_queries(len(few)):
        alice_client.get(path)


def test_markup_shows_as_text(client, alice, collection):
    Collection.objects.update(title="<i>x</i>", description="<b>y</b>", visibility="public")
    page = client.get(address("collection-detail", collection)).text
    assert "<i>x" not in page
    assert "<b>y" not in page
    assert "&lt;b&gt;y" in page


class TestFromAnImage:
    @pytest.fixture
    def image(self, alice):
        return ImageFactory(owner=alice, visibility="public")

    def put(self, client, image, title="Fruit", **kwargs):
        return client.post(reverse("gallery:image-collect", args=[image.pk]), {"title": title}, **kwargs)

    def test_an_image_is_put_into_a_collection_old_or_new(self, alice_client, alice, image, collection):
        assert self.put(alice_client, image, "fruit").url == image.get_absolute_url()
        self.put(alice_client, image, "Brand new")
        assert set(image.collections.values_list("title", flat=True)) == {"Fruit", "Brand new"}
        assert "Brand new" in alice_client.get(image.get_absolute_url()).text

    def test_somebody_elses_public_image_is_collected(self, bob_client, bob, image):
        answer = self.put(bob_client, image, headers=HTMX)
        assert 'id="image-collections"' in answer.text
        assert image.collections.get().owner == bob

    def test_what_is_not_seen_is_not_collected(self, bob_client, image):
        services.set_visibility(image, "private")
        assert self.put(bob_client, image).status_code == 404
        assert not Collection.objects.exists()

    def test_what_is_in_the_trash_is_not_collected(self, alice_client, image):
        services.trash(image)
        assert self.put(alice_client, image).status_code == 404
        assert not Collection.objects.exists()

    @pytest.mark.parametrize("headers", [{}, HTMX])
    def test_a_name_is_asked_for(self, alice_client, image, headers):
        answer = self.put(alice_client, image, " ", headers=headers)
        assert answer.status_code == 422
        assert "A collection needs a name." in answer.text

    def test_an_image_is_taken_out_of_ones_own_collection(self, alice_client, bob, image, collection):
        his = CollectionFactory(owner=bob, images=[image])
        collections.add_images(collection, Image.objects.filter(pk=image.pk))
        for each in (collection, his):
            path = reverse("gallery:image-uncollect", args=[image.pk])
            assert alice_client.post(path, {"collection": each.pk}).status_code == 302
        assert image.collections.get() == his

    @pytest.mark.parametrize("name", ["image-collect", "image-uncollect"])
    def test_collecting_is_a_post_of_somebody(self, alice_client, client, image, name):
        path = reverse(f"gallery:{name}", args=[image.pk])
        assert alice_client.get(path).status_code == 405
        client.logout()
        assert client.post(path).url.startswith(reverse("account_login"))
