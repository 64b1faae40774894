import pytest
from django.urls import reverse

from generation import drawings, runtime, services
from generation.models import Generation
from generation.request import DraftRequest, GenerationRequest
from generation.shapes import SHAPES, find_shape
from generation.unclip import SIDE_STEP, TextToImage
from tests.generation.fake_engine import FakeEngine

STUDIO = reverse("generation:studio")


@pytest.mark.parametrize("edge", [256, 512, 768, 1024])
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.label)
def test_a_shape_has_its_ratio_and_the_area_of_a_square(shape, edge):
    width, height = shape.sides(edge)
    assert width % SIDE_STEP == height % SIDE_STEP == 0
    assert width * height == pytest.approx(edge**2, rel=0.15)
    assert (width > height, width < height) == (shape.across > shape.down, shape.across < shape.down)
    TextToImage("a fox", width=width, height=height)


def test_the_sides_of_known_shapes():
    assert find_shape("wide").sides(1024) == (1344, 768)
    assert find_shape("").sides(512) == (512, 512)


def test_a_small_model_draws_one_step_at_least():
    assert find_shape("wide").sides(32) == (64, 64)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", [GenerationRequest, DraftRequest])
def test_the_engine_is_asked_for_the_shape(alice, kind):
    job = services.submit(alice, kind("a fox", shape="portrait", count=2))
    asked = drawings.drawing(Generation.objects.get(pk=job.pk), FakeEngine(size=512), range(2))
    assert (asked.width, asked.height, asked.draft) == (448, 576, kind is DraftRequest)


@pytest.mark.django_db
def test_squares_are_of_the_checkpoints_own_size(alice):
    job = services.submit(alice, GenerationRequest("a fox"))
    asked = drawings.drawing(job, FakeEngine(), range(4))
    assert (asked.width, asked.height) == (None, None)
    job.request.pop("shape")  # as jobs were stored before there were shapes
    assert drawings.drawing(job, FakeEngine(), range(4)) == asked


def test_the_studio_asks_for_a_shape_where_there_are_several(alice_client, alice, monkeypatch):
    assert 'name="shape"' not in alice_client.get(STUDIO).text
    monkeypatch.setattr(runtime, "draws_any_shape", lambda: True)
    assert "Landscape 4:3" in alice_client.get(STUDIO).text
    alice_client.post(STUDIO, {"prompt": "a fox", "count": 1, "shape": "landscape"})
    assert Generation.objects.get().request["shape"] == "landscape"
    assert 'value="wide" selected' in alice_client.get(STUDIO, {"shape": "wide"}).text
    refused = alice_client.post(STUDIO, {"prompt": "a fox", "count": 1, "shape": "round"})
    assert "There is no such shape." in refused.text


def test_the_starter_draws_squares(settings):
    settings.AIRBRUSH_CHECKPOINT = "starter"
    assert not runtime.draws_any_shape()
    settings.AIRBRUSH_CHECKPOINT = "no/such/folder"
    assert not runtime.draws_any_shape()
