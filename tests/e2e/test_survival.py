"""Nothing that was accepted is lost, and nothing is made twice, whatever is killed."""

import os
import signal

import pytest
from playwright.sync_api import expect

from tests.e2e.site import until
from tests.e2e.steps import PATIENCE, ask_for, sign_up

DRAWN = "SELECT count(*) FROM gallery_image JOIN accounts_user u ON u.id = owner_id WHERE u.username = %s"
STATUS = "SELECT status FROM generation_generation WHERE prompt = %s"


@pytest.fixture(scope="module")
def site(slow_site):
    return slow_site


@pytest.fixture
def page(new_page):
    return new_page()


def test_killed_render_worker_leaves_exactly_four_images(site, page):
    sign_up(page, "alice")
    card = ask_for(page, "a yellow star on a purple background", count=4)
    expect(card.get_by_text("Step")).to_be_visible(timeout=PATIENCE)
    os.kill(site.pid("render"), signal.SIGKILL)
    expect(card.get_by_text("Done")).to_be_visible(timeout=PATIENCE)
    assert site.query(DRAWN, "alice") == 4


def test_nothing_accepted_is_lost_when_everything_is_killed(site, page):
    sign_up(page, "bob")
    prompts = ["a green leaf", "a blue car", "a red house"]
    for prompt in prompts:
        ask_for(page, prompt, count=2)
    until(lambda: "running" in [site.query(STATUS, prompt) for prompt in prompts], PATIENCE / 1000)
    site.kill()
    site.start()
    until(lambda: [site.query(STATUS, prompt) for prompt in prompts] == ["succeeded"] * 3, PATIENCE / 1000)
    assert site.query(DRAWN, "bob") == 6
