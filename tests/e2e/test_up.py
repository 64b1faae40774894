"""`manage.py up`: what it starts, what it says, and what it leaves behind."""

import socket
import subprocess
import sys
import time
from http.client import HTTPConnection
from urllib.parse import urlsplit

from tests.e2e.site import ROOT, Site, until


def status(site, path):
    client = HTTPConnection(urlsplit(site.address).netloc, timeout=60)
    client.request("GET", path)
    return client.getresponse().status


def test_answers_once_it_says_so(site):
    assert status(site, "/health/") == 200


def test_first_run_asks_for_the_demo_images(site):
    assert site.query("SELECT count(*) FROM generation_generation WHERE visibility = 'public'") == 12


def test_runs_every_program(site):
    until(lambda: all(site.pid(name) for name in ("web", "render", "light", "beat")))


def test_second_site_on_the_same_data_is_refused(site):
    second = subprocess.run(
        [sys.executable, "manage.py", "up"], cwd=ROOT, env=site.environment, capture_output=True, text=True, check=False
    )
    assert (second.returncode, "already runs" in second.stderr) == (1, True)


def test_killed_web_server_comes_back(site):
    first = site.pid("web")
    subprocess.run(["kill", "-9", str(first)], check=True)
    until(lambda: site.pid("web") not in (None, first))
    until(lambda: status(site, "/health/") == 200)


def test_busy_port_moves_to_the_next(site):
    port = urlsplit(site.address).port
    site.stop()
    with socket.create_server(("127.0.0.1", port)):
        site.start()
    assert urlsplit(site.address).port > port


def test_sigterm_leaves_no_process(site):
    everything = site.processes()
    site.stop()
    assert site.living(everything) == set()
    assert site.process.returncode == 0


def test_second_start_is_quick_and_finds_everything(site):
    site.stop()
    started = time.monotonic()
    site.start()
    assert time.monotonic() - started < 10
    assert site.query("SELECT count(*) FROM generation_generation") == 12


def test_missing_checkpoint_is_said_and_the_site_works(site, data):
    site.stop()
    without = Site(data, AIRBRUSH_CHECKPOINT="/nowhere")
    without.start()
    try:
        assert "Nothing can be drawn" in without.said()
        assert status(without, "/explore/") == 200
    finally:
        without.stop()
