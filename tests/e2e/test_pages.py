"""The pages as a browser lays them out: on a phone, in the dark, by keyboard, and without scripts."""

import pytest
from playwright.sync_api import expect

from tests.e2e.steps import sign_up

PUBLIC = (
    "/",
    "/explore/",
    "/explore/?q=zebra",
    "/tags/",
    "/collections/public/",
    "/accounts/login/",
    "/accounts/signup/",
    "/nowhere/",
)
PERSONAL = (
    "/studio/",
    "/studio/subjects/",
    "/library/",
    "/favorites/",
    "/trash/",
    "/collections/",
    "/collections/new/",
    "/account/",
    "/accounts/email/",
)
BACKGROUND = "getComputedStyle(document.body).backgroundColor"


@pytest.fixture
def page(new_page):
    return new_page()


@pytest.fixture
def plain_page(browser, site):
    """A page of a browser that runs no scripts."""
    context = browser.new_context(base_url=site.address, java_script_enabled=False)
    yield context.new_page()
    context.close()


def scrolls_sideways(page, path):
    page.goto(path)
    return page.evaluate("document.documentElement.scrollWidth > innerWidth")


def test_no_page_scrolls_sideways_on_a_phone(page):
    page.set_viewport_size({"width": 360, "height": 740})
    assert [path for path in PUBLIC if scrolls_sideways(page, path)] == []
    sign_up(page, "carol")
    assert [path for path in PERSONAL if scrolls_sideways(page, path)] == []


def test_dark_follows_the_system(page):
    page.goto("/")
    light = page.evaluate(BACKGROUND)
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(BACKGROUND) != light


def test_chosen_theme_is_kept(page):
    page.goto("/")
    light = page.evaluate(BACKGROUND)
    page.get_by_role("button", name="Switch between light and dark").click()
    page.goto("/explore/")
    assert page.evaluate(BACKGROUND) != light


def test_slash_goes_to_the_search(page):
    page.goto("/explore/")
    page.keyboard.press("/")
    expect(page.get_by_label("Search public images")).to_be_focused()


def test_first_tab_skips_to_the_content(page):
    page.goto("/explore/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()


def test_search_works_without_scripts(plain_page):
    plain_page.goto("/explore/")
    plain_page.get_by_role("searchbox").fill("zebra")
    plain_page.get_by_role("searchbox").press("Enter")
    expect(plain_page.get_by_text("No image matches")).to_be_visible()


def test_studio_shows_the_whole_prompt_while_typing(page):
    sign_up(page, "dave")
    page.get_by_label("Prompt", exact=True).fill("a red apple")
    page.get_by_text("Sketch").click()
    expect(page.get_by_text("hand-drawn sketch of a red apple")).to_be_visible()
