import uuid
from datetime import timedelta

import factory
from django.contrib.auth import get_user_model
from django.utils import timezone

from generation.models import Generation


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = get_user_model()

    username = factory.Sequence("user{}".format)
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.com")


class JobFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Generation

    owner = factory.SubFactory(UserFactory)
    prompt = "a red apple"
    count = 2
    seed = 100
    request = factory.LazyAttribute(lambda job: {"prompt": job.prompt})

    class Params:
        running = factory.Trait(
            status=Generation.Status.RUNNING,
            token=factory.LazyFunction(uuid.uuid4),
            lease_until=factory.LazyFunction(lambda: timezone.now() + timedelta(minutes=1)),
            attempts=1,
        )
        #: Running, as far as the row knows; but its worker has gone.
        abandoned = factory.Trait(running=True, lease_until=factory.LazyFunction(lambda: timezone.now() - timedelta(1)))
        failed = factory.Trait(
            status=Generation.Status.FAILED, error_code="engine", error_message="The paint ran out.", attempts=1
        )
        canceled = factory.Trait(status=Generation.Status.CANCELED)
        succeeded = factory.Trait(status=Generation.Status.SUCCEEDED, attempts=1)
