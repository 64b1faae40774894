import errno
from datetime import timedelta
from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone
from PIL import Image as Pictures
from taggit.models import Tag

from gallery import housekeeping, services, tasks, trash
from gallery.models import Favorite, Image, TaggedImage
from gallery.storage import DurableStorage
from tests.factories import ImageFactory

pytestmark = pytest.mark.django_db


def stored_files(settings) -> list[str]:
    return sorted(path.name for path in settings.MEDIA_ROOT.rglob("*") if path.is_file())


def red_square() -> Pictures.Image:
    return Pictures.new("RGB", (32, 16), "red")


def test_an_image_is_stored_with_all_that_is_known_of_it(alice):
    image = services.add_image(
        owner=alice, picture=red_square(), prompt="a red square", tags=["Red", "square", "red"], seed=2**40,
        checkpoint="starter", style="photo", embedding=[0.5, 1.0], clip_model="starter-v1/clip",
    )  # fmt: skip
    image.refresh_from_db()
    assert (image.width, image.height, image.seed, image.dominant_color) == (32, 16, 2**40, "#ff0000")
    assert sorted(image.tags.names()) == ["red", "square"]
    assert list(image.embeddings.get().vector) == [0.5, 1.0]
    with Pictures.open(BytesIO(image.file.read())) as stored:
        assert (stored.format, stored.size) == ("PNG", (32, 16))


def test_the_file_is_named_by_its_content(alice, settings):
    image = ImageFactory(owner=alice)
    assert image.file.name == f"images/{image.sha256[:2]}/{image.sha256}.png"
    assert stored_files(settings) == [f"{image.sha256}.png", f"{image.sha256}.thumbnail.webp"]


def test_two_images_of_one_content_have_a_file_each(alice, bob):
    first, second = ImageFactory(owner=alice), ImageFactory(owner=bob)
    second.delete()
    assert first.sha256 == second.sha256
    assert default_storage.exists(first.file.name)


def test_nothing_of_the_pictures_old_file_is_kept(alice):
    buffer = BytesIO()
    red_square().save(buffer, "JPEG", comment=b"<script>")
    image = services.add_image(owner=alice, picture=Pictures.open(buffer))
    assert b"<script>" not in image.file.read()


@pytest.mark.parametrize("writes_before_full", [0, 1])
def test_a_full_disk_leaves_nothing_behind(alice, settings, monkeypatch, writes_before_full):
    save, written = DurableStorage._publish, []

    def fill(self, temporary, name):
        if len(written) == writes_before_full:
            raise OSError(errno.ENOSPC, "No space left on device")
        written.append(name)
        return save(self, temporary, name)

    monkeypatch.setattr(DurableStorage, "_publish", fill)
    with pytest.raises(services.NotStored, match="disk is full"):
        ImageFactory(owner=alice)
    assert not Image.objects.exists()
    assert stored_files(settings) == []


def test_a_refused_row_leaves_no_file(alice, settings):
    with pytest.raises(ValidationError):
        ImageFactory(owner=alice, tags=["fine", " "])
    assert not Image.objects.exists()
    assert stored_files(settings) == []


def test_files_of_a_rolled_back_transaction_are_collected(alice, settings, monkeypatch):
    kept = ImageFactory(owner=alice)
    with transaction.atomic():
        ImageFactory(owner=alice, picture=red_square())
        transaction.set_rollback(True)
    assert housekeeping.collect_orphans() == 0
    monkeypatch.setattr(housekeeping, "ORPHAN_AGE", timedelta(0))
    assert housekeeping.collect_orphans() == 2
    assert stored_files(settings) == [f"{kept.sha256}.png", f"{kept.sha256}.thumbnail.webp"]


def test_the_daily_task_cleans_up(alice, settings, monkeypatch):
    ImageFactory(owner=alice)
    Image.objects.update(deleted_at=timezone.now() - timedelta(days=31))
    monkeypatch.setattr(housekeeping, "ORPHAN_AGE", timedelta(0))
    tasks.purge()
    tasks.purge()
    assert stored_files(settings) == []


def test_there_is_nothing_to_collect_before_the_first_image(db):
    assert housekeeping.collect_orphans() == 0


def test_a_tag_is_added_once_in_its_one_spelling(alice):
    image = ImageFactory(owner=alice)
    assert services.add_tag(image, " Summer  Sale ") == "summer sale"
    services.add_tag(image, "summer sale")
    assert list(image.tags.names()) == ["summer sale"]


def test_a_fiftieth_tag_is_refused(alice):
    image = ImageFactory(owner=alice, tags=[f"tag {n}" for n in range(49)])
    with pytest.raises(ValidationError, match="at most 49"):
        services.add_tag(image, "one more")
    services.add_tag(image, "tag 3")


def test_tag_names_follow_the_tags_however_they_are_written(alice):
    image = ImageFactory(owner=alice, tags=["b", "a"])
    assert Image.objects.get().tag_names == "a, b"
    services.remove_tag(image, "a")
    assert Image.objects.get().tag_names == "b"
    Tag.objects.filter(name="b").update(name="c")
    assert Image.objects.get().tag_names == "c"
    TaggedImage.objects.update(tag=Tag.objects.create(name="d"))
    assert Image.objects.get().tag_names == "d"
    Tag.objects.all().delete()
    assert Image.objects.get().tag_names == ""


def test_adding_many_tags_costs_as_much_as_few(alice, django_assert_max_num_queries):
    Tag.objects.bulk_create(Tag(name=f"tag {n}", slug=f"tag-{n}") for n in range(40))
    with django_assert_max_num_queries(8):
        ImageFactory(owner=alice, tags=[f"tag {n}" for n in range(40)])


def test_a_heart_is_put_on_once(alice):
    image = ImageFactory(owner=alice)
    services.favorite(alice, image)
    services.favorite(alice, image)
    assert Favorite.objects.count() == 1
    services.unfavorite(alice, image)
    services.unfavorite(alice, image)
    assert not Favorite.objects.exists()


def test_an_unknown_visibility_is_refused(alice):
    with pytest.raises(ValidationError):
        services.set_visibility(ImageFactory(owner=alice), "everyone")


def test_the_trash_is_emptied_after_30_days(alice, settings, django_capture_on_commit_callbacks):
    old, young = ImageFactory(owner=alice), ImageFactory(owner=alice, picture=red_square())
    services.trash(young)
    Image.objects.filter(pk=old.pk).update(deleted_at=timezone.now() - timedelta(days=31))
    with django_capture_on_commit_callbacks(execute=True):
        assert trash.purge() == 1
    assert list(Image.objects.all()) == [young]
    assert stored_files(settings) == [f"{young.sha256}.png", f"{young.sha256}.thumbnail.webp"]


def test_a_deleted_account_leaves_no_files(alice, settings, django_capture_on_commit_callbacks):
    ImageFactory(owner=alice)
    with django_capture_on_commit_callbacks(execute=True):
        alice.delete()
    assert stored_files(settings) == []


def test_a_second_embedding_by_one_model_is_left_out(alice):
    image = ImageFactory(owner=alice, embedding=[1.0], clip_model="a")
    services.add_embedding(image, "a", [2.0])
    services.add_embedding(image, "b", [3.0, 4.0])
    assert [list(row.vector) for row in image.embeddings.order_by("clip_model")] == [[1.0], [3.0, 4.0]]
