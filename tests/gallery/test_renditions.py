from io import BytesIO

import pytest
from celery import current_app
from django.core.files.storage import default_storage
from django.urls import reverse
from kombu.exceptions import OperationalError
from PIL import Image as Pictures

from gallery import messages, rendering, renditions, services, tasks
from gallery.models import Image
from tests.factories import ImageFactory
from tests.pictures import scene

WAITING, READY, LOST = Image.Renditions.WAITING, Image.Renditions.READY, Image.Renditions.LOST


@pytest.fixture
def image(alice):
    """Wider than the second step, so that the third is the picture's own width."""
    return ImageFactory(owner=alice, prompt="a red apple", picture=scene(1, (600, 300)))


@pytest.fixture
def ready(image):
    rendering.make(image.pk)
    image.refresh_from_db()
    return image


def address(image: Image, step: int = 256, ending: str = "avif", version: str = "") -> str:
    return reverse("gallery:image-rendition", args=[image.pk, version or image.version, step, ending])


@pytest.mark.parametrize(
    ("width", "steps"), [(1, [256]), (256, [256]), (257, [256, 512]), (600, [256, 512, 1024]), (9000, [256, 512, 1024])]
)
def test_a_picture_has_the_steps_it_can_fill(width, steps):
    assert renditions.steps(width) == steps


@pytest.mark.parametrize("ending", ["avif", "webp"])
@pytest.mark.parametrize(("step", "size"), [(256, (256, 128)), (512, (512, 256)), (1024, (600, 300))])
def test_a_rendition_is_never_wider_than_the_original(ready, ending, step, size):
    with Pictures.open(BytesIO(renditions.rendition(ready.file.name, step, ending))) as picture:
        assert (picture.format.lower(), picture.size) == (ending, size)


def test_transparency_is_kept(alice):
    image = ImageFactory(owner=alice, picture=Pictures.new("RGBA", (300, 300), (9, 9, 9, 0)))
    rendering.make(image.pk)
    with Pictures.open(BytesIO(renditions.rendition(image.file.name, 256, "avif"))) as picture:
        assert picture.getpixel((9, 9))[3] == 0


def test_a_new_image_is_announced(alice, monkeypatch, django_capture_on_commit_callbacks):
    sent = []
    monkeypatch.setattr(current_app, "send_task", lambda *message: sent.append(message))
    with django_capture_on_commit_callbacks(execute=True):
        image = ImageFactory(owner=alice)
    assert sent == [("gallery.tasks.make_renditions", (str(image.pk),))]


def test_a_broker_that_is_away_stops_nobody(alice, monkeypatch, django_capture_on_commit_callbacks):
    monkeypatch.setattr(current_app, "send_task", lambda *message: (_ for _ in ()).throw(OperationalError("away")))
    with django_capture_on_commit_callbacks(execute=True):
        ImageFactory(owner=alice)
    assert Image.objects.get().rendition_state == WAITING


def test_a_message_twice_makes_them_once(ready, monkeypatch):
    monkeypatch.setattr(renditions, "render", lambda *picture: pytest.fail("made again"))
    tasks.make_renditions(str(ready.pk))


def test_a_message_about_a_deleted_image_is_nothing(alice):
    tasks.make_renditions("00000000-0000-4000-8000-000000000000")
    assert not Image.objects.exists()


def test_the_backlog_is_worked_off_in_small_batches(alice, monkeypatch):
    monkeypatch.setattr(rendering, "BATCH", 2)
    sent = []
    monkeypatch.setattr(messages, "announce", lambda *message: sent.extend(message))
    for _ in range(3):
        ImageFactory(owner=alice)
    sent.clear()
    tasks.make_missing_renditions()
    assert (Image.objects.filter(rendition_state=READY).count(), sent) == (2, ["gallery.tasks.make_missing_renditions"])
    tasks.make_missing_renditions()
    assert (Image.objects.filter(rendition_state=READY).count(), sent) == (3, ["gallery.tasks.make_missing_renditions"])


def test_an_image_that_cannot_be_read_does_not_hold_up_the_others(image, alice):
    default_storage.delete(image.file.name)
    whole = ImageFactory(owner=alice)
    tasks.make_missing_renditions()
    states = dict(Image.objects.values_list("pk", "rendition_state"))
    assert states == {image.pk: LOST, whole.pk: READY}


def test_a_full_disk_is_tried_again(image, monkeypatch):
    monkeypatch.setattr(renditions, "replace", lambda files: (_ for _ in ()).throw(OSError(28, "full")))
    with pytest.raises(OSError, match="full"):
        rendering.make(image.pk)
    image.refresh_from_db()
    assert image.rendition_state == WAITING


def test_renditions_go_with_the_image(ready, settings, django_capture_on_commit_callbacks):
    assert len([path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()]) == 8
    with django_capture_on_commit_callbacks(execute=True):
        ready.delete()
    assert [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()] == []


def test_public_renditions_are_kept_by_everybody(client, ready):
    services.set_visibility(ready, "public")
    answer = client.get(address(ready))
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("image/avif", "public, max-age=31536000, immutable")
    assert client.get(address(ready), headers={"If-None-Match": answer["ETag"]}).status_code == 304


def test_private_renditions_are_kept_by_their_owners_browser_alone(alice_client, ready):
    answer = alice_client.get(address(ready))
    assert answer["Cache-Control"] == "private, max-age=31536000, immutable"
    assert "Cookie" in answer["Vary"]


def test_unlisted_renditions_are_not_kept_by_others(bob_client, ready):
    services.set_visibility(ready, "unlisted")
    assert bob_client.get(address(ready))["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("wrong", [{"version": "0123456789ab"}, {"step": 300}, {"step": 2048}])
def test_other_addresses_do_not_exist(alice_client, ready, wrong):
    assert alice_client.get(address(ready, **wrong)).status_code == 404


def test_renditions_are_only_read(alice_client, ready):
    assert alice_client.post(address(ready)).status_code == 405


def test_a_lost_rendition_is_made_again_while_the_thumbnail_stands_in(alice_client, ready):
    default_storage.delete(renditions.rendition_name(ready.file.name, 256, "avif"))
    answer = alice_client.get(address(ready))
    assert (answer.url, answer["Cache-Control"]) == (reverse("gallery:image-thumbnail", args=[ready.pk]), "no-store")
    tasks.make_missing_renditions()
    assert alice_client.get(address(ready)).status_code == 200


@pytest.mark.parametrize("name", ["gallery:library", "gallery:explore"])
def test_a_grid_shows_renditions_and_never_the_original(alice_client, ready, name):
    services.set_visibility(ready, "public")
    page = alice_client.get(reverse(name)).text
    assert f"{address(ready)} 256w, {address(ready, 512)} 512w, {address(ready, 1024)} 600w" in page
    assert reverse("gallery:image-file", args=[ready.pk, "png"]) not in page


def test_until_they_are_made_the_thumbnail_is_shown(alice_client, image):
    page = alice_client.get(reverse("gallery:library")).text
    assert reverse("gallery:image-thumbnail", args=[image.pk]) in page
    assert "<source" not in page


def test_what_older_images_lack_is_added(image):
    Image.objects.update(placeholder="", perceptual_hash=None)
    known = image.placeholder, image.perceptual_hash
    rendering.make(image.pk)
    image.refresh_from_db()
    assert (image.placeholder, image.perceptual_hash) == known


def test_a_placeholder_is_under_the_picture(alice_client, image):
    page = alice_client.get(reverse("gallery:library")).text
    assert f'<img class="tile__placeholder" src="{image.placeholder}" alt="">' in page


def test_a_very_tall_picture_has_renditions(alice):
    image = ImageFactory(owner=alice, picture=Pictures.new("RGB", (20, 17_000), "red"))
    rendering.make(image.pk)
    with Pictures.open(BytesIO(renditions.rendition(image.file.name, 256, "webp"))) as picture:
        assert picture.size == (1, 1024)
