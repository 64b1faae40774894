"""Other words for tags, and tags that become one."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from taggit.models import Tag

from gallery import selection, services, synonyms
from gallery.models import Image, TagSynonym
from tests.factories import ImageFactory


@pytest.fixture
def car(db):
    tag = Tag.objects.create(name="car")
    TagSynonym.objects.create(alias="automobile", tag=tag)
    return tag


def test_another_word_tags_with_the_tag(alice, car):
    image = ImageFactory(owner=alice, tags=["Automobile", "car", "red"])
    assert sorted(image.tags.names()) == ["car", "red"]
    assert services.add_tag(image, " AUTOMOBILE ") == "car"
    assert selection.untag(Image.objects.all(), ["automobile"]) == 1
    assert list(image.tags.names()) == ["red"]


def test_another_word_finds_the_tag(alice_client, alice, car):
    ImageFactory(owner=alice, prompt="a beetle", tags=["car"])
    page = alice_client.get(reverse("gallery:library") + "?tag=automobile").text
    assert 'alt="a beetle"' in page


def test_merged_tags_are_one(alice, car):
    both = ImageFactory(owner=alice, tags=["car", "cars"])
    one = ImageFactory(owner=alice, tags=["auto", "cars"])
    others = Tag.objects.filter(name__in=["auto", "cars"])
    assert synonyms.merge(others, car) == 2
    for image in (both, one):
        image.refresh_from_db()
        assert image.tag_names == "car"
    assert set(TagSynonym.objects.values_list("alias", "tag__name")) == {
        ("automobile", "car"), ("auto", "car"), ("cars", "car"),
    }  # fmt: skip
    assert list(Tag.objects.all()) == [car]


def test_words_for_a_merged_tag_lead_on(car):
    vehicle = Tag.objects.create(name="vehicle")
    synonyms.merge([car, vehicle], vehicle)
    assert synonyms.resolve(["automobile", "car", "vehicle"]) == ["vehicle"]


def test_a_merge_may_be_turned_round(car):
    auto = Tag.objects.create(name="auto")
    synonyms.merge([auto], car)
    synonyms.merge([car], Tag.objects.create(name="auto"))
    assert synonyms.resolve(["auto", "car"]) == ["auto"]


@pytest.mark.parametrize("alias", ["", " ", "Car"])
def test_a_word_for_a_tag_is_no_tag_itself(car, alias):
    with pytest.raises(ValidationError):
        TagSynonym(alias=alias, tag=car).full_clean()


def test_a_word_has_one_spelling(car):
    synonym = TagSynonym(alias=" Motor  Car", tag=car)
    synonym.full_clean()
    assert synonym.alias == "motor car"


class TestInTheAdmin:
    def merge(self, client, **body):
        keys = list(Tag.objects.values_list("pk", flat=True))
        body |= {"action": "merge", "_selected_action": keys}
        return client.post(reverse("admin:taggit_tag_changelist"), body)

    def test_it_is_asked_which_tag_stays(self, admin_client, car):
        Tag.objects.create(name="auto")
        page = self.merge(admin_client)
        assert "Which tag stays?" in page.text
        assert Tag.objects.count() == 2

    def test_tags_are_merged(self, admin_client, car):
        ImageFactory(tags=["auto"])
        assert self.merge(admin_client, into=car.pk).status_code == 302
        assert Image.objects.get().tag_names == "car"

    def test_tags_and_their_words_are_listed(self, admin_client, car):
        ImageFactory(tags=["car"])
        page = admin_client.get(reverse("admin:taggit_tag_changelist") + "?q=automobile").text
        assert '<td class="field-image_count">1</td>' in page
        assert "automobile" in admin_client.get(reverse("admin:gallery_tagsynonym_changelist")).text
        assert "automobile" in admin_client.get(reverse("admin:taggit_tag_change", args=[car.pk])).text
