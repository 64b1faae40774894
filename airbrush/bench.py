"""Measures a site of its own, with its real servers and workers, against the figures promised."""

import os
import re
import secrets
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

import django

PROMPT = "a 3D icon of a red apple on a blue background"
RUNS = 3
LIBRARY = 60


def main() -> None:
    with running_site() as (address, log_folder):
        django.setup()
        visitor = Visitor(address)
        say("Waiting for the render worker to warm up.")
        job_seconds(visitor)
        runs = [job_seconds(visitor) for _ in range(RUNS)]
        pages, queries = library_page(visitor)
        memory = resident_megabytes(log_folder.parent / "run")
    rows = [
        ("4 images of 256 x 256, from the button", f"{statistics.median(total for _, total in runs):.1f} s", "15 s"),
        ("submit answers", f"{statistics.median(submit for submit, _ in runs) * 1000:.0f} ms", "200 ms"),
        (f"library page of {LIBRARY} images", f"{statistics.median(pages) * 1000:.0f} ms", "100 ms"),
        ("queries of that page, and with twice the images", " and ".join(map(str, queries)), "the same"),
        ("render worker, resident", f"{memory['render']} MB", "1500 MB"),
        ("web process, resident", f"{memory['web']} MB", "200 MB"),
    ]
    say(f"\n{'':48} {'measured':>12} {'at most':>10}")
    for name, measured, limit in rows:
        say(f"{name:48} {measured:>12} {limit:>10}")


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


@contextmanager
def running_site() -> Iterator[tuple[str, Path]]:
    """Start a site on fresh data, and point this process's settings at its servers."""
    folder = Path(tempfile.mkdtemp(prefix="airbrush-bench-"))
    folder.chmod(0o755)  # PostgreSQL runs under an account of its own when root starts it
    os.environ |= {"AIRBRUSH_DATA": str(folder), "SECRET_KEY": secrets.token_urlsafe(64), "HTTPS": "false"}
    os.environ |= {"DJANGO_SETTINGS_MODULE": "airbrush.settings"}
    output = folder / "output"
    with output.open("wb") as file:
        site = subprocess.Popen([sys.executable, "manage.py", "up"], stdout=file, stderr=file)
    try:
        wait(lambda: "is ready" in output.read_text() or site.poll() is not None)
        found = re.search(r"http://(\S+)", output.read_text())
        if found is None:
            raise SystemExit(output.read_text())
        yield found.group(1), folder / "log"
    finally:
        site.terminate()
        site.wait()
        shutil.rmtree(folder)


class Visitor:
    """A signed-in person with a browser's cookies, and nobody else's jobs in the way."""

    def __init__(self, address: str) -> None:
        from django.conf import settings
        from django.contrib.auth import get_user_model
        from django.test import Client

        from generation.models import Generation

        Generation.objects.active().update(status=Generation.Status.CANCELED)  # the demo images
        self.address = address
        self.user = get_user_model().objects.create_user("bench", "bench@example.com", secrets.token_hex())
        self.client = Client()
        self.client.force_login(self.user)
        self.token = secrets.token_hex(16)
        session = self.client.cookies[settings.SESSION_COOKIE_NAME].value
        self.cookies = f"{settings.SESSION_COOKIE_NAME}={session}; {settings.CSRF_COOKIE_NAME}={self.token}"

    def request(self, method: str, path: str, **fields: object) -> float:
        """Seconds until the whole answer is here."""
        body = urlencode(fields | {"csrfmiddlewaretoken": self.token}) if method == "POST" else None
        headers = {"Cookie": self.cookies, "Content-Type": "application/x-www-form-urlencoded"}
        connection = HTTPConnection(self.address, timeout=60)
        started = time.monotonic()
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status >= 400:
            raise SystemExit(f"{method} {path} answered {answer.status}.")
        return time.monotonic() - started


def job_seconds(visitor: Visitor) -> tuple[float, float]:
    """Press the button; the seconds until it answers and until the images are stored."""
    from generation.models import Generation

    started = time.monotonic()
    submit = visitor.request("POST", "/studio/", prompt=PROMPT, count=4)
    job = Generation.objects.filter(owner=visitor.user).latest("created_at")
    wait(lambda: job.refresh_from_db() or not job.is_active)
    if job.status != Generation.Status.SUCCEEDED:
        raise SystemExit(f"The job ended as {job.status}: {job.error_message}")
    return submit, time.monotonic() - started


def library_page(visitor: Visitor) -> tuple[list[float], list[int]]:
    """The seconds of several visits to a library page of 60, and its queries with 60 images and with 120."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    queries = []
    for _ in range(2):
        add_images(visitor.user, LIBRARY)
        with CaptureQueriesContext(connection) as captured:
            visitor.client.get("/library/", headers={"host": "127.0.0.1"})
        queries.append(len(captured))
    return [visitor.request("GET", "/library/") for _ in range(10)], queries


def add_images(owner: object, count: int) -> None:
    from PIL import Image

    from gallery import services

    for _ in range(count):
        picture = Image.effect_noise((256, 256), 64).convert("RGB")
        services.add_image(owner=owner, picture=picture, prompt=PROMPT, tags=["apple", "icon", secrets.token_hex(4)])


def resident_megabytes(pid_folder: Path) -> dict[str, int]:
    """The memory of each program, its child processes included."""
    table = subprocess.run(["ps", "-Ao", "pid=,ppid=,rss="], capture_output=True, text=True, check=True).stdout
    rows = [tuple(map(int, line.split())) for line in table.splitlines()]
    memory = {}
    for file in pid_folder.glob("*.pid"):
        main_pid = int(file.read_text().split()[0])
        memory[file.stem] = sum(kilobytes for pid, parent, kilobytes in rows if main_pid in (pid, parent)) // 1024
    return memory


def wait(condition: Callable[[], object], seconds: float = 600) -> None:
    give_up = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > give_up:
            raise SystemExit("The site took too long.")
        time.sleep(0.02)


if __name__ == "__main__":
    main()
