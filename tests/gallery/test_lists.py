import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from gallery import facets, pages, services
from gallery.meaning import Meaning
from gallery.models import Image
from tests.factories import ImageFactory

LISTS = ["gallery:explore", "gallery:library", "gallery:favorites", "gallery:trash"]
OPEN_PAGES = ["gallery:landing", "gallery:explore", "gallery:tags"]
OWN_PAGES = ["gallery:library", "gallery:favorites", "gallery:trash"]


def public(owner, **values) -> Image:
    return ImageFactory(owner=owner, visibility=Image.Visibility.PUBLIC, **values)


def fill(owner, count: int) -> None:
    """Images that are on every list but the trash, and as many that are in the trash."""
    for number in range(count):
        image = public(owner, prompt=f"a horse {number}", tags=["horse", f"tag {number}"])
        services.favorite(owner, image)
        services.trash(ImageFactory(owner=owner, prompt=f"a cow {number}", tags=["cow"]))


@pytest.mark.django_db
@pytest.mark.parametrize("name", OPEN_PAGES)
def test_anybody_sees_the_open_pages(client, alice, name):
    public(alice, prompt="a public horse", tags=["horse"])
    ImageFactory(owner=alice, prompt="a private cow", tags=["cow"])
    page = client.get(reverse(name))
    assert page.status_code == 200
    assert "horse" in page.text
    assert "cow" not in page.text


@pytest.mark.django_db
@pytest.mark.parametrize("name", OWN_PAGES)
def test_the_own_pages_ask_to_log_in(client, name):
    page = client.get(reverse(name))
    assert page.status_code == 302
    assert page.url.startswith(reverse("account_login"))


@pytest.mark.parametrize("name", sorted({*LISTS, *OPEN_PAGES} - {"gallery:library"}))
def test_pages_are_only_read(alice_client, name):
    assert alice_client.post(reverse(name)).status_code == 405


@pytest.mark.parametrize("name", [*LISTS, "gallery:landing", "gallery:tags"])
def test_an_empty_page_helps(alice_client, name):
    assert alice_client.get(reverse(name)).status_code == 200


@pytest.mark.parametrize("name", [*LISTS, "gallery:landing", "gallery:tags"])
def test_twice_the_images_cost_the_same_queries(alice_client, alice, name, django_assert_num_queries):
    fill(alice, 3)
    with CaptureQueriesContext(connection) as few:
        alice_client.get(reverse(name))
    fill(alice, 3)
    with django_assert_num_queries(len(few)):
        alice_client.get(reverse(name))


def test_the_library_holds_ones_own_images(alice_client, alice, bob):
    ImageFactory(owner=alice, prompt="mine")
    public(bob, prompt="his")
    page = alice_client.get(reverse("gallery:library")).text
    assert 'alt="mine"' in page
    assert 'alt="his"' not in page


def test_a_deleted_image_is_only_in_the_trash(alice_client, alice):
    services.trash(public(alice, prompt="gone"))
    pages = {name: alice_client.get(reverse(name)).text for name in LISTS}
    assert [name for name in LISTS if 'alt="gone"' in pages[name]] == ["gallery:trash"]


def test_a_favorite_made_private_is_gone(alice_client, alice, bob):
    image = public(bob, prompt="his")
    services.favorite(alice, image)
    assert 'alt="his"' in alice_client.get(reverse("gallery:favorites")).text
    services.set_visibility(image, Image.Visibility.PRIVATE)
    assert 'alt="his"' not in alice_client.get(reverse("gallery:favorites")).text


def test_the_library_is_searched_by_words_tags_and_hearts(alice_client, alice):
    apple = ImageFactory(owner=alice, prompt="a red apple", tags=["apple"])
    ImageFactory(owner=alice, prompt="a green pear", tags=["pear"])
    services.favorite(alice, apple)
    for query in ["?q=appl", "?tag=apple", "?favorites=1", "?q=aple", "?q=red&tag=apple&favorites=1&order=newest"]:
        page = alice_client.get(reverse("gallery:library") + query).text
        assert 'alt="a red apple"' in page
        assert 'alt="a green pear"' not in page


def test_other_words_are_called_so(alice_client, alice):
    ImageFactory(owner=alice, prompt="a red apple", tags=["apple"])
    page = alice_client.get(reverse("gallery:library") + "?q=aple").text
    assert 'Showing <a href="?q=apple">apple</a> instead' in page


def test_images_close_in_meaning_are_called_so(alice_client, alice, embed_worker):
    ImageFactory(owner=alice, prompt="a red apple", tags=["apple"], embedding=[0.6, 0.8], clip_model="tiny")
    embed_worker["aple"] = Meaning((1.0, 0.0), "tiny")
    page = alice_client.get(reverse("gallery:library") + "?q=aple").text
    assert 'alt="a red apple"' in page
    assert "These come close in meaning" in page
    assert 'Did you mean <a href="?q=apple">apple</a>' in page


def test_a_worker_that_is_late_is_called_so(alice_client, alice):
    ImageFactory(owner=alice, prompt="a red apple")
    page = alice_client.get(reverse("gallery:library") + "?q=apple").text
    assert 'alt="a red apple"' in page
    assert "the worker that knows meanings is busy" in page


def test_no_match_offers_to_make_it(alice_client, alice):
    page = alice_client.get(reverse("gallery:library") + "?q=zebra").text
    assert f"{reverse('generation:studio')}?prompt=zebra" in page


def test_a_cut_search_is_called_so(alice_client):
    page = alice_client.get(reverse("gallery:library"), {"q": "long " * 2000})
    assert "Only the first 200 characters" in page.text


@pytest.mark.parametrize(
    "query", ["after=1-2", "from=x", "like=7", "color=mauve", "q=%00", "q=%ff", "q=%22%27", "tag=", "order=?"]
)
def test_any_query_string_is_fine(alice_client, alice, query):
    ImageFactory(owner=alice)
    assert alice_client.get(f"{reverse('gallery:library')}?{query}").status_code == 200


def next_page(page: str) -> str:
    return re.search(r'rel="next" href="([^"]*)"', page)[1].replace("&amp;", "&")


def test_pages_lead_on_and_back_to_the_start(alice_client, alice, monkeypatch):
    monkeypatch.setattr(pages, "PAGE_SIZE", 2)
    fill(alice, 3)
    first = alice_client.get(reverse("gallery:library")).text
    second = alice_client.get(reverse("gallery:library") + next_page(first)).text
    assert 'href="?">' in second
    assert 'rel="next"' not in second


def test_a_place_in_another_search_is_called_so(alice_client, alice, monkeypatch):
    monkeypatch.setattr(pages, "PAGE_SIZE", 2)
    fill(alice, 3)
    first = alice_client.get(reverse("gallery:library")).text
    other = alice_client.get(reverse("gallery:library") + next_page(first) + "&tag=horse").text
    assert "That place was in another search" in other
    assert other.count("<figure") == 2


def test_htmx_is_given_the_next_images_only(alice_client, alice, monkeypatch):
    monkeypatch.setattr(pages, "PAGE_SIZE", 2)
    fill(alice, 5)
    address = reverse("gallery:library")
    headers = {"HX-Request": "true", "HX-Target": "image-more"}
    page = alice_client.get(address + next_page(alice_client.get(address).text), headers=headers)
    assert page.text.lstrip().startswith("<figure")
    assert page.text.count("<figure") == 2
    assert 'hx-get="?after=' in page.text
    assert "HX-Request" in page.headers["Vary"]


def test_htmx_is_given_the_results_only(alice_client, alice):
    ImageFactory(owner=alice, prompt="a red apple")
    headers = {"HX-Request": "true", "HX-Target": "image-results"}
    page = alice_client.get(reverse("gallery:library") + "?q=apple", headers=headers)
    assert page.text.lstrip().startswith('<div id="image-results">')


def test_tags_are_counted_and_lead_to_their_images(alice_client, alice, bob):
    ImageFactory(owner=alice, tags=["r&b", "apple"])
    ImageFactory(owner=alice, tags=["apple"])
    public(bob, tags=["pear"])
    page = alice_client.get(reverse("gallery:tags")).text
    assert f'{reverse("gallery:library")}?tag=apple">apple<span class="chip__count">2</span>' in page
    assert f"{reverse('gallery:library')}?tag=r%26b" in page
    assert f"{reverse('gallery:explore')}?tag=pear" in page


def test_tags_of_a_large_library_go_without_counts(alice_client, alice, monkeypatch):
    monkeypatch.setattr(facets, "COUNTED", 1)
    ImageFactory(owner=alice, tags=["apple"])
    ImageFactory(owner=alice, tags=["pear"])
    page = alice_client.get(reverse("gallery:library")).text
    assert ">pear</a>" in page
    assert "chip__count" not in page
    assert "More than 1,000 images" in page


def test_markup_in_prompts_and_tags_shows_as_text(alice_client, alice):
    ImageFactory(owner=alice, prompt="<i onclick=x>alert</i>", tags=["<b>bold</b>"])
    page = alice_client.get(reverse("gallery:library") + "?q=alert&tag=%3Cb%3Ebold%3C%2Fb%3E").text
    assert "<i onclick" not in page
    assert "<b>bold" not in page
    assert "&lt;i onclick=x&gt;<mark>alert</mark>&lt;/i&gt;" in page


@pytest.mark.django_db
def test_the_search_box_completes_tags(client):
    page = client.get(reverse("gallery:explore")).text
    box = re.search(r'<input[^>]*id="site-search"[^>]*>', page)[0]
    assert f'data-complete="{reverse("gallery:tag-complete")}"' in box
    assert 'data-complete-after="tag: -tag:"' in box
    assert page.count("js/combobox.js") == 1


def test_scripts_that_complete_come_once(alice_client, alice):
    image = ImageFactory(owner=alice)
    for path in [reverse("gallery:library"), image.get_absolute_url()]:
        assert alice_client.get(path).text.count("js/combobox.js") == 1
