"""Searching by a picture: chosen, dropped, pasted, refused, and without scripts."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.steps import PATIENCE, sign_up
from tests.gallery.files import a_photo

FILL = """
from accounts.models import User
from gallery.services import add_image
from tests.pictures import scene
owner = User.objects.get(username="gina")
for seed in range(1, 4):
    add_image(owner=owner, picture=scene(seed), prompt=f"shapes {seed}", visibility="public")
"""
#: Both kinds of event carry the file; `kind` says which one it is.
BRING = """([kind, bytes]) => {
  const data = new DataTransfer();
  data.items.add(new File([new Uint8Array(bytes)], "shapes.jpg", { type: "image/jpeg" }));
  const more = { bubbles: true, cancelable: true };
  const event = kind === "paste" ? new ClipboardEvent(kind, { clipboardData: data, ...more })
    : new DragEvent(kind, { dataTransfer: data, ...more });
  document.getElementById("site-search").dispatchEvent(event);
}"""
PICTURE = {"name": "shapes.jpg", "mimeType": "image/jpeg", "buffer": a_photo(2)}


@pytest.fixture(scope="module")
def images(browser, site):
    context = browser.new_context(base_url=site.address)
    sign_up(context.new_page(), "gina")
    site.run(FILL + "from generation.tasks import embed_missing\nembed_missing.delay()")
    context.close()


@pytest.fixture
def page(new_page, images):
    page = new_page()
    page.goto("/explore/")
    return page


def the_likest_is_it(page):
    """The same picture is the first one found."""
    expect(page.get_by_alt_text("The picture searched by")).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".tile").first.get_by_alt_text("shapes 2")).to_be_visible(timeout=PATIENCE)


def test_a_chosen_picture_is_searched_by_and_taken_away(page):
    page.get_by_label("Search by picture").click()
    page.locator("#picture-file").set_input_files(PICTURE)
    the_likest_is_it(page)
    page.reload()
    the_likest_is_it(page)
    page.get_by_role("link", name="Remove the picture").click()
    expect(page).to_have_url(re.compile(r"/explore/\??$"))


@pytest.mark.parametrize("kind", ["drop", "paste"])
def test_a_picture_is_brought_to_the_box(page, kind):
    page.evaluate(BRING, [kind, list(PICTURE["buffer"])])
    the_likest_is_it(page)


def test_what_is_no_picture_is_asked_for_again(page):
    page.get_by_label("Search by picture").click()
    page.locator("#picture-file").set_input_files(PICTURE | {"buffer": b"nothing of the kind"})
    expect(page.get_by_role("alert")).to_contain_text("not a JPEG")


def test_typing_leaves_the_console_clean(page):
    """Whatever the policy blocks fails the test of a page that `new_page` opened."""
    page.get_by_role("searchbox").press_sequentially("shapes tag:s", delay=40)
    expect(page).to_have_url("/explore/?q=shapes%20tag%3As")


def test_a_picture_is_sent_without_scripts(browser, site, images):
    context = browser.new_context(base_url=site.address, java_script_enabled=False)
    page = context.new_page()
    page.goto("/explore/")
    page.get_by_label("Search by picture").click()
    page.locator("#picture-file").set_input_files(PICTURE)
    page.locator(".by-picture").get_by_role("button", name="Search").click()
    the_likest_is_it(page)
    context.close()
