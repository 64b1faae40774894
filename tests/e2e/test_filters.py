"""Filters as people use them: chosen, combined, taken away; by keyboard, and without scripts."""

import pytest
from playwright.sync_api import expect

from tests.e2e.steps import sign_up

FILL = """
from accounts.models import User
from gallery import collections
from gallery.models import Image
from gallery.services import add_image
from tests.pictures import scene
owner = User.objects.get(username="hanna")
for seed, (name, style) in enumerate([("apple", "photo"), ("pear", "photo"), ("lemon", "sketch"), ("truck", "sketch")]):
    tags = [name, "toy" if name == "truck" else "fruit"]
    add_image(owner=owner, picture=scene(seed), prompt=f"a {name}", style=style, tags=tags)
photos = Image.objects.filter(owner=owner, style="photo")
collections.add_images(collections.create(owner, "Orchard"), photos)
"""


@pytest.fixture(scope="module", params=[True, False], ids=["scripts", "no-scripts"])
def library(browser, site, request):
    """The browser of a person with four images, two of them in a collection."""
    name = "hanna" if request.param else "henri"
    context = browser.new_context(base_url=site.address, java_script_enabled=request.param)
    sign_up(context.new_page(), name)
    site.run(FILL.replace("hanna", name))
    yield context
    context.close()


@pytest.fixture
def page(library):
    page = library.new_page()
    page.goto("/library/")
    yield page
    page.close()


def shows(page, *names):
    """Exactly these images, in any order."""
    expect(page.locator(".tile")).to_have_count(len(names))
    for name in names:
        expect(page.get_by_role("link", name=f"a {name}")).to_be_visible()


def open_filters(page):
    page.locator(".facets > summary").click()


def choose(page, facet, value):
    open_filters(page)
    page.get_by_role("region", name=facet).get_by_role("link", name=value).click()


def test_a_style_narrows_and_is_taken_away(page):
    choose(page, "Style", "Photo 2")
    shows(page, "apple", "pear")
    page.get_by_role("link", name="Remove the filter style photo").click()
    shows(page, "apple", "pear", "lemon", "truck")


def test_a_collection_narrows(page):
    choose(page, "Collection", "Orchard 2")
    shows(page, "apple", "pear")
    expect(page.get_by_role("list", name="Filters and tags")).to_contain_text("Orchard")
    page.get_by_role("link", name="Remove the filter collection Orchard").click()
    shows(page, "apple", "pear", "lemon", "truck")


def test_tags_are_all_of_any_of_and_none_of(page):
    choose(page, "Tags", "any of apple")
    choose_again = page.get_by_role("region", name="Tags")
    choose_again.get_by_role("link", name="none of truck").click()
    shows(page, "apple")
    page.go_back()
    choose_again.get_by_role("link", name="any of lemon").click()
    shows(page, "apple", "lemon")
    choose_again.get_by_role("link", name="all of lemon").click()
    shows(page)


def test_filters_work_by_keyboard(page):
    page.locator(".facets > summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Remove the filter style photo")).to_be_visible()
    shows(page, "apple", "pear")
