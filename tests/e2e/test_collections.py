"""Picking images in the library, and taking a collection of them home."""

import csv
import io
import zipfile

import pytest
from playwright.sync_api import expect

from tests.e2e.steps import PATIENCE, ask_for, sign_up

PROMPT = "a 3D icon of a green pear"
PICKS = ".tile__pick input"


@pytest.fixture(scope="module")
def library(browser, site):
    """The browser of a person with three images."""
    context = browser.new_context(base_url=site.address, accept_downloads=True)
    page = context.new_page()
    sign_up(page, "erin")
    card = ask_for(page, PROMPT, count=3)
    expect(card.get_by_text("Done")).to_be_visible(timeout=PATIENCE)
    yield context
    context.close()


@pytest.fixture
def page(library):
    page = library.new_page()
    page.goto("/library/")
    yield page
    page.close()


def pick(page, number, **how):
    page.locator(PICKS).nth(number).click(**how)


def test_a_range_is_tagged(page):
    pick(page, 0)
    pick(page, 1, modifiers=["Shift"])
    expect(page.get_by_text("2 selected")).to_be_visible()
    page.locator("#selection summary").filter(has_text="Tag").click()
    expect(page.locator("#selection input:focus")).to_be_visible()
    page.keyboard.type("Spring Sale")
    page.keyboard.press("Enter")
    expect(page.get_by_text("2 images tagged “Spring Sale”.")).to_be_visible()
    page.goto("/library/?tag=spring+sale")
    expect(page.locator(".tile")).to_have_count(2)


def test_all_that_is_found_goes_to_the_trash_and_comes_back(page):
    page.goto("/library/?q=pear")
    pick(page, 0)
    page.get_by_label("All 3 found").check()
    expect(page.locator(f"{PICKS}:checked")).to_have_count(3)
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("3 images moved to the trash.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".tile")).to_have_count(3)


def test_escape_picks_nothing(page):
    pick(page, 2)
    page.keyboard.press("Escape")
    expect(page.locator(f"{PICKS}:checked")).to_have_count(0)
    expect(page.get_by_role("button", name="Delete")).to_be_hidden()


def test_a_collection_is_taken_home(page):
    for number in range(3):
        pick(page, number)
    page.locator("#selection summary").filter(has_text="Collect").click()
    expect(page.locator("#selection input:focus")).to_be_visible()
    page.keyboard.type("Pears")
    page.keyboard.press("Enter")
    expect(page.get_by_text("3 images added to “Pears”.")).to_be_visible()
    page.goto("/collections/")
    page.get_by_role("link", name="Pears").click()
    addresses = [tile.get_attribute("href") for tile in page.locator(".tile > a").all()]
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download").click()
    with zipfile.ZipFile(waiting.value.path()) as archive:
        rows = list(csv.DictReader(io.TextIOWrapper(archive.open("metadata.csv"), newline="")))
        assert [row["AIPromptInformation"] for row in rows] == [PROMPT] * 3
        for address, row in zip(addresses, rows, strict=True):
            assert archive.read(row["SourceFile"]) == page.request.get(f"{address}file.png").body()


def test_images_are_dragged_to_their_places(page):
    page.goto("/collections/")
    page.get_by_role("link", name="Pears").click()
    page.get_by_role("link", name="Arrange").click()
    items = page.locator(".arrange__item")
    first = items.nth(0).get_attribute("id")
    with page.expect_response("**/move/"):
        items.nth(0).drag_to(items.nth(2))
    expect(items.nth(2)).to_have_attribute("id", first)
    page.reload()
    expect(items.nth(2)).to_have_attribute("id", first)
    page.get_by_role("button", name="Move earlier").nth(2).click()
    expect(items.nth(1)).to_have_attribute("id", first)
