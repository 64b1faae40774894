import pytest
from django.http import QueryDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gallery import services
from gallery.listing import list_images
from gallery.models import Image
from gallery.search import ImageSearch
from tests.factories import ImageFactory

pytestmark = pytest.mark.django_db


def search_for(**values) -> ImageSearch:
    query = QueryDict(mutable=True)
    for name, value in values.items():
        query.setlist(name, value if isinstance(value, list) else [value])
    return ImageSearch.from_querystring(query)


def found(words: str) -> list[str]:
    return [image.prompt for image in search_for(q=words).match(Image.objects.all())]


def near(words: str) -> list[str]:
    return [image.prompt for image in search_for(q=words).near_matches(Image.objects.all())]


@pytest.fixture
def apple(alice):
    return ImageFactory(owner=alice, prompt="a 3D icon of a red apple", tags=["apple", "icon", "red"])


@pytest.fixture
def truck(alice):
    return ImageFactory(owner=alice, prompt="a fire truck by a caf\u00e9", tags=["fire truck", "cr\u00e8me"])


@pytest.mark.parametrize(
    "words",
    ["apple", "Apples", "icon red", "red app", "ap", '"red apple"', "apple -truck", "horse OR apple", "3d"],
)
def test_words_find_the_apple_only(apple, truck, words):
    assert found(words) == [apple.prompt]


@pytest.mark.parametrize("words", ["cafe", "CAF\u00c9", "creme", "fire tru", '"fire truck"', "truck -apple"])
def test_words_find_the_truck_only(apple, truck, words):
    assert found(words) == [truck.prompt]


@pytest.mark.parametrize(
    "words", ["horse", "apple -red", '"apple red"', "the", "-apple -truck horse", "'\"", "\U0001f34e"]
)
def test_words_find_nothing(apple, truck, words):
    assert found(words) == []


def test_words_match_titles_alt_texts_and_later_tags(alice):
    image = ImageFactory(owner=alice, prompt="one", title="Two", alt_text="three")
    services.add_tag(image, "four")
    assert [found(word) for word in ["one", "two", "three", "four"]] == [["one"]] * 4


def test_a_title_outranks_a_prompt(alice):
    ImageFactory(owner=alice, prompt="first", title="harbor")
    ImageFactory(owner=alice, prompt="a harbor, second")
    assert found("harbor") == ["first", "a harbor, second"]


def test_newest_first_is_kept_when_asked_for(alice):
    ImageFactory(owner=alice, prompt="first", title="harbor")
    ImageFactory(owner=alice, prompt="a harbor, second")
    search = search_for(q="harbor", order="newest")
    assert [image.prompt for image in search.match(Image.objects.all())] == ["a harbor, second", "first"]


@pytest.mark.parametrize("words", ["aple", "appel", "red appel"])
def test_a_misspelled_word_is_near(apple, truck, words):
    assert (found(words), near(words)) == ([], [apple.prompt])


@pytest.mark.parametrize("words", ["apple -red", "zebra", "!!", "the"])
def test_some_words_are_near_nothing(apple, words):
    assert near(words) == []


def test_every_tag_must_be_there(alice, apple):
    ImageFactory(owner=alice, prompt="a red car", tags=["red"])
    both = search_for(tag=["RED", "apple"])
    assert list(both.narrow(Image.objects.all(), alice)) == [apple]
    assert not search_for(tag=["red", "nothing"]).narrow(Image.objects.all(), alice)


def test_favorites_are_ones_own(alice, bob, apple):
    services.favorite(alice, apple)
    search = search_for(favorites="1")
    assert list(search.narrow(Image.objects.all(), alice)) == [apple]
    assert not search.narrow(Image.objects.all(), bob)


def test_the_listing_says_when_matches_are_near(alice, apple):
    listing = list_images(Image.objects.all(), search_for(q="aple"), alice)
    assert listing.is_near
    assert list(listing.page) == [apple]


def test_the_listing_counts_the_tags_that_go_on(alice, apple, truck):
    listing = list_images(Image.objects.all(), search_for(tag="red"), alice)
    assert [(tag.name, tag.count) for tag in listing.tags] == [("apple", 1), ("icon", 1)]


def test_a_search_is_its_query_string():
    search = ImageSearch(words='a "b c" -d & ?', tags=("x y", "z"), favorites=True, order="newest", page=3)
    assert ImageSearch.from_querystring(QueryDict(search.to_querystring())) == search


@pytest.mark.parametrize("page", ["0", "-1", "x", "", "\u0663", "1e9", "9" * 30])
def test_an_odd_page_number_is_the_first_page(page):
    assert search_for(page=page).page == 1


def test_long_words_are_cut_and_it_is_said():
    search = search_for(q="apple " * 2000)
    assert len(search.words) <= 200
    assert search.is_cut


@given(
    words=st.one_of(st.text(max_size=300), st.text(alphabet="ab '\"\\()|&!:*<->%_\x00\u202e", max_size=60)),
    tag=st.text(max_size=80),
    page=st.text(max_size=5),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_string_is_a_search(alice, words, tag, page):
    search = search_for(q=words, tag=tag, page=page)
    assert ImageSearch.from_querystring(QueryDict(search.to_querystring())).words == search.words
    list_images(Image.objects.all(), search, alice)
    assert list(search.near_matches(Image.objects.all())) == []
