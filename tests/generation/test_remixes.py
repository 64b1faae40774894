"""From the remix page to images made of others; the engine is the fake one, what it is asked for is looked at."""

import base64
import io

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from PIL import Image as Pictures

from gallery.models import Image
from gallery.services import add_image, trash
from generation import leases, runner, services
from generation.models import Generation
from generation.remix_forms import FORMS
from generation.remixes import BlendRequest, DiffRequest, EditRequest, OutpaintRequest, UpsampleRequest
from generation.unclip import Blend, Edit, Reconstruction, TextDiff, Upsample
from tests.generation.fake_engine import FakeEngine, square

pytestmark = pytest.mark.django_db

VALID = {
    "change": {"base": "a red apple", "words": "a green pear", "theta": "0.4", "count": "2"},
    "edit": {"words": "a leaf", "left": "0", "top": "0", "width": "50", "height": "50", "count": "2"},
    "extend": {"right": "16", "words": "", "count": "2"},
    "blend": {"words": "a blue car", "share": "0.7", "count": "2"},
    "loosen": {"eta": "0.5", "count": "2"},
    "enlarge": {},
}


def picture_of(owner, seed: int = 1, **fields) -> Image:
    fields = {"prompt": "a red apple", "style": "3d-icon", "tags": ["apple"]} | fields
    return add_image(owner=owner, picture=square(seed, 32), **fields)


def url(image: Image, operation: str = "") -> str:
    arguments = [image.pk, operation] if operation else [image.pk]
    return reverse("generation:remix-operation" if operation else "generation:remix", args=arguments)


def drawn(image: Image, client, operation: str, **values) -> tuple[Generation, FakeEngine]:
    """The job that the form makes, run to its end."""
    assert client.post(url(image, operation), VALID[operation] | values).status_code == 302
    engine = FakeEngine()
    runner.run(leases.claim(), lambda: engine)
    return Generation.objects.get(), engine


def mask(size: tuple[int, int], box: tuple[int, int, int, int] | None = None) -> str:
    picture = Pictures.new("RGBA", size, "black")
    if box:
        picture.paste((0, 0, 0, 0), box)
    file = io.BytesIO()
    picture.save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def test_the_page_offers_every_operation(alice_client, alice):
    page = alice_client.get(url(picture_of(alice))).content.decode()
    assert all(form.title in page for form in FORMS.values())


def test_the_image_page_leads_to_it(alice_client, bob_client, alice):
    image = picture_of(alice, visibility="public")
    assert url(image) in alice_client.get(image.get_absolute_url()).content.decode()
    assert url(image) not in bob_client.get(image.get_absolute_url()).content.decode()


def test_anonymous_visitors_log_in_first(client, alice):
    assert client.get(url(picture_of(alice))).status_code == 302


@pytest.mark.parametrize("operation", FORMS)
def test_strangers_find_nothing(bob_client, alice, operation):
    image = picture_of(alice, visibility="public")
    assert bob_client.get(url(image)).status_code == 404
    assert bob_client.post(url(image, operation), VALID[operation]).status_code == 404


def test_a_trashed_image_and_an_unknown_operation_are_not_found(alice_client, alice):
    image = picture_of(alice)
    assert alice_client.post(url(image, "frame")).status_code == 404
    trash(image)
    assert alice_client.get(url(image)).status_code == 404


def test_other_methods_are_refused(alice_client, alice):
    assert alice_client.delete(url(picture_of(alice))).status_code == 405


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        ("change", TextDiff),
        ("edit", Edit),
        ("extend", Edit),
        ("blend", Blend),
        ("loosen", Reconstruction),
        ("enlarge", Upsample),
    ],
)
def test_each_form_leads_to_images_of_its_kind(alice_client, alice, operation, kind):
    image = picture_of(alice)
    job, engine = drawn(image, alice_client, operation)
    assert (job.status, job.parent) == ("succeeded", image)
    assert {type(request) for request in engine.requests} == {kind}
    assert job.outputs.count() == job.count
    assert "apple" in job.outputs.first().image.tags.names()


def test_a_change_goes_further_with_each_image(alice_client, alice):
    _, engine = drawn(picture_of(alice), alice_client, "change", count="4")
    assert engine.requests[0].thetas == pytest.approx((0.1, 0.2, 0.3, 0.4))


def test_a_change_taken_up_again_draws_what_is_missing_as_before(alice):
    job = services.submit(alice, DiffRequest(picture_of(alice), words="a pear", count=4, theta=0.4))
    engine = FakeEngine()
    runner.run(leases.claim(), lambda: engine)
    job.outputs.get(index=2).delete()
    Generation.objects.filter(pk=job.pk).update(status="failed")
    services.retry(Generation.objects.get())
    runner.run(leases.claim(), lambda: engine)
    assert engine.requests[-1].thetas == pytest.approx((0.3,))


def test_the_rectangle_is_what_is_drawn_anew(alice_client, alice):
    _, engine = drawn(picture_of(alice), alice_client, "edit")
    assert engine.requests[0].mask.getchannel("A").getbbox() is not None
    transparent = engine.requests[0].mask.getchannel("A").point(lambda value: 255 - value)
    assert transparent.getbbox() == (0, 0, 16, 16)


def test_a_painted_part_comes_before_the_rectangle(alice_client, alice):
    painted = "data:image/png;base64," + mask((32, 32), (20, 20, 30, 30))
    _, engine = drawn(picture_of(alice), alice_client, "edit", mask=painted)
    transparent = engine.requests[0].mask.getchannel("A").point(lambda value: 255 - value)
    assert transparent.getbbox() == (20, 20, 30, 30)


def test_an_extension_grows_on_the_asked_side(alice_client, alice):
    _, engine = drawn(picture_of(alice), alice_client, "extend")
    assert engine.requests[0].image.size == (48, 32)


def test_a_blend_takes_images_and_words_in_their_shares(alice_client, alice):
    image, other = picture_of(alice), picture_of(alice, 2)
    _, engine = drawn(image, alice_client, "blend", others=[str(other.pk)])
    assert [part.weight for part in engine.requests[0].parts] == pytest.approx([0.7, 0.15, 0.15])
    assert engine.requests[0].parts[2].source == "a blue car"


def test_only_own_images_can_be_blended_in(alice_client, alice, bob):
    image, strange = picture_of(alice), picture_of(bob, visibility="public")
    response = alice_client.post(url(image, "blend"), VALID["blend"] | {"others": [str(strange.pk)]})
    assert response.status_code == 422
    assert not Generation.objects.exists()


@pytest.mark.parametrize(
    ("operation", "wrong", "sentence"),
    [
        ("change", {"words": " "}, "Say what it should become."),
        ("change", {"theta": "0.9"}, "up to 0.5"),
        ("change", {"count": "9"}, "between 1 and 8"),
        ("edit", {"words": ""}, "should be there instead"),
        ("edit", {"mask": "no picture"}, "not a PNG"),
        ("edit", {"mask": "A" * 300_000}, "too large"),
        ("extend", {"right": "0"}, "at least one side"),
        ("extend", {"right": "9999"}, "at least one side"),
        ("blend", {"words": ""}, "to blend with"),
        ("blend", {"share": "1"}, "between 0 and 1"),
        ("loosen", {"eta": "nan"}, "between 0 and 1|Enter a number"),
    ],
)
def test_bad_input_is_told_at_its_form(alice_client, alice, operation, wrong, sentence):
    response = alice_client.post(url(picture_of(alice), operation), VALID[operation] | wrong)
    page = response.content.decode()
    assert response.status_code == 422
    assert any(words in page for words in sentence.split("|"))
    assert not Generation.objects.exists()


@pytest.mark.parametrize(("size", "box"), [((16, 16), (0, 0, 4, 4)), ((32, 32), None)])
def test_a_mask_must_fit_and_be_open(alice, size, box):
    with pytest.raises(ValidationError):
        EditRequest(picture_of(alice), words="a leaf", mask=mask(size, box))


def test_a_large_image_is_not_enlarged(alice_client, alice):
    image = add_image(owner=alice, picture=Pictures.new("RGB", (1200, 8)))
    with pytest.raises(ValidationError, match="larger"):
        UpsampleRequest(image)
    response = alice_client.post(url(image, "enlarge"))
    assert response.status_code == 422
    assert "this one is larger" in response.content.decode()


def test_html_in_words_shows_as_text(alice_client, alice):
    job = services.submit(alice, OutpaintRequest(picture_of(alice), words="<b>sky</b>", left=8))
    assert "<b>sky</b>" not in alice_client.get(job.get_absolute_url()).content.decode()


def test_an_image_blended_in_and_deleted_meanwhile_fails_the_job_in_a_sentence(alice):
    image, other = picture_of(alice), picture_of(alice, 2)
    job = services.submit(alice, BlendRequest(image, others=(other,)))
    other.delete()
    runner.run(leases.claim(), FakeEngine)
    job.refresh_from_db()
    assert (job.status, job.error_code) == ("failed", "engine")


def test_a_full_queue_is_told_on_the_page(alice_client, alice, settings):
    settings.GENERATION_MAX_QUEUED_PER_USER = 1
    image = picture_of(alice)
    alice_client.post(url(image, "loosen"), VALID["loosen"])
    response = alice_client.post(url(image, "loosen"), VALID["loosen"])
    assert response.status_code == 422
    assert "already have 1 job in the queue" in response.content.decode()


@pytest.mark.parametrize("more", [0, 20])
def test_queries_do_not_grow_with_the_library(alice_client, alice, more, django_assert_max_num_queries):
    image = picture_of(alice)
    for seed in range(more):
        picture_of(alice, seed + 2)
    with django_assert_max_num_queries(8):
        alice_client.get(url(image))
