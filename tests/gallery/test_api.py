import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.http import urlencode

from gallery import pages, services
from tests.factories import ImageFactory

ADDRESS = "/api/images"


def asked(client, **values) -> dict:
    answer = client.get(f"{ADDRESS}?{urlencode(values, doseq=True)}")
    assert answer.status_code == 200
    return answer.json()


def prompts(found: dict) -> list[str]:
    return [image["prompt"] for image in found["images"]]


@pytest.fixture
def apple(alice):
    return ImageFactory(owner=alice, prompt="a red apple", tags=["apple", "red"], visibility="public", style="photo")


@pytest.mark.django_db
def test_anybody_finds_what_is_public(client, alice, apple):
    ImageFactory(owner=alice, prompt="a hidden apple", tags=["apple"])
    found = asked(client, q="appl", tag="apple", color="red")
    (image,) = found["images"]
    assert (image["id"], image["tags"], image["color"]) == (str(apple.pk), ["apple", "red"], "red")
    assert image["url"] == f"http://testserver{apple.get_absolute_url()}"
    assert (found["total"], found["is_total_exact"], found["next"]) == (1, True, None)


def test_ones_own_are_ones_own(alice_client, bob_client, client, alice, apple):
    ImageFactory(owner=alice, prompt="a hidden apple", style="sketch")
    assert prompts(asked(alice_client, scope="own")) == ["a hidden apple", "a red apple"]
    assert asked(alice_client, scope="own")["facets"]["style"] == [
        {"value": "photo", "label": "Photo", "count": 1},
        {"value": "sketch", "label": "Sketch", "count": 1},
    ]
    assert prompts(asked(bob_client, scope="own")) == []
    assert prompts(asked(bob_client)) == ["a red apple"]


@pytest.mark.django_db
def test_the_next_address_leads_on(client, alice, monkeypatch):
    monkeypatch.setattr(pages, "PAGE_SIZE", 2)
    for number in range(3):
        ImageFactory(owner=alice, prompt=f"apple {number}", visibility="public")
    found = asked(client, tag=[], q="apple", order="newest")
    assert prompts(found) == ["apple 2", "apple 1"]
    rest = client.get(found["next"]).json()
    assert (prompts(rest), rest["next"], rest["total"]) == (["apple 0"], None, None)


@pytest.mark.django_db
def test_other_words_are_offered(client, apple):
    assert asked(client, q="aple")["did_you_mean"] == "apple"


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["q=%00", "color=mauve", "after=x", "from=soon", "like=7", "q=" + "x" * 10_000])
def test_no_search_is_an_error(client, apple, query):
    assert client.get(f"{ADDRESS}?{query}").status_code == 200


@pytest.mark.django_db
def test_an_unknown_scope_is_one(client):
    assert client.get(f"{ADDRESS}?scope=everything").status_code == 422


@pytest.mark.django_db
def test_images_are_only_read(client):
    assert client.post(ADDRESS).status_code == 405


@pytest.mark.django_db
def test_the_description_names_every_parameter(client):
    description = client.get("/api/openapi.json").json()
    parameters = {parameter["name"] for parameter in description["paths"]["/api/images"]["get"]["parameters"]}
    assert parameters >= {"q", "tag", "any", "not", "from", "to", "like", "order", "after", "scope"}


@pytest.mark.django_db
def test_twice_the_images_cost_the_same_queries(client, alice, apple, django_assert_num_queries):
    with CaptureQueriesContext(connection) as few:
        asked(client, q="apple")
    for _ in range(3):
        services.set_visibility(ImageFactory(owner=alice, prompt="an apple", tags=["apple"]), "public")
    with django_assert_num_queries(len(few)):
        asked(client, q="apple")
