import re
from http import HTTPStatus
from io import BytesIO

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image as Pictures

from gallery import examples, scopes, vectors
from gallery.listing import list_images
from gallery.meaning import Meaning
from gallery.search import ImageSearch
from tests.factories import ImageFactory
from tests.gallery.files import a_photo, empty_png, encoded, sent
from tests.pictures import scene

pytestmark = pytest.mark.django_db

UNKNOWN = "a" * 22


@pytest.fixture
def worker(monkeypatch):
    """Messages to the embed worker, which answers nothing by itself."""
    messages = []
    monkeypatch.setattr(
        vectors.current_app, "send_task", lambda name, arguments, expires: messages.append((name, *arguments))
    )
    return messages


@pytest.fixture
def three(alice):
    """East, north-east, north."""
    vectors = {"apple": [1.0, 0.0], "pear": [0.7, 0.7], "truck": [0.0, 1.0]}
    return [
        ImageFactory(owner=alice, prompt=prompt, embedding=vector, clip_model="tiny", visibility="public")
        for prompt, vector in vectors.items()
    ]


def known(vector=(0.0, 1.0)) -> str:
    """The token of a picture that the worker has looked at."""
    token = examples.keep(BytesIO(a_photo()))
    vectors.keep(vectors.picture_key(token), vector, "tiny")
    return token


def send(client, data: bytes | None = None, **values):
    files = {} if data is None else {"file": sent(data)}
    return client.post(reverse("gallery:search-by-picture"), files | values)


def shown(page) -> list[str]:
    return re.findall(r'<img src="/images[^"]*" alt="([^"]*)"', page.text)


def test_the_form_stands_beside_the_box(client):
    page = client.get(reverse("gallery:explore")).text
    assert f'action="{reverse("gallery:search-by-picture")}"' in page
    assert "Search by picture" in client.get(reverse("gallery:search-by-picture")).text


def test_a_picture_leads_to_what_is_like_it(client, three, worker):
    answer = send(client, a_photo(), list="explore")
    path, _, token = answer["Location"].partition("?picture=")
    assert (answer.status_code, path) == (302, reverse("gallery:explore"))
    vectors.keep(vectors.picture_key(token), (0.0, 1.0), "tiny")
    page = client.get(answer["Location"])
    assert shown(page) == ["truck", "pear", "apple"]
    assert "Images like your picture" in page.text
    assert reverse("gallery:searched-picture", args=[token]) in page.text
    assert worker == []


def test_the_filters_of_the_list_are_carried_along(alice_client):
    answer = send(alice_client, a_photo(), list="library", query="q=apple&tag=red&like=7&order=newest&after=3")
    assert re.fullmatch(r"/library/\?tag=red&picture=[\w-]{22}&order=newest", answer["Location"])


@pytest.mark.parametrize("where", ["", "trash", "//example.com", "landing"])
def test_an_odd_list_is_explore(client, where):
    assert send(client, a_photo(), list=where)["Location"].startswith("/explore/?picture=")


def test_filters_and_tags_narrow_what_is_like_it(client, alice, three):
    token = known()
    ImageFactory(owner=alice, prompt="ship", tags=["sea"], embedding=[0.1, 1.0], clip_model="tiny", visibility="public")
    assert shown(client.get(f"/explore/?picture={token}&tag=sea")) == ["ship"]
    assert shown(client.get(f"/explore/?picture={token}&not=sea")) == ["truck", "pear", "apple"]
    assert "No image matches" in client.get(f"/explore/?picture={token}&tag=none").text


def test_the_picture_can_be_taken_away(client, three):
    page = client.get(f"/explore/?picture={known()}&color=red").text
    assert 'id="searched-picture-remove" href="?color=red"' in page


def test_what_is_hidden_is_not_found(client, bob_client, alice, three):
    ImageFactory(owner=alice, prompt="hidden", embedding=[0.0, 1.0], clip_model="tiny")
    token = known()
    for page in (client.get(f"/explore/?picture={token}"), bob_client.get(f"/explore/?picture={token}")):
        assert shown(page) == ["truck", "pear", "apple"]
    assert shown(bob_client.get(f"/library/?picture={token}")) == []


def test_a_picture_nobody_has_looked_at_yet_is_waited_for(client, three, worker, settings):
    settings.SEARCH_PATIENCE = 0.02
    token = examples.keep(BytesIO(a_photo()))
    page = client.get(f"/explore/?picture={token}")
    assert "still being looked at" in page.text
    assert '<noscript><meta http-equiv="refresh"' in page.text
    assert worker == [(vectors.EMBED_PICTURE, token)]
    address = re.search(r'class="looking" hx-get="([^"]+)"', page.text).group(1)
    vectors.keep(vectors.picture_key(token), (1.0, 0.0), "tiny")
    part = client.get(f"/explore/{address}", headers={"HX-Request": "true", "HX-Target": "image-results"})
    assert shown(part) == ["apple", "pear", "truck"]
    assert "<html" not in part.text
    assert "still being looked at" not in part.text


@pytest.mark.parametrize("token", [UNKNOWN, "expired"])
def test_a_forgotten_picture_is_told_and_left_out(client, three, token):
    if token == "expired":
        token = known()
        cache.delete(examples._key(token))
    page = client.get(f"/explore/?picture={token}&color=red")
    assert shown(page) == ["truck", "pear", "apple"]
    assert "is kept for a day. Choose it again." in page.text
    assert token not in page.text.partition('id="image-results"')[2]


@pytest.mark.parametrize("text", ["x", "a" * 23, "../../etc/passwd/aaaaaaa", "é" * 22, "\0" * 22])
def test_what_cannot_be_a_token_is_left_out(client, text):
    assert client.get("/explore/", {"picture": text}).context["listing"].search == ImageSearch()


def test_a_cache_that_is_away_does_not_forget(monkeypatch, alice):
    def refuse(*arguments, **options):
        raise ConnectionError("nobody there")

    monkeypatch.setattr(examples, "check", refuse)
    listing = list_images(scopes.LISTED, ImageSearch(picture=UNKNOWN), alice)
    assert (listing.is_late, listing.is_forgotten, listing.images) == (True, False, [])


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "The file is empty."),
        (b"<svg/>", "not a JPEG"),
        (a_photo()[:500], "damaged"),
        (empty_png(20_001, 1), "20,000 pixels"),
        (empty_png(50_000, 50_000), "20,000 pixels"),
        (None, "Choose a picture."),
    ],
)
def test_a_bad_picture_is_asked_for_again(client, data, sentence):
    page = send(client, data, list="library", query="tag=red")
    assert page.status_code == 422
    assert sentence in page.text
    assert 'name="list" value="library"' in page.text
    assert 'name="query" value="tag=red"' in page.text


def test_a_file_that_is_too_large_is_refused(client, settings):
    settings.UPLOAD_MAX_BYTES = 100
    page = send(client, a_photo())
    assert (page.status_code, "larger than 100" in page.text) == (422, True)
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    assert send(client, a_photo()).status_code == 413


def test_what_hangs_on_to_the_picture_is_not_kept(client):
    token = examples.keep(BytesIO(a_photo(comment=b"<script>") + b"PK\x03\x04<script>"))
    assert b"<script>" not in examples.read(token)


def test_the_picture_is_kept_small():
    large = encoded(scene(1, (3000, 2000)), exif=(exif := Pictures.Exif()))
    exif[0x0112] = 6
    for data in (large, encoded(scene(1, (3000, 2000)), exif=exif)):
        picture = examples.open_picture(examples.keep(BytesIO(data)))
        assert max(picture.size) == examples.EDGE
    assert picture.size[0] < picture.size[1]


def test_too_many_pictures_are_refused(client, alice_client, settings):
    settings.ACCOUNT_RATE_LIMITS = {"search_picture_anonymous": "2/m/ip", "search_picture": "3/m/user"}
    assert [send(Client(), a_photo()).status_code for _ in range(3)] == [302, 302, 429]
    assert [send(alice_client, a_photo()).status_code for _ in range(4)] == [302, 302, 302, 429]


def test_one_picture_is_read_at_a_time(client, monkeypatch):
    monkeypatch.setattr(examples, "PATIENCE", 0.01)
    with examples._reading:
        page = send(client, a_photo())
    assert (page.status_code, "Try again in a minute" in page.text) == (503, True)
    assert send(client, a_photo()).status_code == 302


def test_a_cache_that_is_away_is_told(client, monkeypatch):
    def refuse(*arguments, **options):
        raise ConnectionError("nobody there")

    monkeypatch.setattr(examples, "keep", refuse)
    assert send(client, a_photo()).status_code == 503


def test_other_sites_cannot_send_for_somebody(alice):
    strict = Client(enforce_csrf_checks=True)
    assert send(strict, a_photo()).status_code == 403


def test_the_wrong_methods(client):
    assert client.put(reverse("gallery:search-by-picture")).status_code == 405
    assert client.post(reverse("gallery:searched-picture", args=[known()])).status_code == 405


def test_the_picture_is_shown_to_whoever_has_its_address(client):
    answer = client.get(reverse("gallery:searched-picture", args=[known()]))
    with Pictures.open(BytesIO(answer.content)) as picture:
        assert (picture.format, max(picture.size)) == ("WEBP", 300)
    assert answer["Content-Type"] == "image/webp"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"].startswith("private")
    assert client.get(reverse("gallery:searched-picture", args=[UNKNOWN])).status_code == 404


def test_such_a_search_is_not_saved(alice_client, three):
    token = known()
    assert "Save this search" not in alice_client.get(f"/library/?picture={token}").text
    answer = alice_client.post(reverse("gallery:search-save"), {"name": "Mine", "query": f"picture={token}&tag=red"})
    assert (answer.status_code, "kept for a day only" in answer.text) == (422, True)


def test_only_picked_images_are_acted_on(alice_client, alice, three):
    """As many as are in the library are more or less like a picture: "everything found" would be everything."""
    token = known()
    assert 'name="everything"' not in alice_client.get(f"/library/?picture={token}").text
    answer = alice_client.post(f"/library/?picture={token}", {"everything": "1", "act": "trash"})
    assert answer.status_code == 422
    assert alice.images.filter(deleted_at=None).count() == 3


def test_the_api_takes_a_picture_and_finds_what_is_like_it(client, three, worker, settings):
    settings.SEARCH_PATIENCE = 0.02
    answer = client.post("/api/pictures", {"file": sent(a_photo())})
    assert answer.status_code == HTTPStatus.CREATED
    token = answer.json()["picture"]
    late = client.get("/api/images", {"picture": token}).json()
    assert (late["images"], late["is_late"], late["is_forgotten"]) == ([], True, False)
    vectors.keep(vectors.picture_key(token), (1.0, 0.0), "tiny")
    found = client.get("/api/images", {"picture": token}).json()
    assert ([image["prompt"] for image in found["images"]], found["is_late"]) == (["apple", "pear", "truck"], False)
    assert client.get("/api/images", {"picture": UNKNOWN}).json()["is_forgotten"]


def test_the_api_refuses_a_bad_picture(client):
    answer = client.post("/api/pictures", {"file": sent(b"<svg/>")})
    assert (answer.status_code, "not a JPEG" in answer.json()["detail"]) == (422, True)
    assert client.post("/api/pictures").status_code == 422
    assert client.get("/api/pictures").status_code == 405


def test_of_picture_says_what_the_worker_said(worker):
    assert vectors.of_picture(known((0.6, 0.8))) == Meaning((0.6, 0.8), "tiny")
    with pytest.raises(examples.Forgotten):
        vectors.of_picture(UNKNOWN)


def test_twice_the_images_cost_the_same_queries(alice_client, alice, three, django_assert_num_queries):
    address = f"/library/?picture={known()}"
    alice_client.get(address)
    with CaptureQueriesContext(connection) as few:
        alice_client.get(address)
    for _ in range(3):
        ImageFactory(owner=alice, prompt="plum", tags=["fruit"], embedding=[0.9, 0.1], clip_model="tiny")
    with django_assert_num_queries(len(few)):
        alice_client.get(address)
