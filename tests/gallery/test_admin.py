import pytest
from django.urls import reverse

from gallery import services, uploads
from gallery.models import Image
from tests.factories import CollectionFactory, ImageFactory
from tests.gallery.files import sent


@pytest.fixture
def image(alice):
    image = ImageFactory(owner=alice, tags=["apple"], embedding=[1.0], clip_model="a")
    services.favorite(alice, image)
    return image


@pytest.mark.parametrize("model", ["image", "favorite", "imageembedding", "taggedimage"])
def test_lists_show_thumbnails(admin_client, image, model):
    page = admin_client.get(reverse(f"admin:gallery_{model}_changelist"))
    assert page.status_code == 200
    assert reverse("gallery:image-thumbnail", args=[image.pk]) in page.text


def test_an_image_is_changed(admin_client, image):
    path = reverse("admin:gallery_image_change", args=[image.pk])
    body = {"owner": image.owner_id, "title": "Apple", "tags": "apple, summer", "visibility": "private",
            "license": image.license, "source": image.source}  # fmt: skip
    assert admin_client.get(path).status_code == 200
    assert admin_client.post(path, body).status_code == 302
    image.refresh_from_db()
    assert (image.title, image.tag_names) == ("Apple", "apple, summer")


@pytest.mark.parametrize(
    ("action", "field", "value"), [("make_private", "visibility", "private"), ("restore", "deleted_at", None)]
)
def test_images_are_acted_on_together(admin_client, image, action, field, value):
    services.set_visibility(image, "public")
    services.trash(image)
    admin_client.post(reverse("admin:gallery_image_changelist"), {"action": action, "_selected_action": [image.pk]})
    assert getattr(Image.objects.get(), field) == value


def test_images_are_moved_to_the_trash_together(admin_client, image):
    body = {"action": "move_to_trash", "_selected_action": [image.pk]}
    admin_client.post(reverse("admin:gallery_image_changelist"), body)
    assert Image.objects.get().is_deleted


def test_users_are_listed(admin_client, alice):
    assert alice.email in admin_client.get(reverse("admin:accounts_user_changelist")).text
    assert admin_client.get(reverse("admin:accounts_user_add")).status_code == 200


def test_collections_are_listed_and_changed(admin_client, image):
    collection = CollectionFactory(title="Fruit", images=[image])
    assert "Fruit" in admin_client.get(reverse("admin:gallery_collection_changelist")).text
    page = admin_client.get(reverse("admin:gallery_collection_change", args=[collection.pk])).text
    assert reverse("gallery:image-thumbnail", args=[image.pk]) in page


def test_uploads_are_looked_at_only(admin_client, alice):
    upload = uploads.receive(alice, sent(b""))
    assert "The file is empty." in admin_client.get(reverse("admin:gallery_upload_changelist")).text
    path = reverse("admin:gallery_upload_change", args=[upload.pk])
    assert admin_client.get(path).status_code == 200
    assert admin_client.post(path, {"name": "x"}).status_code == 403
