"""What people do on the site, in the words of the pages."""

from playwright.sync_api import Locator, Page, expect

PASSWORD = "a horse at sea 7"
#: How long a job may take on a busy machine, with the worker's start before it; in milliseconds.
PATIENCE = 600_000


def sign_up(page: Page, name: str) -> None:
    page.goto("/accounts/signup/")
    page.get_by_label("Email").fill(f"{name}@example.com")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("heading", name="Studio", exact=True)).to_be_visible()


def ask_for(page: Page, prompt: str, count: int) -> Locator:
    """Submit a job in the studio and return its card."""
    page.goto("/studio/")
    page.get_by_label("Prompt", exact=True).fill(prompt)
    page.get_by_label("Images", exact=True).fill(str(count))
    page.get_by_role("button", name="Generate").click()
    card = page.locator(".job-card").filter(has_text=prompt)
    expect(card).to_have_count(1)
    return card
