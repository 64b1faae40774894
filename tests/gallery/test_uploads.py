from datetime import timedelta
from io import BytesIO

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from PIL import Image as Pictures

from airbrush.celery import app
from gallery import housekeeping, intake, messages, services, tasks, uploads
from gallery.models import Image, Upload
from gallery.storage import DurableStorage
from tests.factories import ImageFactory
from tests.gallery.files import a_photo, empty_png, encoded, sent
from tests.pictures import scene

PAGE = "/uploads/"
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def announced(monkeypatch):
    """What the workers are told, instead of telling them."""
    told = []
    monkeypatch.setattr(messages, "announce", lambda task, *arguments: told.append((task, *arguments)))
    return told


def quarantine(settings) -> list[str]:
    return sorted(path.name for path in (settings.MEDIA_ROOT / "uploads").glob("*"))


def taken_in(owner, data: bytes, name: str = "red-bicycle.jpg") -> Upload:
    upload = uploads.receive(owner, sent(data, name))
    intake.take_in(upload.pk)
    upload.refresh_from_db()
    return upload


def full(*arguments):
    raise OSError(28, "No space left on device")


def test_a_file_waits_in_quarantine_until_a_worker_is_told(alice, settings, announced):
    upload = uploads.receive(alice, sent(a_photo()))
    assert (upload.status, quarantine(settings)) == ("waiting", [str(upload.pk)])
    assert announced == [("gallery.tasks.take_in", str(upload.pk))]
    assert not Image.objects.exists()


def test_a_worker_makes_it_a_private_image(alice, settings, announced, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        upload = taken_in(alice, a_photo())
    image = Image.objects.get()
    assert (upload.status, upload.image, quarantine(settings)) == ("done", image, [])
    assert (image.owner, image.visibility, image.source) == (alice, "private", "upload")
    assert (image.title, image.width, image.height) == ("red bicycle", 300, 200)
    assert ("generation.tasks.embed_missing",) in announced


def test_the_stored_file_is_encoded_anew(alice):
    image = taken_in(alice, a_photo(comment=b"<script>") + b"<script>").image
    data = image.file.read()
    assert data.startswith(b"\x89PNG")
    assert b"<script>" not in data


def test_a_second_message_changes_nothing(alice):
    upload = taken_in(alice, a_photo())
    tasks.take_in(str(upload.pk))
    assert Image.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "title"),
    [("red-bicycle.jpg", "red bicycle"), ("IMG_1234.HEIC", ""), ("DSC00042.JPG", ""), ("2024-05-06.png", ""),
     ("photo of a dog.webp", "photo of a dog"), (".png", ".png")],
)  # fmt: skip
def test_a_title_comes_from_a_name_with_words(alice, name, title):
    assert taken_in(alice, a_photo(), name).image.title == title


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"not a picture", "This is not a JPEG"),
        (a_photo()[:900], "did not arrive whole"),
        (empty_png(30_000, 9), "20,000"),
    ],
    ids=["text", "truncated", "bomb"],
)
def test_a_bad_file_is_refused_with_a_sentence(alice, settings, data, sentence, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        upload = taken_in(alice, data)
    assert upload.status == "failed"
    assert sentence in upload.error
    assert (quarantine(settings), Image.objects.count()) == ([], 0)


def test_an_animation_is_noted(alice):
    frames = encoded(scene(1), "GIF", save_all=True, append_images=[scene(2)])
    assert "first picture of the animation" in taken_in(alice, frames).note


def test_the_same_bytes_are_a_duplicate(alice, bob, settings):
    first = taken_in(alice, a_photo())
    again = uploads.receive(alice, sent(a_photo()))
    assert (again.status, again.image, quarantine(settings)) == ("duplicate", first.image, [str(first.pk)])
    assert taken_in(bob, a_photo()).status == "done"


def test_a_downloaded_original_is_a_duplicate(alice):
    image = ImageFactory(owner=alice)
    assert uploads.receive(alice, sent(image.file.read())).image == image


def test_the_same_bytes_sent_twice_at_once_are_one_image(alice):
    both = [uploads.receive(alice, sent(a_photo())) for _ in range(2)]
    for upload in both:
        intake.take_in(upload.pk)
    assert sorted(Upload.objects.values_list("status", flat=True)) == ["done", "duplicate"]
    assert Image.objects.count() == 1


def test_two_workers_at_the_same_bytes_make_one_image(alice, monkeypatch):
    first, second = [uploads.receive(alice, sent(a_photo())) for _ in range(2)]
    asked = []

    def blind_at_first(upload):
        asked.append(upload)
        return uploads.twin_of(upload) if len(asked) == 2 else None

    intake.take_in(first.pk)
    monkeypatch.setattr(intake, "twin_of", blind_at_first)
    intake.take_in(second.pk)
    second.refresh_from_db()
    assert (second.status, Image.objects.count()) == ("duplicate", 1)


def test_once_deleted_for_good_it_may_come_again(alice):
    taken_in(alice, a_photo()).image.delete()
    assert taken_in(alice, a_photo()).status == "done"


def test_a_full_disk_is_told(alice, monkeypatch):
    monkeypatch.setattr(DurableStorage, "_publish", full)
    assert "no room" in uploads.receive(alice, sent(a_photo())).error


def test_a_disk_that_fills_up_later_is_told(alice, monkeypatch):
    upload = uploads.receive(alice, sent(a_photo()))
    monkeypatch.setattr(DurableStorage, "_publish", full)
    intake.take_in(upload.pk)
    upload.refresh_from_db()
    assert "disk is full" in upload.error


def test_a_lost_file_is_told(alice):
    upload = uploads.receive(alice, sent(a_photo()))
    default_storage.delete(upload.file.name)
    intake.take_in(upload.pk)
    upload.refresh_from_db()
    assert upload.error == "The file is lost. Send it again."


def test_an_unforeseen_fault_is_told_and_raised(alice, monkeypatch):
    upload = uploads.receive(alice, sent(a_photo()))
    monkeypatch.setattr(services, "add_image", lambda **values: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        intake.take_in(upload.pk)
    upload.refresh_from_db()
    assert "no fault of yours" in upload.error


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("UPLOAD_MAX_BYTES", 100, "larger than 100"),
        ("UPLOAD_MAX_IMAGES_PER_USER", 1, "brought 1 images"),
        ("UPLOAD_MAX_BYTES_PER_USER", 5000, "take more than"),
    ],
)
def test_limits_are_told(alice, settings, name, value, sentence):
    taken_in(alice, a_photo(2))
    setattr(settings, name, value)
    assert sentence in uploads.receive(alice, sent(a_photo())).error


def test_what_waits_and_what_is_in_the_trash_counts(alice, settings):
    services.trash(taken_in(alice, a_photo(1)).image)
    uploads.receive(alice, sent(a_photo(2)))
    ImageFactory(owner=alice)
    assert settings.UPLOAD_MAX_IMAGES_PER_USER - uploads.room(alice)[0] == 2


def test_a_dead_workers_upload_is_tried_once_more(alice):
    upload = uploads.receive(alice, sent(a_photo()))
    long_ago = timezone.now() - timedelta(hours=1)
    for left, status in [([upload.pk], "waiting"), ([], "failed")]:
        Upload.objects.update(status="reading", attempts=F("attempts") + 1, started_at=long_ago)
        assert (intake.recover(), Upload.objects.get().status) == (left, status)


def test_a_lost_message_is_repeated(alice, announced):
    upload = uploads.receive(alice, sent(a_photo()))
    tasks.sweep_uploads()
    assert len(announced) == 1
    Upload.objects.update(created_at=timezone.now() - timedelta(minutes=3))
    tasks.sweep_uploads()
    assert announced[1:] == [("gallery.tasks.take_in", str(upload.pk))]


def test_quarantine_is_cleaned_up(alice, settings, monkeypatch):
    upload = uploads.receive(alice, sent(a_photo()))
    default_storage.save("uploads/nobodys", BytesIO(b"x"))
    monkeypatch.setattr(housekeeping, "ORPHAN_AGE", timedelta(0))
    assert housekeeping.collect_orphans() == 1
    assert quarantine(settings) == [str(upload.pk)]


def test_a_deleted_account_leaves_no_quarantine(alice, settings, django_capture_on_commit_callbacks):
    uploads.receive(alice, sent(a_photo()))
    with django_capture_on_commit_callbacks(execute=True):
        alice.delete()
    assert quarantine(settings) == []


def test_what_came_to_nothing_is_forgotten(alice):
    taken_in(alice, a_photo())
    taken_in(alice, b"no picture")
    Upload.objects.update(created_at=timezone.now() - timedelta(days=31))
    assert housekeeping.forget_uploads() == 1
    assert Upload.objects.get().status == "done"


@pytest.mark.parametrize(
    "name",
    [
        settings.GALLERY_EMBED_TASK,
        "gallery.tasks.take_in",
        "gallery.tasks.make_renditions",
        "gallery.tasks.make_missing_renditions",
        "gallery.tasks.purge_trash",
    ],
)
def test_what_the_workers_are_told_is_a_task(name):
    app.loader.import_default_modules()
    assert name in app.tasks


def test_the_page_is_there_for_people_with_an_account(alice_client, client):
    assert "Choose pictures" in alice_client.get(PAGE).text
    client.logout()
    assert client.get(PAGE).url.startswith(reverse("account_login"))


def test_the_page_is_read_and_posted_to(alice_client):
    assert alice_client.put(PAGE).status_code == 405


def test_many_files_are_sent_at_once(alice_client, alice):
    answer = alice_client.post(PAGE, {"file": [sent(a_photo(1), "one.jpg"), sent(a_photo(2), "two.jpg")]})
    assert answer.url == PAGE
    assert sorted(alice.uploads.values_list("name", flat=True)) == ["one.jpg", "two.jpg"]


def test_htmx_is_given_the_list(alice_client):
    page = alice_client.post(PAGE, {"file": sent(a_photo())}, headers=HTMX)
    assert page.text.lstrip().startswith('<section class="stack" id="upload-list"')
    assert "every 1s" in page.text


def test_nothing_to_send_is_refused(alice_client):
    page = alice_client.post(PAGE, {})
    assert page.status_code == 422
    assert "Choose at least one picture." in page.text


def test_a_refused_file_is_named_with_the_reason(alice_client):
    page = alice_client.post(PAGE, {"file": sent(b"", "nothing.jpg")})
    assert page.status_code == 422
    assert "The file is empty." in page.text


def test_the_page_says_what_became_of_each(alice_client, alice):
    done = taken_in(alice, a_photo())
    taken_in(alice, b"no picture", "<b>text.jpg")
    services.trash(done.image)
    uploads.receive(alice, sent(a_photo()))
    page = alice_client.get(PAGE).text
    for part in [
        "Added",
        "This is not a JPEG",
        "&lt;b&gt;text.jpg",
        "already, in the trash",
        done.image.get_absolute_url(),
    ]:
        assert part in page
    assert "every 1s" not in page


def test_uploads_are_ones_own(bob_client, alice):
    taken_in(alice, a_photo(), "secret.jpg")
    assert "secret.jpg" not in bob_client.get(PAGE).text


def test_twice_the_uploads_cost_the_same_queries(alice_client, alice, django_assert_num_queries):
    taken_in(alice, a_photo(0))
    with django_assert_num_queries(4):
        alice_client.get(PAGE)
    for seed in range(1, 5):
        taken_in(alice, a_photo(seed))
    with django_assert_num_queries(4):
        alice_client.get(PAGE)


def test_large_bodies_are_taken_from_people_with_an_account_only(alice_client, alice, settings):
    large = b"x" * 3_000_000
    assert alice_client.post(PAGE, {"file": sent(large)}).status_code == 302
    alice_client.logout()
    assert alice_client.post(PAGE, {"file": sent(large)}).status_code == 413
    alice_client.force_login(alice)
    settings.UPLOAD_MAX_BODY = 2_500_000
    answer = alice_client.post(PAGE, {"file": sent(large)})
    assert (answer.status_code, "larger than 2.4" in answer.text) == (413, True)


def test_the_date_is_shown(alice_client, alice):
    exif = Pictures.Exif()
    exif.get_ifd(0x8769)[0x9003] = "2019:05:06 07:08:09"
    page = alice_client.get(taken_in(alice, a_photo(exif=exif)).image.get_absolute_url()).text
    assert "May 6, 2019" in page
