"""Pictures of one's own: dropped, chosen, refused, and what the page says of each."""

import pytest
from playwright.sync_api import expect

from tests.e2e.steps import PATIENCE, sign_up
from tests.gallery.files import a_photo, empty_png

DROP = """files => {
  const data = new DataTransfer();
  for (const [name, bytes] of files) data.items.add(new File([new Uint8Array(bytes)], name));
  document.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
}"""
GOOD, BOMB = a_photo(1), empty_png(30_000, 30_000)


@pytest.fixture
def page(new_page):
    return new_page()


def row(page, name):
    return page.locator("#upload-list .upload").filter(has_text=name).first


def test_pictures_are_dropped_and_each_is_answered(page):
    sign_up(page, "frank")
    page.goto("/uploads/")
    page.evaluate(DROP, [["red-bicycle.jpg", list(GOOD)], ["bomb.png", list(BOMB)], ["empty.png", []]])
    expect(row(page, "red-bicycle.jpg")).to_contain_text("Added", timeout=PATIENCE)
    expect(row(page, "bomb.png")).to_contain_text("at most 20,000 pixels", timeout=PATIENCE)
    expect(page.locator("#upload-sending")).to_contain_text("The file is empty.")
    page.set_input_files("#upload-files", {"name": "again.jpg", "mimeType": "image/jpeg", "buffer": GOOD})
    expect(row(page, "again.jpg")).to_contain_text("You have this picture already")
    row(page, "again.jpg").get_by_role("link", name="Show").click()
    expect(page.get_by_role("img", name="red bicycle").first).to_be_visible()


def test_pictures_are_sent_without_scripts(browser, site):
    context = browser.new_context(base_url=site.address, java_script_enabled=False)
    page = context.new_page()
    sign_up(page, "grace")
    page.goto("/uploads/")
    page.set_input_files("#upload-files", {"name": "pear.jpg", "mimeType": "image/jpeg", "buffer": a_photo(2)})
    page.get_by_role("button", name="Upload").click()
    expect(row(page, "pear.jpg")).to_be_visible()
    context.close()
