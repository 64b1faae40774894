import pytest

from generation import runtime, tasks
from tests.generation.fake_engine import FakeEngine


@pytest.fixture
def engine(monkeypatch):
    """The fake engine, where the runtime would load the real one."""
    fake = FakeEngine()
    monkeypatch.setattr(runtime, "engine", lambda: fake)
    return fake


@pytest.fixture(autouse=True)
def checkpoint(monkeypatch):
    """A checkpoint is there, unless the test says otherwise."""
    monkeypatch.setattr(runtime, "checkpoint_problem", lambda: None)


@pytest.fixture(autouse=True)
def messages(monkeypatch):
    """Wake-up messages are counted, not sent."""
    sent = []
    monkeypatch.setattr(tasks.render_next, "delay", lambda: sent.append("render_next"))
    return sent
