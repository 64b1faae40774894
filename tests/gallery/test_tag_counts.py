import pytest
from django.db.models import Sum
from taggit.models import Tag

from gallery import housekeeping, services, tag_counts
from gallery.models import TagCount, TaggedImage
from tests.factories import ImageFactory

pytestmark = pytest.mark.django_db


def counts(owner=None) -> dict[str, int]:
    return dict(tag_counts.commonest(owner, 9))


def hidden(owner) -> dict[str, int]:
    sums = TagCount.objects.filter(owner=owner).values_list("tag__name").annotate(number=Sum("hidden"))
    return dict(sums.order_by())


@pytest.fixture
def image(alice):
    return ImageFactory(owner=alice, tags=["apple", "red"], visibility="public")


def test_counts_are_of_ones_own_or_of_what_everybody_finds(alice, bob, image):
    ImageFactory(owner=alice, tags=["apple"])
    assert counts() == {"apple": 1, "red": 1}
    assert counts(alice) == {"apple": 2, "red": 1}
    assert counts(bob) == {}


def test_counts_follow_every_change(alice, bob, image):
    services.set_visibility(image, "unlisted")
    assert (counts(), counts(alice)) == ({}, {"apple": 1, "red": 1})
    services.set_visibility(image, "public")
    services.trash(image)
    assert (counts(), counts(alice)) == ({}, {})
    services.restore(image)
    services.remove_tag(image, "red")
    assert (counts(), counts(alice)) == ({"apple": 1}, {"apple": 1})
    pear = Tag.objects.create(name="pear", slug="pear")
    TaggedImage.objects.filter(tag__name="apple").update(tag=pear)
    assert (counts(), counts(alice)) == ({"pear": 1}, {"pear": 1})
    image.owner = bob
    image.save(update_fields=["owner"])
    assert (counts(), counts(alice), counts(bob)) == ({"pear": 1}, {}, {"pear": 1})
    image.delete()
    assert (counts(), counts(bob)) == ({}, {})


def test_what_one_alone_finds_is_counted_apart(alice, image):
    ImageFactory(owner=alice, tags=["apple"])
    assert hidden(alice) == {"apple": 1, "red": 0}
    services.set_visibility(image, "unlisted")
    assert hidden(alice) == {"apple": 2, "red": 1}
    housekeeping.compact_tag_counts()
    services.trash(image)
    assert hidden(alice) == {"apple": 1, "red": 0}


def test_compacting_keeps_the_sums(alice, image):
    ImageFactory(owner=alice, tags=["apple"])
    services.remove_tag(image, "red")
    housekeeping.compact_tag_counts()
    assert (counts(), counts(alice)) == ({"apple": 1}, {"apple": 2})
    assert TagCount.objects.count() == 2
    housekeeping.compact_tag_counts()
    assert TagCount.objects.count() == 2


@pytest.mark.parametrize(("word", "tag"), [("aple", "apple"), ("rde", None), ("zebra", None)])
def test_a_word_is_spelled_like_a_tag(image, word, tag):
    assert tag_counts.spelled_like(None, word) == tag
