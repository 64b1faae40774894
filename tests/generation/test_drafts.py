"""A sheet of drafts, and the images that are made of the chosen ones."""

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from generation import leases, runner, services
from generation.models import Draft, Generation
from generation.remixes import FinishRequest
from generation.request import DraftRequest
from generation.unclip import TextToImage, Upsample
from tests.generation.fake_engine import FakeEngine

pytestmark = pytest.mark.django_db


@pytest.fixture
def sheet(alice) -> Generation:
    """A finished sheet of four drafts."""
    services.submit(alice, DraftRequest("a red apple", "3d-icon", count=4, seed=50))
    runner.run(leases.claim(), FakeEngine)
    return Generation.objects.get()


def finish_url(sheet: Generation) -> str:
    return reverse("generation:finish", args=[sheet.pk])


def draft_url(sheet: Generation, index: int) -> str:
    return reverse("generation:draft", args=[sheet.pk, index])


def test_the_studio_has_a_button_for_sixteen(alice_client):
    values = {"prompt": "a red apple", "style": "", "count": "4", "seed": "7", "drafts": "1"}
    alice_client.post(reverse("generation:studio"), values)
    job = Generation.objects.get()
    assert (job.operation, job.count, job.seed) == ("drafts", 16, 7)


def test_drafts_are_drawn_small_and_stay_out_of_the_library(alice):
    engine = FakeEngine()
    services.submit(alice, DraftRequest("a red apple"))
    runner.run(leases.claim(), lambda: engine)
    assert engine.requests[0].draft
    assert isinstance(engine.requests[0], TextToImage)
    assert Draft.objects.count() == 16
    assert not alice.images.exists()


def test_a_sheet_taken_up_again_draws_what_is_missing(alice, sheet):
    sheet.drafts.filter(index__in=[1, 2]).delete()
    Generation.objects.update(status="failed")
    engine = FakeEngine()
    services.retry(Generation.objects.get())
    runner.run(leases.claim(), lambda: engine)
    assert [(request.seed, request.count) for request in engine.requests] == [(51, 2)]
    assert sheet.drafts.count() == 4


def test_the_card_shows_the_sheet(alice_client, sheet):
    page = alice_client.get(sheet.get_absolute_url()).content.decode()
    assert all(draft_url(sheet, index) in page for index in range(4))


def test_a_draft_is_a_png_for_its_owner_alone(alice_client, bob_client, sheet):
    response = alice_client.get(draft_url(sheet, 0))
    assert (response["Content-Type"], response.content[:4]) == ("image/png", b"\x89PNG")
    assert "private" in response["Cache-Control"]
    assert bob_client.get(draft_url(sheet, 0)).status_code == 404
    assert Client().get(draft_url(sheet, 0)).status_code == 302
    assert alice_client.get(draft_url(sheet, 9)).status_code == 404


def test_the_chosen_are_finished_with_their_own_seeds(alice_client, alice, sheet):
    response = alice_client.post(finish_url(sheet), {"index": ["3", "1"]})
    job = Generation.objects.get(operation="finish")
    assert response["Location"] == job.get_absolute_url()
    engine = FakeEngine()
    runner.run(leases.claim(), lambda: engine)
    assert [type(request) for request in engine.requests] == [Upsample, Upsample]
    assert [request.seed for request in engine.requests] == [51, 53]
    assert engine.requests[0].image_embedding == pytest.approx((0.6, 0.8, 0.0))
    assert sorted(alice.images.values_list("seed", flat=True)) == [51, 53]


@pytest.mark.parametrize("chosen", [[], ["9"], ["x"], ["-1"], ["9" * 5000], ["99999"]])
def test_nothing_or_nonsense_chosen_leads_back_with_a_word(alice_client, sheet, chosen):
    page = alice_client.post(finish_url(sheet), {"index": chosen}, follow=True).content.decode()
    assert "Choose one to 8 drafts" in page or "One of these drafts is gone" in page
    assert Generation.objects.count() == 1


def test_strangers_and_other_jobs_have_no_sheet(alice_client, bob_client, sheet):
    assert bob_client.post(finish_url(sheet), {"index": ["0"]}).status_code == 404
    assert Client().post(finish_url(sheet), {"index": ["0"]}).status_code == 302
    assert alice_client.get(finish_url(sheet)).status_code == 405
    Generation.objects.update(operation="text-to-image")
    assert alice_client.post(finish_url(sheet), {"index": ["0"]}).status_code == 404


def test_drafts_gone_meanwhile_fail_the_job_in_a_sentence(alice, sheet):
    job = services.submit(alice, FinishRequest(sheet, (0,)))
    sheet.drafts.all().delete()
    runner.run(leases.claim(), FakeEngine)
    job.refresh_from_db()
    assert (job.status, job.error_message) == ("failed", "The drafts that this was to be finished from are gone.")


def test_more_than_a_job_may_draw_is_refused(sheet):
    with pytest.raises(ValidationError, match="one to 8"):
        FinishRequest(sheet, tuple(range(9)))
