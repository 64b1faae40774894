from io import BytesIO

import pytest
from django.core.files.storage import default_storage
from django.urls import reverse
from PIL import Image as Pictures

from gallery import renditions, services
from gallery.storage import DurableStorage
from tests.factories import ImageFactory

FILES = [("image-file", "png"), ("image-file", "jpg"), ("image-file", "webp"), ("image-thumbnail",)]


@pytest.fixture
def image(alice):
    return ImageFactory(owner=alice, prompt="A red apple!", picture=Pictures.new("RGB", (600, 300), "red"))


@pytest.fixture(params=FILES, ids=lambda file: "-".join(file))
def path(request, image):
    name, *ending = request.param
    return reverse(f"gallery:{name}", args=[image.pk, *ending])


def opened(answer) -> Pictures.Image:
    return Pictures.open(BytesIO(answer.content))


def test_the_owner_is_given_a_private_file_that_nothing_keeps(alice_client, path):
    answer = alice_client.get(path)
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_a_private_file_is_not_there_for_others(bob_client, client, path):
    assert bob_client.get(path).status_code == 404
    assert client.get(path).status_code == 404


def test_a_public_file_is_kept_for_long(client, image, path):
    services.set_visibility(image, "public")
    answer = client.get(path)
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert client.get(path, headers={"If-None-Match": answer["ETag"]}).status_code == 304


def test_an_unlisted_file_is_not_kept(client, image, path):
    services.set_visibility(image, "unlisted")
    assert client.get(path)["Cache-Control"] == "private, no-store"


def test_a_deleted_file_is_its_owners_only(alice_client, bob_client, image, path):
    services.set_visibility(image, "public")
    services.trash(image)
    assert alice_client.get(path).status_code == 200
    assert bob_client.get(path).status_code == 404


def test_a_lost_file_is_404(alice_client, image, path):
    renditions.delete(image.file.name)
    assert alice_client.get(path).status_code == 404


def test_files_are_only_read(alice_client, path):
    assert alice_client.post(path).status_code == 405


@pytest.mark.parametrize(("ending", "kind"), [("png", "PNG"), ("jpg", "JPEG"), ("webp", "WEBP")])
def test_downloads_come_in_the_asked_format(alice_client, image, ending, kind):
    answer = alice_client.get(reverse("gallery:image-file", args=[image.pk, ending]) + "?download=1")
    with opened(answer) as picture:
        assert (picture.format, picture.size) == (kind, (600, 300))
    assert answer["Content-Disposition"] == f'attachment; filename="a-red-apple-{str(image.pk)[:8]}.{ending}"'


@pytest.mark.django_db
@pytest.mark.parametrize("ending", ["gif", "svg", "png.html", "PNG"])
def test_other_formats_do_not_exist(client, ending):
    assert client.get(f"/images/00000000-0000-4000-8000-000000000000/file.{ending}").status_code == 404


def test_a_thumbnail_is_small(alice_client, image):
    answer = alice_client.get(reverse("gallery:image-thumbnail", args=[image.pk]))
    with opened(answer) as picture:
        assert (picture.format, picture.size) == ("WEBP", (512, 256))


def test_a_lost_thumbnail_is_made_again(alice_client, image):
    default_storage.delete(renditions.thumbnail_name(image.file.name))
    assert alice_client.get(reverse("gallery:image-thumbnail", args=[image.pk])).status_code == 200
    assert default_storage.exists(renditions.thumbnail_name(image.file.name))


def test_a_full_disk_does_not_hide_a_lost_thumbnail(alice_client, image, monkeypatch):
    default_storage.delete(renditions.thumbnail_name(image.file.name))
    monkeypatch.setattr(DurableStorage, "_publish", lambda *args: (_ for _ in ()).throw(OSError(28, "full")))
    assert alice_client.get(reverse("gallery:image-thumbnail", args=[image.pk])).status_code == 200


def test_transparency_becomes_white_in_a_jpeg(alice_client, alice):
    image = ImageFactory(owner=alice, picture=Pictures.new("RGBA", (8, 8), (0, 0, 0, 0)))
    answer = alice_client.get(reverse("gallery:image-file", args=[image.pk, "jpg"]))
    with opened(answer) as picture:
        assert picture.getpixel((4, 4)) == (255, 255, 255)


def test_files_are_whole_or_absent(settings):
    storage = DurableStorage(location=settings.MEDIA_ROOT)

    class Torn:
        def chunks(self):
            yield b"half"
            raise OSError(28, "full")

    with pytest.raises(OSError, match="full"):
        storage._save("a/b.png", Torn())
    assert [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()] == []
