import pytest
from django.urls import reverse

from gallery.services import add_image
from generation.fairness import RENDER
from generation.models import Draft, Generation, Output, QueueClock, UserClock
from tests.generation.factories import JobFactory
from tests.generation.fake_engine import square


@pytest.fixture
def rows(alice):
    job = JobFactory(owner=alice)
    image = add_image(owner=alice, picture=square(1, 32))
    return {
        Generation: job,
        Output: Output.objects.create(generation=job, index=0, image=image),
        Draft: Draft.objects.create(generation=job, index=0, picture=b"", embedding=[1.0]),
        QueueClock: QueueClock.objects.create(name=RENDER),
        UserClock: UserClock.objects.create(user=alice),
    }


@pytest.mark.parametrize("model", [Generation, Output, Draft, QueueClock, UserClock])
def test_every_model_has_its_pages(admin_client, rows, model):
    name = f"admin:generation_{model._meta.model_name}"
    assert str(rows[model]) in admin_client.get(reverse(f"{name}_changelist")).content.decode()
    assert admin_client.get(reverse(f"{name}_change", args=[rows[model].pk])).status_code == 200
