"""What `gallery.collections` writes."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gallery import collections, services
from gallery.models import Collection, CollectionImage, Image
from tests.factories import CollectionFactory, ImageFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def images(alice):
    return [ImageFactory(owner=alice, prompt=name) for name in "abcde"]


@pytest.fixture
def collection(alice, images):
    return CollectionFactory(owner=alice, images=images)


def order(collection, user=None) -> str:
    return "".join(Image.objects.shown_in(collection, user or collection.owner).values_list("prompt", flat=True))


def test_many_images_are_added_newest_first_and_once(alice, images):
    collection = CollectionFactory(owner=alice, images=images[:1])
    Image.objects.filter(prompt="c").update(created_at=images[0].created_at - timedelta(days=1))
    added = collections.add_images(collection, Image.objects.owned_by(alice))
    assert (added, order(collection)) == (4, "aedbc")


def test_nothing_is_added_of_nothing(collection):
    assert collections.add_images(collection, Image.objects.none()) == 0


def test_an_image_may_be_in_many_collections(alice, images):
    first, second = CollectionFactory.create_batch(2, owner=alice, images=images[:1])
    assert set(images[0].collections.all()) == {first, second}


def test_an_image_goes_before_another_or_to_the_end(collection, images):
    a, b, *_, e = images
    collections.move_before(collection, e.pk, b.pk)
    assert order(collection) == "aebcd"
    collections.move_before(collection, a.pk, None)
    assert order(collection) == "ebcda"


def test_an_image_moves_past_what_its_owner_does_not_see(collection, images):
    services.trash(images[1])
    collections.move_by_one(collection, images[2].pk, later=False)
    assert order(collection) == "cade"


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=st.lists(st.tuples(st.integers(0, 4), st.one_of(st.none(), st.integers(0, 4), st.booleans())), max_size=8))
def test_moving_is_what_a_list_does(alice, images, moves):
    collection = CollectionFactory(owner=alice, images=images)
    expected = list("abcde")
    collections.remove_images(collection, Image.objects.filter(pk=images[2].pk))
    collections.add_images(collection, Image.objects.filter(pk=images[2].pk))
    expected.append(expected.pop(2))
    for number, target in moves:
        name = "abcde"[number]
        at = expected.index(name)
        if isinstance(target, bool):
            collections.move_by_one(collection, images[number].pk, later=target)
            expected.insert(max(0, at + (1 if target else -1)), expected.pop(at))
        elif target != number:
            collections.move_before(collection, images[number].pk, None if target is None else images[target].pk)
            expected.remove(name)
            expected.insert(len(expected) if target is None else expected.index("abcde"[target]), name)
    assert order(collection) == "".join(expected)


def test_moving_what_is_not_in_it_fails(collection, alice):
    with pytest.raises(CollectionImage.DoesNotExist):
        collections.move_before(collection, ImageFactory(owner=alice).pk, None)


def test_a_cover_that_is_taken_out_is_no_cover(collection, images):
    collections.set_cover(collection, images[2])
    assert collections.remove_images(collection, Image.objects.filter(pk=images[2].pk)) == 1
    collection.refresh_from_db()
    assert collection.cover is None


def test_deleting_a_collection_keeps_its_images(collection):
    collections.delete(collection)
    assert Image.objects.count() == 5


def test_a_collection_is_found_by_its_name_or_made(alice, bob):
    fruit = collections.named(alice, " Summer  fruit ")
    assert collections.named(alice, "summer FRUIT") == fruit
    assert collections.named(bob, "Summer fruit") != fruit
    assert fruit.title == "Summer fruit"


@pytest.mark.parametrize("title", ["", "  ", "\x00", "x" * 121])
def test_a_name_says_something_and_is_short(alice, title):
    with pytest.raises(ValidationError):
        collections.named(alice, title)
    assert not Collection.objects.exists()


@pytest.mark.parametrize(
    ("visibility", "seen"),
    [("private", ""), ("unlisted", "pu"), ("public", "p")],
    ids=["private", "unlisted", "public"],
)
def test_others_are_shown_what_both_visibilities_allow(alice, bob, visibility, seen):
    images = [
        ImageFactory(owner=alice, prompt="x"),
        ImageFactory(owner=alice, prompt="p", visibility="public"),
        ImageFactory(owner=alice, prompt="u", visibility="unlisted"),
    ]
    services.trash(ImageFactory(owner=alice, prompt="t", visibility="public"))
    collection = CollectionFactory(owner=alice, visibility=visibility, images=[*images, Image.objects.get(prompt="t")])
    visible = Collection.objects.visible_to(bob).exists()
    assert (order(collection, bob) if visible else "") == seen
    assert order(collection) == "xpu"
    summary = Collection.objects.with_summary(bob).get()
    assert summary.image_count == len(order(collection, bob))


def test_a_cover_others_may_not_see_gives_way_to_the_first_image(alice, bob):
    hidden, shown = ImageFactory(owner=alice), ImageFactory(owner=alice, visibility="public")
    collection = CollectionFactory(owner=alice, visibility="public", images=[shown, hidden])
    collections.set_cover(collection, hidden)
    assert Collection.objects.with_summary(alice).get().cover_pk == hidden.pk
    assert Collection.objects.with_summary(bob).get().cover_pk == shown.pk
