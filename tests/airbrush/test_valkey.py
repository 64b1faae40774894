import os
import signal
import stat

import redis

from airbrush import laptop
from airbrush.embedded import processes
from airbrush.embedded.valkey import Valkey


def connect(server):
    return redis.Redis(unix_socket_path=str(server.socket))


def test_writes_survive_kill_9(valkey):
    connect(valkey).set("kept", 7)
    os.kill(valkey.pid(), signal.SIGKILL)
    while valkey.is_alive():
        pass
    valkey.start()
    assert connect(valkey).get("kept") == b"7"


def test_second_start_uses_the_running_server(valkey):
    pid = valkey.pid()
    Valkey(valkey.home).start()
    assert valkey.pid() == pid


def test_stop_leaves_no_process(valkey):
    pid = valkey.pid()
    valkey.stop()
    assert processes.start_time(pid) is None


def test_listens_on_no_port(valkey):
    assert connect(valkey).config_get("port") == {"port": "0"}


def test_only_its_owner_reaches_the_socket(valkey):
    assert stat.S_IMODE(valkey.socket.parent.stat().st_mode) == 0o700


def test_addresses_work_with_an_unusual_path(folder):
    server = Valkey(folder / "e m b ü" / "valkey")
    server.start()
    try:
        cache = redis.Redis.from_url(laptop.cache_url(folder / "e m b ü"))
        assert cache.ping()
    finally:
        server.stop()
