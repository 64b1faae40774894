import pytest
from django.core.cache import cache
from django.test import Client

from gallery import vectors
from tests import servers


@pytest.fixture(scope="session")
def embedded_servers():
    servers.start()


@pytest.fixture(scope="session")
def django_db_setup(embedded_servers, django_db_setup):
    """The test database lives in the embedded PostgreSQL."""


@pytest.fixture(autouse=True)
def plain_settings(settings, tmp_path):
    """Files go to a folder of the test's own; passwords and static files take no time."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }


@pytest.fixture(autouse=True)
def empty_cache(request):
    """Rate limits and progress of one test never reach the next."""
    if "db" in request.fixturenames or request.node.get_closest_marker("django_db"):
        request.getfixturevalue("embedded_servers")
        cache.clear()


@pytest.fixture(autouse=True)
def embed_worker(monkeypatch):
    """What words mean to the worker that is not there in tests: nothing, unless a test adds to it."""
    meanings = {}
    monkeypatch.setattr(vectors, "of_text", meanings.get)
    return meanings


@pytest.fixture
def alice(db, django_user_model):
    """Owns what the tests are about."""
    return django_user_model.objects.create_user(username="alice", email="alice@example.com", password="a horse at sea")


@pytest.fixture
def bob(db, django_user_model):
    """A stranger to everything of Alice's."""
    return django_user_model.objects.create_user(username="bob", email="bob@example.com", password="a cow on land")


@pytest.fixture
def alice_client(client, alice):
    client.force_login(alice)
    return client


@pytest.fixture
def bob_client(bob):
    client = Client()
    client.force_login(bob)
    return client
