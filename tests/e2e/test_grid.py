"""A long list as people move through it: by scrolling, by keyboard, and back again."""

import pytest
from playwright.sync_api import expect

from tests.e2e.steps import sign_up

COUNT = 100
FILL = f"""
from accounts.models import User
from gallery.services import add_image
from tests.pictures import scene
owner = User.objects.get(username="erin")
for seed in range({COUNT}):
    add_image(owner=owner, picture=scene(seed, (48 + seed % 5 * 16, 64)), prompt=f"shapes {{seed}}")
"""
FOCUSED = "document.activeElement.pathname"


@pytest.fixture(scope="module")
def library(browser, site):
    """The browser session of somebody whose library is longer than a page of it."""
    context = browser.new_context(base_url=site.address)
    sign_up(context.new_page(), "erin")
    site.run(FILL)
    yield context
    context.close()


@pytest.fixture
def page(library):
    page = library.new_page()
    page.set_viewport_size({"width": 1000, "height": 700})
    page.goto("/library/")
    yield page
    page.close()


def addresses(page):
    return page.locator(".tile > a").evaluate_all("links => links.map(link => link.pathname)")


def scroll_to_the_end(page):
    page.locator(".pager").scroll_into_view_if_needed()
    expect(page.locator(".tile")).to_have_count(COUNT)


def test_the_rest_comes_when_the_end_is_seen(page):
    expect(page.locator(".tile")).to_have_count(60)
    scroll_to_the_end(page)
    assert len(set(addresses(page))) == COUNT


def test_nothing_moves_while_pictures_come(page):
    before = page.locator(".tile").evaluate_all("tiles => tiles.map(tile => tile.offsetTop)")
    page.wait_for_load_state("networkidle")
    assert page.locator(".tile").evaluate_all("tiles => tiles.map(tile => tile.offsetTop)") == before


def test_rows_are_of_one_height_and_full(page):
    boxes = page.locator(".tile").evaluate_all(
        "tiles => tiles.slice(0, 20).map(tile => [tile.offsetTop, tile.offsetHeight])"
    )
    heights = {}
    for top, height in boxes:
        heights.setdefault(top, set()).add(height)
    assert len(heights) > 2
    assert all(max(row) - min(row) <= 1 for row in heights.values())


def test_back_leads_to_the_same_place(page):
    scroll_to_the_end(page)
    link = page.locator(".tile > a").nth(COUNT - 10)
    link.scroll_into_view_if_needed()
    top, address = page.evaluate("scrollY"), link.evaluate("link => link.pathname")
    link.click()
    page.wait_for_url(f"**{address}")
    page.go_back()
    expect(page.locator(".tile")).to_have_count(COUNT)
    page.wait_for_function(f"Math.abs(scrollY - {top}) < 40")
    page.wait_for_function(f"{FOCUSED} === '{address}'")


def test_arrows_walk_through_the_grid_and_enter_opens(page):
    tiles = addresses(page)
    for key, place in [("ArrowRight", 0), ("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1)]:
        page.keyboard.press(key)
        assert page.evaluate(FOCUSED) == tiles[place]
    page.keyboard.press("ArrowDown")
    assert tiles.index(page.evaluate(FOCUSED)) > 2
    page.keyboard.press("ArrowUp")
    assert page.evaluate(FOCUSED) == tiles[1]
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{tiles[1]}")


def test_arrows_go_on_from_image_to_image_and_back_leads_to_the_last(page):
    tiles = addresses(page)
    page.locator(".tile > a").first.click()
    page.wait_for_url(f"**{tiles[0]}")
    expect(page.get_by_role("link", name="Previous image")).to_be_hidden()
    page.keyboard.press("ArrowRight")
    page.wait_for_url(f"**{tiles[1]}")
    page.get_by_role("link", name="Next image").click()
    page.wait_for_url(f"**{tiles[2]}")
    page.go_back()
    page.wait_for_function(f"{FOCUSED} === '{tiles[2]}'")


def test_f_puts_a_heart_on_the_focused_image(page):
    page.keyboard.press("ArrowRight")
    page.keyboard.press("f")
    heart = page.locator(".tile").first.get_by_role("button", name="Favorite")
    expect(heart).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#announcer")).to_have_text("A favorite now")
    page.keyboard.press("Enter")
    page.wait_for_url("**/images/**")
    page.keyboard.press("f")
    expect(page.get_by_role("button", name="Favorite").first).to_have_attribute("aria-pressed", "false")


def test_the_question_mark_shows_the_keys(page):
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()
