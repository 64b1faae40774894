"""Tags that machines suggest, and what owners answer."""

import pytest
from django.urls import reverse
from taggit.models import Tag

from gallery import keywords, services, suggestions, tags
from gallery.models import ImageEmbedding, TagSuggestion, TagSynonym
from tests.factories import ImageFactory

HTMX = {"HX-Request": "true"}


@pytest.fixture
def image(alice):
    image = ImageFactory(owner=alice, tags=["red"], embedding=[1.0], clip_model="a", visibility="public")
    suggestions.suggest([(image.embeddings.get(), {"apple": 0.7, "fruit": 0.2, "red": 0.1})])
    return image


def answer(client, image, answer: str, tag: str = "apple", **kwargs):
    return client.post(reverse("gallery:image-suggestion", args=[image.pk]), {"tag": tag, "answer": answer}, **kwargs)


def names(image) -> list[str]:
    return [suggestion.name for suggestion in suggestions.open_for(image)]


def test_the_likeliest_come_first_without_what_is_a_tag_already(image):
    assert names(image) == ["apple", "fruit"]
    services.add_tag(image, "apple")
    assert names(image) == ["fruit"]


def test_an_image_is_compared_once(image):
    assert not suggestions.waiting("a").exists()
    assert not suggestions.are_due()


def test_suggesting_again_changes_no_answer(image):
    suggestions.reject(image.tag_suggestions.get(name="apple"))
    suggestions.suggest([(ImageEmbedding.objects.get(), {"apple": 0.9, "fruit": 0.9, "pear": 0.5})])
    assert names(image) == ["pear", "fruit"]
    assert image.tag_suggestions.get(name="fruit").score == 0.2


def test_another_word_is_suggested_as_its_tag(alice):
    TagSynonym.objects.create(alias="automobile", tag=Tag.objects.create(name="car"))
    image = ImageFactory(owner=alice, embedding=[1.0], clip_model="a")
    suggestions.suggest([(image.embeddings.get(), {"automobile": 0.7})])
    assert names(image) == ["car"]


def test_the_owner_is_shown_suggestions_and_nobody_else(alice_client, bob_client, image):
    assert "Add the suggested tag apple" in alice_client.get(image.get_absolute_url()).text
    assert "suggested tag" not in bob_client.get(image.get_absolute_url()).text


def test_an_accepted_suggestion_is_a_tag(alice_client, image):
    page = answer(alice_client, image, "accept", headers=HTMX)
    assert "Remove the tag apple" in page.text
    assert "suggested tag apple" not in page.text
    assert image.tag_suggestions.get(name="apple").state == "accepted"


def test_a_rejected_suggestion_is_gone(alice_client, image):
    assert answer(alice_client, image, "reject").url == image.get_absolute_url()
    assert names(image) == ["fruit"]
    assert list(image.tags.names()) == ["red"]


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_another_answer_is_refused(alice_client, image, headers):
    page = answer(alice_client, image, "perhaps", headers=headers)
    assert page.status_code == 422
    assert "Accept the suggestion or reject it." in page.text


def test_a_tag_too_many_is_refused_and_stays_suggested(alice_client, image, monkeypatch):
    monkeypatch.setattr(tags, "TAGS_PER_IMAGE", 1)
    assert answer(alice_client, image, "accept").status_code == 422
    assert names(image) == ["apple", "fruit"]


@pytest.mark.parametrize("tag", ["", "pear", "\x00"])
def test_what_is_not_suggested_is_404(alice_client, image, tag):
    assert answer(alice_client, image, "accept", tag).status_code == 404


def test_suggestions_are_listed_in_the_admin(admin_client, image):
    assert "apple" in admin_client.get(reverse("admin:gallery_tagsuggestion_changelist")).text


def test_suggestions_go_with_the_image(image):
    image.delete()
    assert not TagSuggestion.objects.exists()


def test_keywords_are_many_and_spelled_as_tags_are():
    words = keywords.all_keywords()
    assert len(words) == len(set(words)) > 2000
    assert [word for word in words if tags.normalize(word) != word] == []
    assert all(len(words) > 15 for words in keywords.categories().values())
