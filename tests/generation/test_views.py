import time
import uuid

import pytest
from django.urls import reverse

from gallery.models import Image
from gallery.services import add_image
from generation import progress, runtime
from generation.models import Generation, Output
from tests.generation.factories import JobFactory
from tests.generation.fake_engine import square

pytestmark = pytest.mark.django_db

STUDIO = reverse("generation:studio")
HTMX = {"HX-Request": "true"}
FORM = {"prompt": "a red apple", "style": "photo", "count": "2", "seed": ""}


def url(name: str, job: Generation) -> str:
    return reverse(f"generation:{name}", args=[job.pk])


def add_outputs(job: Generation, count: int) -> None:
    for index in range(count):
        image = add_image(owner=job.owner, picture=square(index, 32), prompt=job.prompt)
        Output.objects.create(generation=job, index=index, image=image)


def text_of(response) -> str:
    return response.content.decode()


# --- What it draws best ----------------------------------------------------------------------------------------------


def test_each_subject_begins_a_prompt(alice_client, monkeypatch):
    monkeypatch.setattr(runtime, "subjects", lambda: ["a fox & hound"])
    page = text_of(alice_client.get(reverse("generation:subjects")))
    assert f"{STUDIO}?prompt=a%20fox%20%26%20hound" in page
    assert "a fox &amp; hound</textarea>" in text_of(alice_client.get(f"{STUDIO}?prompt=a%20fox%20%26%20hound"))


def test_a_checkpoint_without_a_list_says_so(alice_client, settings, tmp_path):
    settings.AIRBRUSH_CHECKPOINT = str(tmp_path)
    assert "no list of subjects" in text_of(alice_client.get(reverse("generation:subjects")))


def test_subjects_are_read_only(alice_client):
    assert alice_client.post(reverse("generation:subjects")).status_code == 405


def test_subjects_ask_strangers_to_log_in(client):
    assert client.get(reverse("generation:subjects")).status_code == 302


# --- The studio -------------------------------------------------------------------------------------------------------


def test_the_studio_offers_a_form_and_recent_jobs(alice_client, alice):
    JobFactory(owner=alice, prompt="a sailing boat")
    JobFactory(prompt="a job of somebody else")
    page = text_of(alice_client.get(STUDIO))
    assert "<form" in page
    assert "a sailing boat" in page
    assert "somebody else" not in page


def test_strangers_log_in_first(client):
    assert client.get(STUDIO).status_code == 302


def test_the_studio_has_no_other_methods(alice_client):
    assert alice_client.delete(STUDIO).status_code == 405


def test_without_javascript_a_submission_leads_to_the_job(alice_client):
    response = alice_client.post(STUDIO, FORM)
    assert response.status_code == 302
    assert response["Location"] == Generation.objects.get().get_absolute_url()


def test_htmx_gets_the_new_card_and_a_form_with_a_new_key(alice_client):
    key = uuid.uuid4()
    response = alice_client.post(STUDIO, FORM | {"key": key}, headers=HTMX)
    page = text_of(response)
    assert f'id="job-card-{Generation.objects.get().pk}"' in page
    assert "photo of a red apple" in page
    assert 'hx-swap-oob="true"' in page
    assert str(key) not in page


def test_a_double_click_makes_one_job(alice_client):
    for _ in range(2):
        alice_client.post(STUDIO, FORM | {"key": "9a2d1c9c-8a6c-4b39-a3ea-4c1f6b0c7d11"}, headers=HTMX)
    assert Generation.objects.count() == 1


def test_an_edited_form_makes_another_job(alice_client):
    for prompt in ("a red apple", "a green apple"):
        alice_client.post(STUDIO, FORM | {"key": "9a2d1c9c-8a6c-4b39-a3ea-4c1f6b0c7d11", "prompt": prompt})
    assert Generation.objects.count() == 2


BAD_INPUT = [
    ({"prompt": ""}, "Describe the picture you want."),
    ({"prompt": " \r\n "}, "Describe the picture you want."),
    ({"prompt": "\u202e\u200e"}, "Describe the picture you want."),
    ({"prompt": "x\x00y"}, "Null characters are not allowed."),
    ({"prompt": "x" * 1001}, "The prompt has 1,001 characters"),
    ({"prompt": "x" * 1000}, "With the words of its style"),
    ({"count": "0"}, "Choose between 1 and 8 images."),
    ({"count": "9"}, "Choose between 1 and 8 images."),
    ({"count": "many"}, "Enter a whole number."),
    ({"count": ""}, "Choose between 1 and 8 images."),
    ({"count": "9" * 5000}, "Enter a whole number."),
    ({"seed": "-1"}, "The seed is a whole number"),
    ({"seed": "4294967296"}, "The seed is a whole number"),
    ({"seed": "9" * 400}, "The seed is a whole number"),
    ({"style": "oil-painting"}, "There is no such style."),
]


@pytest.mark.parametrize(("changes", "sentence"), BAD_INPUT)
def test_refuses_bad_input_with_a_sentence(alice_client, changes, sentence):
    response = alice_client.post(STUDIO, FORM | changes, headers=HTMX)
    assert response.status_code == 422
    assert response["HX-Retarget"] == "#studio-form"
    assert sentence in text_of(response)
    assert not Generation.objects.exists()


def test_without_javascript_bad_input_shows_the_whole_page(alice_client):
    response = alice_client.post(STUDIO, FORM | {"prompt": ""})
    assert response.status_code == 422
    assert "Recent jobs" in text_of(response)


def test_a_huge_body_is_refused(alice_client):
    response = alice_client.post(STUDIO, FORM | {"prompt": "x" * 10_000_000})
    assert response.status_code in {400, 413}
    assert not Generation.objects.exists()


def test_html_in_a_prompt_is_text(alice_client):
    alice_client.post(STUDIO, FORM | {"prompt": "<script>alert(1)</script>"})
    page = text_of(alice_client.get(STUDIO))
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_full_queue_is_said_and_when_to_come_back(alice_client, alice, settings, headers):
    settings.GENERATION_MAX_QUEUED_PER_USER = 1
    JobFactory(owner=alice)
    response = alice_client.post(STUDIO, FORM, headers=headers)
    assert (response.status_code, response["Retry-After"]) == (429, "30")
    assert "You already have 1 job in the queue" in text_of(response)


def test_a_missing_checkpoint_is_said_on_the_page_and_to_who_submits(alice_client, monkeypatch):
    monkeypatch.setattr(runtime, "checkpoint_problem", lambda: "There is no model.")
    assert "There is no model." in text_of(alice_client.get(STUDIO))
    response = alice_client.post(STUDIO, FORM, headers=HTMX)
    assert response.status_code == 422
    assert "There is no model." in text_of(response)
    assert not Generation.objects.exists()


def test_a_link_fills_the_form_in(alice_client):
    page = text_of(alice_client.get(STUDIO, {"prompt": "a blue boat", "style": "sketch", "seed": "77"}))
    assert "hand-drawn sketch of a blue boat" in page
    assert 'value="77"' in page


@pytest.mark.parametrize(
    ("name", "value"), [("style", "<b>"), ("count", "99"), ("seed", "x"), ("prompt", "x" * 1001), ("color", "red")]
)
def test_a_link_with_nonsense_fills_nothing_in(alice_client, name, value):
    response = alice_client.get(STUDIO, {name: value})
    assert response.status_code == 200
    assert response.context["form"].initial.get(name, "") == ""


def test_submitting_is_quick(alice_client):
    """Counted in the time of this thread, which other programs on the machine do not stretch."""
    alice_client.get(STUDIO)
    start = time.thread_time()
    alice_client.post(STUDIO, FORM, headers=HTMX)
    assert time.thread_time() - start < 0.2


@pytest.mark.parametrize("state", [{}, {"running": True}, {"succeeded": True}, {"failed": True}])
def test_more_jobs_cost_no_more_queries(alice_client, alice, state, django_assert_num_queries):
    """The session, the person, the jobs, their images and their drafts."""
    for _ in range(2):
        for job in JobFactory.create_batch(3, owner=alice, **state):
            add_outputs(job, 2)
        with django_assert_num_queries(5):
            alice_client.get(STUDIO)


# --- A job ------------------------------------------------------------------------------------------------------------


def test_a_running_job_shows_its_progress_and_previews(alice_client, alice):
    job = JobFactory(owner=alice, running=True)
    board = progress.Board(job)
    board.show(progress.Progress("decoder", 3, 10, 1.0, (square(1, 64), square(2, 64))))
    page = text_of(alice_client.get(url("job-detail", job), headers=HTMX))
    assert "Drawing" in page
    assert "Step 3 of 10" in page
    assert page.count("data:image/webp;base64,") == 2
    assert 'hx-trigger="every' in page


def test_a_waiting_job_shows_its_place(alice_client, alice):
    JobFactory(vtime=1)
    JobFactory(vtime=2)
    JobFactory(vtime=9)
    job = JobFactory(owner=alice, vtime=3)
    assert "3rd in the queue" in text_of(alice_client.get(url("job-detail", job)))


def test_the_next_job_is_told_so(alice_client, alice):
    job = JobFactory(owner=alice)
    assert "Next in the queue" in text_of(alice_client.get(url("job-detail", job)))


def test_a_finished_job_ends_the_polling_and_links_its_images(alice_client, alice):
    job = JobFactory(owner=alice, succeeded=True)
    add_outputs(job, 2)
    response = alice_client.get(url("job-detail", job), headers=HTMX)
    assert response.status_code == 286
    assert "hx-trigger" not in text_of(response)
    assert all(image.get_absolute_url() in text_of(response) for image in Image.objects.all())


def test_images_in_the_trash_are_not_shown(alice_client, alice):
    job = JobFactory(owner=alice, succeeded=True)
    add_outputs(job, 1)
    Image.objects.update(deleted_at=job.created_at)
    assert "were deleted" in text_of(alice_client.get(url("job-detail", job)))


def test_a_failed_job_shows_why_and_offers_another_try(alice_client, alice):
    job = JobFactory(owner=alice, failed=True)
    page = text_of(alice_client.get(url("job-detail", job)))
    assert "The paint ran out." in page
    assert url("job-retry", job) in page


def test_without_javascript_the_page_of_an_active_job_reloads(alice_client, alice):
    job = JobFactory(owner=alice)
    page = text_of(alice_client.get(url("job-detail", job)))
    assert '<noscript><meta http-equiv="refresh"' in page
    job.status = "canceled"
    job.save()
    assert "http-equiv" not in text_of(alice_client.get(url("job-detail", job)))


def test_cancels(alice_client, alice):
    job = JobFactory(owner=alice, running=True)
    response = alice_client.post(url("job-cancel", job), headers=HTMX)
    job.refresh_from_db()
    assert job.status == "canceled"
    assert "Canceled" in text_of(response)
    assert "hx-trigger" not in text_of(response)


def test_cancels_twice(alice_client, alice):
    job = JobFactory(owner=alice)
    assert [alice_client.post(url("job-cancel", job)).status_code for _ in range(2)] == [302, 302]


def test_retries(alice_client, alice):
    job = JobFactory(owner=alice, failed=True)
    response = alice_client.post(url("job-retry", job), headers=HTMX)
    assert "Next in the queue" in text_of(response)


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_retry_into_a_full_queue_is_refused(alice_client, alice, settings, headers):
    settings.GENERATION_MAX_QUEUED_PER_USER = 0
    response = alice_client.post(url("job-retry", JobFactory(owner=alice, failed=True)), headers=headers)
    assert response.status_code == 429
    assert "in the queue" in text_of(response)


@pytest.mark.parametrize("name", ["job-detail", "job-cancel", "job-retry"])
class TestAccess:
    def request(self, client, name, job):
        return client.get(url(name, job)) if name == "job-detail" else client.post(url(name, job))

    def test_anonymous_people_log_in_first(self, client, name):
        response = self.request(client, name, JobFactory())
        assert response.status_code == 302
        assert "/accounts/login/" in response["Location"]

    def test_to_htmx_the_login_is_a_page_of_its_own(self, client, name):
        """And not something to show in place of a job card."""
        job = JobFactory()
        act = client.get if name == "job-detail" else client.post
        response = act(url(name, job), headers=HTMX)
        assert response["HX-Redirect"].startswith("/accounts/login/")
        assert response.content == b""

    def test_a_stranger_finds_nothing(self, bob_client, alice, name):
        job = JobFactory(owner=alice)
        assert self.request(bob_client, name, job).status_code == 404
        job.refresh_from_db()
        assert job.status == "queued"

    def test_a_job_that_does_not_exist_is_not_found(self, bob_client, name):
        assert self.request(bob_client, name, JobFactory.build(pk=uuid.uuid4(), owner=None)).status_code == 404

    def test_the_wrong_method_is_refused(self, alice_client, alice, name):
        job = JobFactory(owner=alice)
        wrong = alice_client.post if name == "job-detail" else alice_client.get
        assert wrong(url(name, job)).status_code == 405
