"""Many things of the library at once: ticked by mouse and keys, and what stays ticked."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page


def test_ranges_are_ticked_by_mouse_and_by_keys(owner: Callable[..., Page]) -> None:
    page = owner()
    page.goto("/w/demo/media/")
    ticks, bar = page.locator("[data-tick]"), page.locator("[data-bulk]")
    ticked = page.locator("[data-tick]:checked")
    bar.wait_for(state="hidden")
    ticks.nth(1).check(force=True)
    ticks.nth(4).click(force=True, modifiers=["Shift"])
    assert bar.locator("output").inner_text() == "4 selected"
    page.keyboard.press("Escape")
    assert ticked.count() == 0
    bar.wait_for(state="hidden")
    page.locator("#media-grid li > a").first.focus()
    for key in ("x", "j", "j", "Shift+X"):
        page.keyboard.press(key)
    assert ticked.count() == 3
    page.click("[aria-label='Clear the selection']")
    assert ticked.count() == 0


def test_what_is_ticked_is_tagged_and_stays_ticked(owner: Callable[..., Page]) -> None:
    page = owner()
    page.goto("/w/demo/media/")
    page.locator("[data-tick]").nth(0).check(force=True)
    page.locator("[data-tick]").nth(1).check(force=True)
    page.click("[popovertarget=many-tags]")
    page.keyboard.type("Harvest, ")
    for button, words in (("Add to all of them", "tagged"), ("Take off", "without these tags")):
        page.click(f"#many-tags >> text={button}")
        page.locator(".toast", has_text=f"2 things are {words}.").wait_for()
    assert page.locator("[data-bulk] output").inner_text() == "2 selected"


def test_the_arrows_lead_through_the_list_one_came_from(owner: Callable[..., Page]) -> None:
    page = owner()
    page.goto("/w/demo/media/?kind=image&sort=name")
    page.locator("#media-grid li > a").nth(1).click()
    page.wait_for_url("**/?kind=image&sort=name")
    second = page.url
    with page.expect_navigation():
        page.keyboard.press("ArrowRight")
    assert page.url != second
    with page.expect_navigation():
        page.keyboard.press("ArrowLeft")
    assert page.url == second
