import socket

import pytest

from airbrush import programs


def test_busy_port_moves_to_the_next_free_one():
    with programs.listen("127.0.0.1", 18200) as first, programs.listen("127.0.0.1", 18200) as second:
        assert second.getsockname()[1] > first.getsockname()[1]


def test_says_when_no_port_is_free(monkeypatch):
    monkeypatch.setattr(programs, "PORTS_TRIED", 1)
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(programs.NoFreePort):
        programs.listen("127.0.0.1", taken.getsockname()[1])
