from datetime import date, timedelta
from uuid import UUID

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import QueryDict
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image as Pictures

from gallery import found as found_images
from gallery import pages, scopes, services
from gallery.listing import Listing, list_images, marked
from gallery.models import Image
from gallery.search import ImageSearch
from tests.factories import ImageFactory

pytestmark = pytest.mark.django_db


def search_for(**values) -> ImageSearch:
    query = QueryDict(mutable=True)
    for name, value in values.items():
        query.setlist(name.rstrip("_"), value if isinstance(value, list) else [value])
    return ImageSearch.from_querystring(query)


def listing(user, scope=scopes.OWNED, **values) -> Listing:
    return list_images(scope, search_for(**values), user)


def found(user, **values) -> list[str]:
    page = listing(user, **values)
    return [] if page.is_respelled else [image.prompt for image in page.images]


@pytest.fixture
def apple(alice):
    return ImageFactory(owner=alice, prompt="a 3D icon of a red apple", tags=["apple", "icon", "red"])


@pytest.fixture
def truck(alice):
    return ImageFactory(owner=alice, prompt="a fire truck by a café", tags=["fire truck", "crème"])


@pytest.mark.parametrize(
    "words",
    ["apple", "Apples", "icon red", "red app", "ap", '"red apple"', "apple -truck", "horse OR apple", "3d"],
)
def test_words_find_the_apple_only(alice, apple, truck, words):
    assert found(alice, q=words) == [apple.prompt]


@pytest.mark.parametrize("words", ["cafe", "CAFÉ", "creme", "fire tru", '"fire truck"', "truck -apple"])
def test_words_find_the_truck_only(alice, apple, truck, words):
    assert found(alice, q=words) == [truck.prompt]


@pytest.mark.parametrize(
    "words", ["horse", "apple -red", '"apple red"', "the", "-apple -truck horse", "'\"", "\U0001f34e", "=listed", "=vp"]
)
def test_words_find_nothing(alice, apple, truck, words):
    assert found(alice, q=words) == []


def test_words_match_titles_alt_texts_and_later_tags(alice):
    image = ImageFactory(owner=alice, prompt="one", title="Two", alt_text="three")
    services.add_tag(image, "four")
    assert [found(alice, q=word) for word in ["one", "two", "three", "four"]] == [["one"]] * 4


def test_a_title_outranks_a_prompt(alice):
    ImageFactory(owner=alice, prompt="first", title="harbor")
    ImageFactory(owner=alice, prompt="a harbor, second")
    assert found(alice, q="harbor") == ["first", "a harbor, second"]
    assert found(alice, q="harbor", order="newest") == ["a harbor, second", "first"]


def test_the_most_favorited_come_first_when_asked_for(alice, bob, apple, truck):
    pear = ImageFactory(owner=alice, prompt="a red pear", visibility="public")
    services.favorite(alice, truck)
    services.favorite(alice, pear)
    services.favorite(bob, pear)
    assert found(alice, order="favorites") == ["a red pear", truck.prompt, apple.prompt]
    assert found(alice, q="red", order="favorites") == ["a red pear", apple.prompt]
    services.unfavorite(bob, pear)
    services.unfavorite(alice, pear)
    assert found(alice, order="favorites")[0] == truck.prompt


@pytest.mark.parametrize(("words", "meant"), [("aple", "apple"), ("appel", "apple"), ("red appel", "red apple")])
def test_a_misspelled_word_is_respelled(alice, apple, truck, words, meant):
    page = listing(alice, q=words)
    assert (page.is_respelled, page.meant.words) == (True, meant)
    assert [image.pk for image in page.images] == [apple.pk]
    assert page.search.words == words


def test_facets_of_a_respelled_search_are_of_the_words_that_were_meant(alice, apple):
    ImageFactory(owner=alice, prompt="another apple", style="photo", tags=["fruit"])
    page = listing(alice, q="aple")
    assert {value.search.words for values in dict(page.facets).values() for value in values} == {"apple"}
    assert {tag.search.words for tag in page.tags} == {"apple"}


@pytest.mark.parametrize("words", ["apple -red", "zebra", "!!", "the"])
def test_some_words_are_near_nothing(alice, apple, words):
    page = listing(alice, q=words)
    assert (page.images, page.meant) == ([], None)


def test_spelling_never_tells_of_a_hidden_tag(bob, apple):
    assert listing(bob, q="aple").meant is None
    assert listing(bob, scopes.LISTED, q="aple").meant is None
    services.set_visibility(apple, "public")
    assert listing(bob, scopes.LISTED, q="aple").meant.words == "apple"


def test_tags_are_all_of_any_of_and_none_of(alice, apple, truck):
    car = ImageFactory(owner=alice, prompt="a red car", tags=["red", "car"])
    assert found(alice, tag=["RED", "apple"]) == [apple.prompt]
    assert found(alice, any=["car", "fire truck"]) == [car.prompt, truck.prompt]
    assert found(alice, not_=["apple"]) == [car.prompt, truck.prompt]
    assert found(alice, tag="red", not_="car") == [apple.prompt]
    assert found(alice, tag=["red", "nothing"]) == []


def test_a_tag_stands_in_one_of_three_ways(alice, apple, truck):
    ways = dict(listing(alice, any="apple").tag_ways)
    assert [(label, is_so) for label, is_so, _ in ways["apple"]] == [
        ("all of", False),
        ("any of", True),
        ("none of", False),
    ]
    searches = [search for _, _, search in ways["apple"]]
    assert searches == [search_for(tag="apple"), ImageSearch(), search_for(not_="apple")]
    assert not any(is_so for _, is_so, _ in ways["red"])
    assert ways["red"][1][2] == search_for(any=["apple", "red"])
    assert "fire truck" in ways  # of no image found, but it would add one


def test_tags_are_typed_among_the_words():
    search = search_for(q='tag:apple sea -tag:dog tag:"fire truck" tag: -tag:')
    assert (search.words, search.tags, search.no_tags) == ("sea", ("apple", "fire truck"), ("dog",))


def test_tags_with_odd_signs_are_found(alice):
    for name in ["it's", "back\\slash", "a & b | !c", "(x)", "'", "50%", "=listed"]:
        ImageFactory(owner=alice, prompt=name, tags=[name])
        assert found(alice, tag=name) == [name]


def test_every_facet_narrows(alice):
    apple = ImageFactory(owner=alice, prompt="apple", style="photo", checkpoint="starter", visibility="public")
    Image.objects.update(license="cc0-1.0")
    wide = Pictures.new("RGB", (32, 16), "#2f6fd0")
    ImageFactory(owner=alice, prompt="sea", style="sketch", picture=wide)
    apples = ["style=photo", "orientation=square", "color=red", "license=cc0-1.0", "visibility=public"]
    for query in [*apples, "checkpoint=starter"]:
        assert found(alice, **dict([query.split("=")])) == [apple.prompt]
    for query in ["style=sketch", "orientation=landscape", "color=blue", "visibility=private"]:
        assert found(alice, **dict([query.split("=")])) == ["sea"]


def test_an_unknown_value_of_a_known_facet_is_left_out(alice, apple):
    search = search_for(color="mauve", orientation="round", license="x", visibility="everybody", order="?", like="1")
    assert search.is_empty
    assert found(alice, style="nobody's") == []


def test_days_bound_what_is_found(alice, apple):
    Image.objects.update(created_at="2024-05-06T23:59:59Z")
    for period in [("2024-05-06", "2024-05-06"), ("2024-01-01", ""), ("2001-01-01", ""), ("", "2024-05-06")]:
        assert found(alice, **dict(zip(["from", "to"], period, strict=True))) == [apple.prompt]
    for period in [("2024-05-07", ""), ("", "2024-05-05"), ("2024-05-07", "2024-05-01"), ("9999-12-31", "")]:
        assert found(alice, **dict(zip(["from", "to"], period, strict=True))) == []
    assert search_for(**{"from": "soon", "to": "2024-13-01"}).is_empty


def test_favorites_are_ones_own(alice, bob, apple):
    services.set_visibility(apple, "public")
    services.favorite(alice, apple)
    assert len(listing(alice, scopes.LISTED, favorites="1").images) == 1
    assert not listing(bob, scopes.LISTED, favorites="1").images
    assert listing(AnonymousUser(), scopes.LISTED, favorites="1").counts.total == 0


def test_facets_count_what_is_found_and_lead_there(alice, apple, truck):
    page = listing(alice, tag="red")
    assert [(tag.label, tag.count) for tag in page.tags] == [("apple", 1), ("icon", 1)]
    ImageFactory(owner=alice, style="photo", picture=Pictures.new("RGB", (32, 16), "#2f6fd0"))
    page = listing(alice)
    facets = dict(page.facets)
    assert [(value.value, value.count) for value in facets["color"]] == [("red", 2), ("blue", 1)]
    assert [value.count for value in facets["date"]] == [3, 3, 3, 3]
    for value in [*facets["color"], *facets["orientation"], *facets["date"]]:
        assert list_images(scopes.OWNED, value.search, alice).counts.total == value.count


def test_words_found_are_marked_and_nothing_else_is_markup(alice):
    ImageFactory(owner=alice, prompt="<b>apples</b> & \ue000pears")
    (image,) = listing(alice, q="apple").images
    assert image.marked == "&lt;b&gt;<mark>apples</mark>&lt;/b&gt; &amp; pears"
    assert marked("\ue001<i>\ue000") == "&lt;i&gt;"


@pytest.mark.parametrize(
    "values", [{}, {"q": "apple"}, {"tag": "red"}, {"order": "favorites"}, {"q": "red", "order": "newest"}]
)
def test_going_on_shows_every_image_once(alice, monkeypatch, values):
    monkeypatch.setattr(pages, "PAGE_SIZE", 2)
    monkeypatch.setattr(pages, "BATCH", 4)
    monkeypatch.setattr(found_images, "BATCH", 4)
    monkeypatch.setattr(found_images, "FINISHED", 2)
    for number in range(9):
        image = ImageFactory(owner=alice, prompt=f"a red apple {number}", tags=["red"])
        if number % 3 == 0:
            services.favorite(alice, image)
    search, seen = search_for(**values), []
    while search:
        page = list_images(scopes.OWNED, search, alice)
        assert not page.is_lost
        seen += [image.prompt for image in page.images]
        search = page.next
    assert sorted(seen) == [f"a red apple {number}" for number in range(9)]


def test_a_new_image_moves_nothing_on_the_next_page(alice, monkeypatch):
    monkeypatch.setattr(pages, "PAGE_SIZE", 2)
    for number in range(4):
        ImageFactory(owner=alice, prompt=f"apple {number}")
    following = listing(alice, q="apple").next
    ImageFactory(owner=alice, prompt="apple 4")
    assert [image.prompt for image in list_images(scopes.OWNED, following, alice).images] == ["apple 1", "apple 0"]


@pytest.mark.parametrize("after", ["x", "0-1", "-" * 9, "9" * 300, "1-\u0663", "aaaaaaaa-1-2-3"])
def test_a_place_of_no_search_begins_anew(alice, apple, after):
    page = listing(alice, after=after)
    assert page.is_lost
    assert len(page.images) == 1


def test_a_place_of_another_search_begins_anew(alice, monkeypatch):
    monkeypatch.setattr(pages, "PAGE_SIZE", 1)
    ImageFactory.create_batch(3, owner=alice)
    place = listing(alice).next.after
    assert not listing(alice, after=place).is_lost
    assert listing(alice, tag="apple", after=place).is_lost
    assert list_images(scopes.LISTED, search_for(after=place), alice).is_lost


def test_a_search_is_its_query_string():
    search = ImageSearch(
        words='a "b c" -d & ?',
        tags=("x y", "z"),
        any_tags=("u",),
        no_tags=("v", "w"),
        favorites=True,
        style="photo",
        color="red",
        license="cc0-1.0",
        collection=UUID(int=8),
        since=date(2024, 1, 2),
        until=date(2025, 1, 2),
        like=UUID(int=7),
        order="newest",
        after="1-2",
    )
    assert ImageSearch.from_querystring(QueryDict(search.to_querystring())) == search


def test_long_words_are_cut_and_it_is_said():
    search = search_for(q="apple " * 2000)
    assert len(search.words) <= 200
    assert search.is_cut


def test_the_windows_of_a_large_library_miss_nothing(alice, monkeypatch):
    """With blocks that begin far from zero, the newest few are read from one, rare images from everywhere."""
    old = ImageFactory(owner=alice, prompt="an old pear", tags=["pear"])
    Image.objects.filter(pk=old.pk).update(number=1)
    for number in range(3):
        image = ImageFactory(owner=alice, prompt=f"apple {number}", tags=["apple"])
        Image.objects.filter(pk=image.pk).update(number=2_000_000 + number * 1500)
    monkeypatch.setattr(pages, "PAGE_SIZE", 2)
    assert found(alice, tag="apple") == ["apple 2", "apple 1"]
    assert found(alice, tag="pear") == ["an old pear"]
    assert found(alice, q="apple") == ["apple 2", "apple 1"]
    assert listing(alice, q="apple").counts.total == 3
    assert listing(alice).counts.total == 4


ODD = st.one_of(st.text(max_size=300), st.text(alphabet="ab '\"\\()|&!:*<->%_=\x00\u202eא\U0001f34e", max_size=60))


@given(words=ODD, tag=ODD, after=st.text(max_size=20), style=ODD)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_string_is_a_search(alice, words, tag, after, style):
    search = search_for(q=words, tag=tag, any=tag, not_=tag[:5], after=after, style=style)
    again = ImageSearch.from_querystring(QueryDict(search.to_querystring()))
    assert (again.words, again.style, set(again.tags)) == (search.words, search.style, set(search.tags))
    for order in ["", "newest", "favorites"]:
        assert list_images(scopes.OWNED, search.changed(order=order), alice).images == []


def test_period_keys_know_the_present(alice, apple):
    today = timezone.now().date()
    assert found(alice, **{"from": str(today)}) == [apple.prompt]
    assert found(alice, **{"from": str(today + timedelta(days=1))}) == []
