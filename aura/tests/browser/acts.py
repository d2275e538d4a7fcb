"""What a person does in the composer, with or without JavaScript."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from playwright.sync_api import Page

ZONE = ZoneInfo("Europe/Dublin")


def wall(days: int, time: str) -> tuple[str, str]:
    """Return day and time as the fields take them, `days` from now in the demo's zone."""
    return (datetime.now(ZONE) + timedelta(days=days)).strftime("%Y-%m-%d"), time


def write_post(page: Page, title: str, *channels: str, campaign: str = "Hot-spring rye") -> None:
    """Fill in the composer of a new post."""
    page.goto("/w/demo/posts/new/")
    page.locator("[name=campaign]").select_option(label=campaign)
    page.locator("[name=title]").fill(title)
    page.locator("[name=caption]").fill("The door opens at seven.")
    for channel in channels:
        page.locator("label.channel", has_text=channel).click()


def pick(page: Page, count: int) -> None:
    """Take the newest pictures of the library."""
    page.locator("button.drop[popovertarget=add-pictures]").click()
    for number in range(count):
        page.locator("#media-pick input[type=checkbox]").nth(number).check(force=True)
    page.get_by_role("button", name="Done").first.click()


def press(page: Page, intent: str) -> None:
    """Press the composer's button for `intent`."""
    page.locator(f"button[name=intent][value={intent}]:not(.sr)").first.click()


def state_of(page: Page) -> str:
    """Return the word of the state of the post that is open."""
    return page.locator("#post-state").inner_text().strip()


def throw_away(page: Page) -> None:
    """Put the open post in the trash, by the page that asks."""
    page.goto(page.url.replace("edit/", "delete/") if page.url.endswith("/edit/") else f"{page.url}delete/")
    page.get_by_role("button", name="Put it in the trash").click()
    page.wait_for_url(lambda url: not url.endswith("/delete/"))
