import re
from io import BytesIO

import pytest
from django.urls import reverse

from gallery import services
from gallery.models import Image
from tests.factories import ImageFactory

HTMX = {"HX-Request": "true"}

#: Acts only the owner may do, with a body that works.
OWNER_ACTS = {
    "image-tag-add": {"tag": "summer"},
    "image-tag-remove": {"tag": "apple"},
    "image-suggestion": {"tag": "fruit", "answer": "accept"},
    "image-visibility": {"visibility": "public"},
    "image-delete": {},
    "image-restore": {},
}
ACTS = {**OWNER_ACTS, "image-favorite": {"on": "1"}}


@pytest.fixture
def image(alice):
    return ImageFactory(
        owner=alice, prompt="a red apple", tags=["apple"], seed=7, style="3d-icon", checkpoint="starter"
    )


def address(name: str, image: Image, *rest: str) -> str:
    return reverse(f"gallery:{name}", args=[image.pk, *rest])


def make(image: Image, visibility: str) -> None:
    services.set_visibility(image, visibility)


def test_the_owner_sees_all_that_is_known(alice_client, image):
    page = alice_client.get(address("image-detail", image))
    assert page.status_code == 200
    for known in ["a red apple", "starter", "3d icon", ">7<", "16 \u00d7 16", "apple"]:
        assert known in page.text


def test_the_prompt_can_be_used_again(alice_client, image):
    again = f"{reverse('generation:studio')}?prompt=a%20red%20apple&amp;style=3d-icon&amp;seed=7"
    assert again in alice_client.get(address("image-detail", image)).text


def test_a_stranger_does_not_see_a_private_image(bob_client, client, image):
    assert bob_client.get(address("image-detail", image)).status_code == 404
    assert client.get(address("image-detail", image)).status_code == 404


def test_absent_and_not_yours_look_alike(bob_client, image):
    absent = "00000000-0000-4000-8000-000000000000"
    pages = [bob_client.get(reverse("gallery:image-detail", args=[key])) for key in (image.pk, absent)]
    csrf_token = re.compile(r"[A-Za-z0-9]{64}")
    assert len({csrf_token.sub("", page.text) for page in pages}) == 1


@pytest.mark.parametrize("visibility", ["public", "unlisted"])
def test_anybody_with_the_link_sees_a_shared_image(client, bob_client, image, visibility):
    make(image, visibility)
    assert client.get(address("image-detail", image)).status_code == 200
    page = bob_client.get(address("image-detail", image)).text
    assert address("image-delete", image) not in page
    assert address("image-tag-add", image) not in page


def test_a_moderator_sees_private_images(client, admin_user, image):
    client.force_login(admin_user)
    assert client.get(address("image-detail", image)).status_code == 200


@pytest.mark.parametrize(("name", "body"), ACTS.items())
def test_acts_ask_to_log_in(client, image, name, body):
    answer = client.post(address(name, image), body)
    assert answer.status_code == 302
    assert answer.url.startswith(reverse("account_login"))


@pytest.mark.parametrize("name", ACTS)
def test_acts_are_posts(alice_client, image, name):
    assert alice_client.get(address(name, image)).status_code == 405


@pytest.mark.parametrize(("name", "body"), ACTS.items())
def test_acts_on_a_private_image_of_another_are_404(bob_client, image, name, body):
    before = Image.objects.values().get()
    assert bob_client.post(address(name, image), body).status_code == 404
    assert Image.objects.values().get() == before


@pytest.mark.parametrize(("name", "body"), OWNER_ACTS.items())
def test_a_public_image_is_changed_by_its_owner_only(bob_client, image, name, body):
    make(image, "public")
    assert bob_client.post(address(name, image), body).status_code == 404


def test_a_tag_is_added(alice_client, image):
    answer = alice_client.post(address("image-tag-add", image), {"tag": " Summer Sale "})
    assert answer.url == image.get_absolute_url()
    assert "summer sale" in image.tags.names()


def test_htmx_is_given_the_tags(alice_client, image):
    answer = alice_client.post(address("image-tag-add", image), {"tag": "summer"}, headers=HTMX)
    assert answer.text.lstrip().startswith('<section class="image-panel__section" id="image-tags"')
    assert "summer" in answer.text


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_an_empty_tag_is_refused_with_a_sentence(alice_client, image, headers):
    answer = alice_client.post(address("image-tag-add", image), {"tag": " \x00 "}, headers=headers)
    assert answer.status_code == 422
    assert "A tag needs at least one letter" in answer.text


def test_a_tag_is_removed(alice_client, image):
    alice_client.post(address("image-tag-remove", image), {"tag": "apple"})
    assert not image.tags.exists()


def test_a_heart_is_put_on_and_off(bob_client, bob, image):
    make(image, "public")
    on = bob_client.post(address("image-favorite", image), {"on": "1"}, headers=HTMX)
    assert 'aria-pressed="true"' in on.text
    assert bob.favorites.get().image == image
    off = bob_client.post(address("image-favorite", image), {"on": "0"}, headers=HTMX)
    assert 'aria-pressed="false"' in off.text
    assert not bob.favorites.exists()


@pytest.mark.parametrize(
    ("following", "target"),
    [("/library/?q=x", "/library/?q=x"), ("https://evil.example/", None), ("//evil.example", None)],
)
def test_a_plain_heart_leads_back_where_it_was(alice_client, image, following, target):
    answer = alice_client.post(address("image-favorite", image), {"on": "1", "next": following})
    assert answer.url == (target or image.get_absolute_url())


def test_an_image_is_made_public(alice_client, client, image):
    alice_client.post(address("image-visibility", image), {"visibility": "public"})
    image.refresh_from_db()
    assert image.is_public


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_an_unknown_visibility_is_refused_with_a_sentence(alice_client, image, headers):
    answer = alice_client.post(address("image-visibility", image), {"visibility": "x"}, headers=headers)
    assert answer.status_code == 422
    assert "Choose private, unlisted or public." in answer.text


def test_a_deletion_is_undone(alice_client, image):
    page = alice_client.post(address("image-delete", image), follow=True)
    assert f'action="{address("image-restore", image)}"' in page.text
    assert 'alt="a red apple"' not in page.text
    page = alice_client.post(address("image-restore", image), follow=True)
    assert page.status_code == 200
    assert Image.objects.alive().get() == image


def test_deleting_twice_is_fine(alice_client, image):
    alice_client.post(address("image-delete", image))
    first = Image.objects.get().deleted_at
    assert alice_client.post(address("image-delete", image)).status_code == 302
    assert Image.objects.get().deleted_at == first


def test_a_deleted_image_is_shown_to_its_owner_only(alice_client, bob_client, image):
    make(image, "public")
    services.trash(image)
    assert "in the trash" in alice_client.get(address("image-detail", image)).text
    assert bob_client.get(address("image-detail", image)).status_code == 404


def test_a_deleted_image_is_not_changed(alice_client, image):
    services.trash(image)
    assert alice_client.post(address("image-tag-add", image), {"tag": "summer"}).status_code == 404


def test_an_image_without_words_has_an_alt_text(alice_client, alice):
    image = ImageFactory(owner=alice, prompt="")
    assert 'alt="Image without a description"' in alice_client.get(address("image-detail", image)).text


def test_markup_shows_as_text(alice_client, alice):
    image = ImageFactory(owner=alice, prompt='"><img src=x onerror=alert(1)>', tags=["<i>x</i>"])
    page = alice_client.get(address("image-detail", image)).text
    assert "<img src=x" not in page
    assert "<i>x" not in page


@pytest.mark.parametrize("body", [{"tag": "x" * 10_000_000}, {"file": BytesIO(b"x" * 10_000_000)}])
def test_a_large_body_is_refused_with_a_sentence(alice_client, image, body):
    answer = alice_client.post(address("image-tag-add", image), body)
    assert answer.status_code == 413
    assert "larger than 2.0\xa0MB" in answer.text


def test_twice_the_tags_cost_the_same_queries(alice_client, image, django_assert_num_queries):
    few = 8
    with django_assert_num_queries(few):
        alice_client.get(address("image-detail", image))
    for number in range(20):
        services.add_tag(image, f"tag {number}")
    with django_assert_num_queries(few):
        alice_client.get(address("image-detail", image))
