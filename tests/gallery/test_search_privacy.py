"""Whoever asks whatever: nothing is found, counted, suggested or told that this person may not find."""

from collections import Counter
from io import BytesIO

import pytest
from django.contrib.auth.models import AnonymousUser
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gallery import completion, examples, scopes, services, tag_counts, vectors
from gallery.found import find
from gallery.listing import list_images
from gallery.meaning import Meaning
from gallery.models import Collection, CollectionImage, Image
from gallery.search import ImageSearch
from tests.factories import CollectionFactory, ImageFactory
from tests.gallery.files import a_photo

pytestmark = pytest.mark.django_db

WORDS = ["apple", "pear", "red", "sea", "aple"]
TAGS = ["apple", "pear", "red"]
STYLES = ["photo", "sketch"]
VISIBILITIES = ["private", "unlisted", "public"]
MODEL = "tiny"

images = st.lists(
    st.fixed_dictionaries(
        {
            "owner": st.integers(0, 1),
            "words": st.lists(st.sampled_from(WORDS), min_size=1, max_size=3),
            "tags": st.sets(st.sampled_from(TAGS)),
            "style": st.sampled_from(STYLES),
            "visibility": st.sampled_from(VISIBILITIES),
            "is_trashed": st.booleans(),
            "is_favorite": st.booleans(),
        }
    ),
    max_size=5,
)
#: Whose they are, who sees them, and which images of the library are in them.
collections = st.lists(
    st.tuples(st.integers(0, 1), st.sampled_from(VISIBILITIES), st.sets(st.integers(0, 4))), max_size=3
)
searches = st.builds(
    ImageSearch,
    words=st.one_of(
        st.just(""), st.sampled_from([*WORDS, "red apple", "apple -red", "apple OR sea", '"red apple"', "ap"])
    ),
    tags=st.lists(st.sampled_from(TAGS), max_size=2, unique=True).map(tuple),
    any_tags=st.lists(st.sampled_from(TAGS), max_size=2, unique=True).map(tuple),
    no_tags=st.lists(st.sampled_from(TAGS), max_size=1).map(tuple),
    favorites=st.booleans(),
    style=st.sampled_from(["", *STYLES]),
    visibility=st.sampled_from(["", *VISIBILITIES]),
    order=st.sampled_from(["", "newest", "favorites", "relevance"]),
)


def stored(owner, described: dict) -> Image:
    image = ImageFactory(
        owner=owner,
        prompt=" ".join(described["words"]),
        tags=described["tags"],
        style=described["style"],
        visibility=described["visibility"],
        embedding=[0.6, 0.8],
        clip_model=MODEL,
    )
    if described["is_trashed"]:
        services.trash(image)
    if described["is_favorite"]:
        services.favorite(owner, image)
    return image


def sent_picture(is_kept: bool) -> str:
    """The token of a picture to search by that the worker has looked at, or of none."""
    if not is_kept:
        return "a" * 22
    token = examples.keep(BytesIO(a_photo()))
    vectors.keep(vectors.picture_key(token), (0.6, 0.8), MODEL)
    return token


def gathered(owner, visibility: str, images: list[Image]) -> Collection:
    collection = CollectionFactory(owner=owner, title=f"{owner} {visibility}", visibility=visibility)
    places = [CollectionImage(collection=collection, image=image, position=image.number) for image in images]
    CollectionImage.objects.bulk_create(places)
    return collection


def tags_of(found) -> Counter:
    return Counter(name for image in found for name in image.tags.names())


def looked_through(listing, scope, person) -> None:
    """Every image, count, facet and word of the listing is of images of the scope."""
    allowed = set(scope.images(person))
    assert set(listing.images) <= allowed
    counted = list(find(scope, listing.counted_search, person).all())
    assert set(counted) <= allowed
    assert listing.counts.total == len(counted)
    if not listing.search.by_likeness and not (listing.counted_search.by_meaning and not listing.is_late):
        assert set(listing.images) == set(counted)
    facets = {name: {value.value: value.count for value in values} for name, values in listing.facets}
    for name, column in {"style": "style", "visibility": "visibility", "checkpoint": "checkpoint"}.items():
        if name in facets:
            assert facets[name] == Counter(getattr(image, column) for image in counted)
    for _, values in listing.facets:
        for value in values:
            assert find(scope, value.search, person).all().count() == value.count
    collections_are_kept_apart(listing, scope, person, counted, facets)
    told = {tag.label: tag.count for tag in listing.tags}
    of_images = tags_of(counted)
    assert told == {name: number for name, number in of_images.items() if name not in listing.search.every_tag}
    if listing.meant:
        assert find(scope, listing.meant, person).count(1) == 1


def collections_are_kept_apart(listing, scope, person, counted, facets) -> None:
    """Only collections that the person may open are searched; as a facet only those of the page are named."""
    chosen = listing.search.collection
    if chosen:
        opened = Collection.objects.visible_to(person).get(pk=chosen)
        assert set(counted) <= set(Image.objects.shown_in(opened, person))
        assert "collection" not in facets
        return
    offered = Collection.objects.listed() if scope is scopes.LISTED else Collection.objects.filter(owner=person.pk)
    inside = {str(one.pk): len(set(Image.objects.shown_in(one, person)) & set(counted)) for one in offered}
    told = {key: number for key, number in inside.items() if number}
    narrows = any(number < len(counted) for number in told.values())
    assert facets.get("collection", {}) == (told if narrows and scope is not scopes.TRASHED else {})


@given(
    library=images,
    gathers=collections,
    search=searches,
    like=st.integers(0, 9),
    asked=st.integers(0, 5),
    picture=st.sampled_from(["", "", "looked at", "forgotten"]),
    knows_meaning=st.booleans(),
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_hidden_is_found_counted_or_told(
    alice, bob, embed_worker, library, gathers, search, like, asked, picture, knows_meaning
):
    Image.objects.all().delete()
    Collection.objects.all().delete()
    kept = [stored((alice, bob)[described["owner"]], described) for described in library]
    made = [
        gathered((alice, bob)[owner], visibility, [kept[place] for place in places if place < len(kept)])
        for owner, visibility, places in gathers
    ]
    if knows_meaning:
        embed_worker.update({words: Meaning((1.0, 0.0), MODEL) for words in [*WORDS, "red apple", "ap"]})
    if like < len(kept):
        search = search.changed(like=kept[like].pk)
    elif picture:
        search = search.changed(picture=sent_picture(picture == "looked at"))
    if asked < len(made):
        search = search.changed(collection=made[asked].pk)
    places = [
        (AnonymousUser(), [scopes.LISTED]),
        (alice, [scopes.LISTED, scopes.OWNED, scopes.FAVORED, scopes.TRASHED]),
        (bob, [scopes.LISTED, scopes.OWNED]),
    ]
    for person, reachable in places:
        for scope in reachable:
            listing = list_images(scope, search, person)
            looked_through(listing, scope, person)
            if search.collection and not Collection.objects.visible_to(person).filter(pk=search.collection).exists():
                assert listing == list_images(scope, search.changed(collection=None), person)
        owner = person if person.is_authenticated else None
        own = Image.objects.owned_by(owner).alive() if owner else Image.objects.listed()
        assert dict(tag_counts.commonest(owner, 9)) == tags_of(own)
        offered = {tag.name for tag in completion.complete(person, "a")}
        assert offered <= {*tags_of(own), *tags_of(Image.objects.listed())}
    if like < len(kept) and not Image.objects.visible_to(bob).filter(pk=search.like).exists():
        assert list_images(scopes.LISTED, search, bob).images == []
