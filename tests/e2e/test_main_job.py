"""The main job: sign up, generate, find by tag and by word, favorite, download, and share."""

import io

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.e2e.steps import PATIENCE, ask_for, sign_up

PROMPT = "a 3D icon of a red apple on a blue background"


@pytest.fixture(scope="module")
def site(slow_site):
    return slow_site


@pytest.fixture
def alice_page(new_page):
    return new_page()


@pytest.fixture
def bob_page(new_page):
    return new_page()


def test_from_sign_up_to_a_shared_image(alice_page, bob_page):
    sign_up(alice_page, "alice")
    sign_up(bob_page, "bob")
    generate_four(alice_page)
    find_all_four(alice_page, "/library/?tag=apple")
    find_all_four(alice_page, "/library/?q=icon")
    address = favorite_one(alice_page)
    download(alice_page, address)
    draw_variations(alice_page, address)
    assert bob_page.goto(address).status == 404
    make_public(alice_page, address)
    assert bob_page.goto(address).status == 200
    expect(bob_page.get_by_role("img", name="apple").first).to_be_visible()


def generate_four(page):
    card = ask_for(page, PROMPT, count=4)
    expect(card.get_by_role("progressbar")).to_be_visible()
    expect(card.locator(".badge", has_text="Drawing")).to_be_visible(timeout=PATIENCE)
    expect(card.get_by_text("Done")).to_be_visible(timeout=PATIENCE)
    expect(card.get_by_role("listitem").get_by_role("img")).to_have_count(4)


def find_all_four(page, address):
    page.goto(address)
    expect(page.locator(".tile")).to_have_count(4)


def favorite_one(page):
    """Put a heart on the newest image, see it among the favorites, and return its address."""
    page.goto("/library/")
    tile = page.locator(".tile").first
    address = tile.get_by_role("link").first.get_attribute("href")
    tile.get_by_role("button", name="Favorite").click()
    expect(tile.get_by_role("button", name="Favorite")).to_have_attribute("aria-pressed", "true")
    page.goto("/favorites/")
    expect(page.locator(".tile")).to_have_count(1)
    expect(page.locator(".tile").get_by_role("link").first).to_have_attribute("href", address)
    return address


def download(page, address):
    page.goto(address)
    page.get_by_text("Download", exact=True).click()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="PNG").click()
    with Image.open(io.BytesIO(waiting.value.path().read_bytes())) as picture:
        assert (picture.format, picture.size) == ("PNG", (256, 256))


def draw_variations(page, address):
    page.goto(address)
    page.get_by_role("button", name="Variations").click()
    card = page.locator(".job-card")
    expect(card.get_by_role("link", name="Variations of an image")).to_have_attribute("href", address)
    expect(card.get_by_text("Done")).to_be_visible(timeout=PATIENCE)
    expect(card.get_by_role("listitem").get_by_role("img")).to_have_count(4)


def make_public(page, address):
    page.goto(address)
    page.get_by_role("radio", name="Public").check()
    expect(page.get_by_text("Everybody finds it in Explore.")).to_be_visible()
