import re
from io import StringIO
from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from gallery import meaning, scopes, services, vectors
from gallery.found import find
from gallery.listing import list_images
from gallery.meaning import Meaning
from gallery.search import ImageSearch
from gallery.vectors import of_text
from tests.factories import ImageFactory

pytestmark = pytest.mark.django_db

EAST, NORTH = (1.0, 0.0), (0.0, 1.0)


def embedded(owner, prompt: str, vector: list[float], **values):
    return ImageFactory(owner=owner, prompt=prompt, embedding=vector, clip_model="tiny", **values)


@pytest.fixture
def three(alice):
    """East, north-east, north."""
    return [
        embedded(alice, "apple", [1.0, 0.0], tags=["fruit"]),
        embedded(alice, "pear", [0.7, 0.7], tags=["fruit"]),
        embedded(alice, "truck", [0.0, 1.0]),
    ]


def nearest(user, vector, **values) -> list[int]:
    return meaning.nearest(find(scopes.OWNED, ImageSearch(**values), user), Meaning(vector, "tiny"))


def test_the_nearest_come_first(alice, three):
    numbers = [image.number for image in three]
    assert nearest(alice, EAST) == numbers
    assert nearest(alice, NORTH) == numbers[::-1]
    assert nearest(alice, EAST, tags=("fruit",)) == numbers[:2]


def test_many_are_walked_through_by_the_index(alice, three, monkeypatch):
    monkeypatch.setattr(meaning, "FEW", 0)
    assert nearest(alice, EAST, tags=("fruit",)) == [image.number for image in three[:2]]


def test_spaces_do_not_mix(alice, three):
    assert meaning.nearest(find(scopes.OWNED, ImageSearch(), alice), Meaning(EAST, "other")) == []


def test_words_and_meaning_are_merged(alice, three, embed_worker):
    embed_worker["truck"] = Meaning(EAST, "tiny")
    page = list_images(scopes.OWNED, ImageSearch(words="truck"), alice)
    assert [image.prompt for image in page.images] == ["truck", "apple", "pear"]
    assert (page.counts.total, page.is_late) == (1, False)
    embed_worker["-truck"] = embed_worker['"truck"'] = Meaning(EAST, "tiny")
    assert len(list_images(scopes.OWNED, ImageSearch(words='"truck"'), alice).images) == 1


def test_fusing_rewards_what_is_in_both():
    assert meaning.fuse([1, 2, 3], [3, 4]) == [3, 1, 4, 2]


def test_images_like_one_leave_it_out(alice, three):
    page = list_images(scopes.OWNED, ImageSearch(like=three[0].pk), alice)
    assert [image.prompt for image in page.images] == ["pear", "truck"]


def test_a_hidden_image_tells_nothing_of_itself(bob, three):
    services.set_visibility(three[1], "public")
    hidden = list_images(scopes.LISTED, ImageSearch(like=three[0].pk), bob)
    absent = list_images(scopes.LISTED, ImageSearch(like=uuid4()), bob)
    assert (hidden.images, hidden.is_late) == (absent.images, absent.is_late) == ([], True)
    assert list_images(scopes.LISTED, ImageSearch(like=three[1].pk), AnonymousUser()).images == []


def test_an_image_page_shows_similar_ones_that_one_may_find(alice_client, bob_client, alice, three):
    embedded(alice, "hidden", [1.0, 0.1])
    for image in three[:2]:
        services.set_visibility(image, "public")
    services.set_visibility(three[2], "unlisted")
    address = three[0].get_absolute_url()
    shown = {
        who: re.findall(r'<img[^>]* alt="(\w+)"', page.get(address).text.partition('id="similar"')[2])
        for who, page in {"alice": alice_client, "bob": bob_client, "nobody": Client()}.items()
    }
    assert shown == {"alice": ["hidden", "pear", "truck"], "bob": ["pear"], "nobody": ["pear"]}


def test_similar_images_have_one_price(alice_client, alice, three, django_assert_num_queries):
    with CaptureQueriesContext(connection) as few:
        alice_client.get(three[0].get_absolute_url())
    for _ in range(4):
        embedded(alice, "plum", [0.9, 0.1])
    with django_assert_num_queries(len(few)):
        alice_client.get(three[0].get_absolute_url())


def test_a_new_space_gets_its_index_once(transactional_db, alice):
    embedded(alice, "apple", [1.0, 0.0])
    output = StringIO()
    call_command("index_embeddings", stdout=output)
    call_command("index_embeddings", stdout=output)
    name = meaning.index_name("tiny")
    assert output.getvalue() == f"tiny: {name}\n" * 2
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = %s", [name])
        assert "WHERE ((clip_model)::text = 'tiny'::text)" in cursor.fetchone()[0]
        cursor.execute(f"DROP INDEX {name}")


def test_the_starters_index_is_there_from_the_first():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_indexes WHERE indexname = %s", [meaning.index_name("starter/clip")])
        assert cursor.fetchone()


@pytest.fixture
def worker(monkeypatch):
    """Messages to the embed worker, which answers nothing by itself."""
    sent = []
    monkeypatch.setattr(
        vectors.current_app, "send_task", lambda name, arguments, expires: sent.append((name, *arguments))
    )
    return sent


def test_the_worker_is_asked_once_and_waited_for_a_moment(worker, settings):
    settings.SEARCH_PATIENCE = 0.05
    assert of_text("red apple") is None
    assert of_text("red apple") is None
    assert worker == [(vectors.EMBED_TEXT, "red apple")]
    vectors.keep(vectors.text_key("Red apple"), EAST, "tiny")
    assert of_text("red apple") == Meaning(EAST, "tiny")


def test_an_answer_within_the_moment_is_taken(monkeypatch, settings):
    settings.SEARCH_PATIENCE = 2.0

    def answer(name, arguments, expires):
        vectors.keep(vectors.text_key(arguments[0]), NORTH, "tiny")

    monkeypatch.setattr(vectors.current_app, "send_task", answer)
    assert of_text("sea") == Meaning(NORTH, "tiny")


def test_a_cache_or_broker_that_is_away_costs_the_meaning_only(monkeypatch):
    def refuse(*arguments, **options):
        raise ConnectionError("nobody there")

    monkeypatch.setattr(vectors.current_app, "send_task", refuse)
    assert of_text("sea") is None
    monkeypatch.setattr(cache, "get", refuse)
    assert of_text("sea") is None
