"""Rows for tests: state only what matters."""

import factory
from PIL import Image as Pictures

from accounts.models import User
from gallery import collections, services
from gallery.models import Collection, Image


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User

    username = factory.Sequence(lambda n: f"person{n}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.com")
    password = factory.django.Password("a horse at sea")


class ImageFactory(factory.django.DjangoModelFactory):
    """A small real PNG, stored as the library stores any picture."""

    class Meta:
        model = Image

    owner = factory.SubFactory(UserFactory)
    prompt = factory.Sequence(lambda n: f"a red apple number {n}")
    picture = factory.LazyFunction(lambda: Pictures.new("RGB", (16, 16), "#cc2233"))

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        return services.add_image(**kwargs)


class CollectionFactory(factory.django.DjangoModelFactory):
    """A collection that holds `images` in the given order."""

    class Meta:
        model = Collection
        skip_postgeneration_save = True

    owner = factory.SubFactory(UserFactory)
    title = factory.Sequence(lambda n: f"Collection {n}")

    @factory.post_generation
    def images(self, create, extracted, **kwargs):
        for image in extracted or []:
            collections.add_images(self, Image.objects.filter(pk=image.pk))
