"""From the button on an image's page to images that know where they came from."""

import pytest
from django.urls import reverse

from gallery.models import Image
from gallery.services import add_image, trash
from generation import leases, runner, services
from generation.models import Generation
from generation.remixes import VariationRequest
from tests.generation.fake_engine import FakeEngine, square

pytestmark = pytest.mark.django_db


def picture_of(owner, **fields) -> Image:
    fields = {"prompt": "a red apple", "style": "3d-icon", "tags": ["apple", "fruit"]} | fields
    return add_image(owner=owner, picture=square(1, 32), **fields)


def url(image: Image) -> str:
    return reverse("generation:variations", args=[image.pk])


def run(owner, image: Image) -> tuple[Generation, FakeEngine]:
    job, engine = services.submit(owner, VariationRequest(image, count=2)), FakeEngine()
    runner.run(leases.claim(), lambda: engine)
    job.refresh_from_db()
    return job, engine


def test_the_button_leads_to_a_job(alice_client, alice):
    image = picture_of(alice)
    response = alice_client.post(url(image))
    job = Generation.objects.get()
    assert response["Location"] == job.get_absolute_url()
    assert (job.operation, job.parent, job.prompt, job.style) == ("variations", image, "a red apple", "3d-icon")


def test_the_image_page_has_the_button_for_its_owner_only(alice_client, bob_client, alice):
    image = picture_of(alice, visibility="public")
    assert url(image) in alice_client.get(image.get_absolute_url()).content.decode()
    assert url(image) not in bob_client.get(image.get_absolute_url()).content.decode()


def test_strangers_and_trashed_images_are_not_found(bob_client, alice_client, alice):
    image = picture_of(alice, visibility="public")
    assert bob_client.post(url(image)).status_code == 404
    trash(image)
    assert alice_client.post(url(image)).status_code == 404


def test_anonymous_visitors_log_in_first(client, alice):
    assert client.post(url(picture_of(alice))).status_code == 302
    assert not Generation.objects.exists()


def test_a_link_draws_nothing(alice_client, alice):
    assert alice_client.get(url(picture_of(alice))).status_code == 405


def test_a_full_queue_is_told_on_the_image_page(alice_client, alice, settings):
    settings.GENERATION_MAX_QUEUED_PER_USER = 1
    image = picture_of(alice)
    alice_client.post(url(image))
    page = alice_client.post(url(image), follow=True).content.decode()
    assert "already have 1 job in the queue" in page
    assert Generation.objects.count() == 1


def test_the_stored_embedding_is_drawn_from(alice):
    image = picture_of(alice, embedding=(0.0, 0.6, 0.8), clip_model="fake/clip")
    job, engine = run(alice, image)
    assert job.status == "succeeded"
    assert engine.requests[0].image_embedding == pytest.approx((0.0, 0.6, 0.8))


def test_an_image_of_another_checkpoint_is_embedded_anew(alice):
    image = picture_of(alice, embedding=(0.0, 1.0), clip_model="other/clip")
    _, engine = run(alice, image)
    assert engine.requests[0].image_embedding == (1.0, 0.0, 0.0)


def test_variations_inherit_tags_and_say_what_they_are(alice):
    job, _ = run(alice, picture_of(alice))
    new = job.outputs.first().image
    assert set(new.tags.names()) == {"apple", "fruit"}
    assert new.alt_text == "Variation of: 3D icon of a red apple"


def test_the_job_links_to_its_parent(alice_client, alice):
    image = picture_of(alice)
    job, _ = run(alice, image)
    assert image.get_absolute_url() in alice_client.get(job.get_absolute_url()).content.decode()


def test_a_parent_deleted_meanwhile_fails_the_job_in_a_sentence(alice):
    image = picture_of(alice)
    job, engine = services.submit(alice, VariationRequest(image)), FakeEngine()
    image.delete()
    runner.run(leases.claim(), lambda: engine)
    job.refresh_from_db()
    assert (job.status, job.error_message) == ("failed", "The image that this was to be drawn from is gone.")


def test_an_image_without_a_prompt_is_called_by_its_description(alice):
    assert VariationRequest(picture_of(alice, prompt="", alt_text="Holiday photo")).prompt == "Holiday photo"
