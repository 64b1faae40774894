import json
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from generation.unclip.checkpoint import STARTER
from tests.e2e.site import Site

BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="module")
def data():
    """An empty data folder, where the account of PostgreSQL can reach it."""
    folder = Path(tempfile.mkdtemp(prefix="airbrush-e2e-"))
    folder.chmod(0o755)
    yield folder / "my pictures"
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def site(data):
    """The running site, with its real servers and workers."""
    site = Site(data)
    site.start()
    yield site
    site.stop()


@pytest.fixture(scope="module")
def slow_site(data):
    """A running site whose starter draws in so many steps that a page shows them, and a worker can be killed amid."""
    slow = data.parent / "slow"
    shutil.copytree(STARTER, slow)
    index = json.loads((slow / "model_index.json").read_text(encoding="utf-8"))
    index["defaults"] |= {"steps": 200, "takes": 1}
    (slow / "model_index.json").write_text(json.dumps(index), encoding="utf-8")
    site = Site(data, AIRBRUSH_CHECKPOINT=str(slow))
    site.start()
    yield site
    site.stop()


@pytest.fixture(scope="module")
def browser():
    program = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if program is None:
        missing = pytest.fail if os.environ.get("AIRBRUSH_REQUIRE_BROWSER") == "1" else pytest.skip
        missing("Not run: there is no Chromium or Chrome on this machine.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, headless=True, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def new_page(browser, site):
    """Opens pages of people who share nothing; a script error or a blocked resource fails the test."""
    contexts, problems = [], []

    def open_page():
        context = browser.new_context(base_url=site.address, accept_downloads=True)
        context.set_default_timeout(30_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda message: "Content Security" in message.text and problems.append(message.text))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert problems == []
