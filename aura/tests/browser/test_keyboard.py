"""Aura with the keyboard alone: nothing here touches a pointer."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from aura.tests.browser.acts import state_of, throw_away, wall
from aura.tests.browser.conftest import Instance
from aura.tests.browser.places import ask, places

if TYPE_CHECKING:
    from playwright.sync_api import Page

TITLE = "Typed, not clicked"
# Whether the focus can be seen: a ring on what has it, or on the label that stands for it.
RING = """() => {
  const ringed = (part) => {
    const style = getComputedStyle(part);
    return (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
  };
  const focused = document.activeElement;
  const shown = focused.getBoundingClientRect();
  const near = focused.closest("label, .editor, .tile") ?? focused;
  return (shown.width > 0 && ringed(focused)) || ringed(near);
}"""
NAME = (
    "() => { const e = document.activeElement; return e.id || e.name || e.textContent.trim() || e.tagName; }"
)


@pytest.fixture
def page(owner: Callable[..., Page]) -> Page:
    """A page of the demo owner without moving pictures."""
    return owner(reduced_motion="reduce")


def focused(page: Page, selector: str) -> bool:
    """Tell whether what has the focus fits a CSS selector."""
    return bool(page.evaluate("(selector) => document.activeElement.matches(selector)", selector))


def tab_to(page: Page, selector: str, *, key: str = "Tab", at_most: int = 120) -> None:
    """Press Tab until what fits `selector` has the focus."""
    for _ in range(at_most):
        if focused(page, selector):
            return
        page.keyboard.press(key)
    raise AssertionError(f"Tab does not reach {selector}")


def test_the_first_stop_skips_to_the_page(page: Page) -> None:
    page.goto("/w/demo/posts/")
    page.keyboard.press("Tab")
    assert page.evaluate(NAME) == "Skip to the page"
    box = page.get_by_text("Skip to the page").bounding_box()
    assert box is not None
    assert box["width"] > 40, "it is seen while it has the focus"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_keys_lead_anywhere(page: Page) -> None:
    page.goto("/w/demo/home/")
    page.keyboard.press("Control+K")
    # Those for half the words come before it.
    with page.expect_response(re.compile(r"q=launch\+day$")) as answer:
        page.keyboard.type("launch day")
    answer.value.finished()
    found = page.locator("[data-palette-found] [role=option]")
    found.filter(has_text="Launch day").first.wait_for()
    for _ in range(found.count()):
        if "Launch day" in page.locator("#palette [aria-selected=true]").inner_text():
            break
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/posts/[0-9a-f-]{36}/"))
    page.goto("/w/demo/home/")
    page.keyboard.press("g")
    page.keyboard.press("c")
    page.wait_for_url("**/calendar/**")
    page.keyboard.press("n")
    page.wait_for_url("**/posts/new/**")
    assert focused(page, "#id_title"), "writing can begin at once"
    page.keyboard.type("gcn?")  # in a field a letter is a letter
    assert page.locator("#id_title").input_value() == "gcn?"


def test_rows_are_walked_and_ticked(page: Page) -> None:
    page.goto("/w/demo/posts/")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("x")
    assert page.locator("[data-bulk] output").inner_text() == "1 selected"
    assert page.locator("tr[data-row]").nth(1).locator("[data-tick]").is_checked()
    page.keyboard.press("Escape")
    assert page.locator("[data-bulk]").is_hidden()


def test_a_dialog_keeps_the_focus_and_gives_it_back(page: Page, instance: Instance) -> None:
    page.goto("/w/demo/home/")
    tab_to(page, ".search")
    page.keyboard.press("Enter")
    page.locator("#palette[open]").wait_for()
    page.keyboard.press("Escape")
    assert page.locator("#palette[open]").count() == 0
    assert focused(page, ".search")
    page.keyboard.press("?")
    page.locator("#shortcuts[open]").wait_for()
    for _ in range(6):
        page.keyboard.press("Tab")
        inside = page.evaluate("document.querySelector('#shortcuts').contains(document.activeElement)")
        assert inside or focused(page, "body"), "the page below is out of reach"
    page.keyboard.press("Escape")
    assert focused(page, ".search")

    page.goto(places(instance.folder)["composer"])
    tab_to(page, "[popovertarget=post-more]")
    page.keyboard.press("Enter")
    tab_to(page, "[data-dialog=remove]", at_most=8)
    page.keyboard.press("Enter")
    page.locator("#remove[open]").wait_for()
    assert page.evaluate(NAME) == "Keep it", "the safe way out comes first"
    page.keyboard.press("Escape")
    assert page.locator("#remove[open]").count() == 0
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement !== document.body"), "nobody is thrown back to the top"


def test_the_composer_is_walked_in_order_and_the_focus_is_seen(page: Page, instance: Instance) -> None:
    page.goto(places(instance.folder)["composer"])
    page.locator("#id_campaign").focus()
    walked, unseen = [], []
    for _ in range(45):
        name = page.evaluate(NAME)
        walked.append(name)
        if not focused(page, "body") and not page.evaluate(RING):
            unseen.append(name)
        page.keyboard.press("Tab")
    assert unseen == []
    stops = ["id_campaign", "id_title", "channel-", "id_caption", "id_day", "id_time"]
    at = [next(n for n, name in enumerate(walked) if name.startswith(stop)) for stop in stops]
    assert at == sorted(at)


def test_a_post_is_scheduled_and_moved_without_a_pointer(page: Page, instance: Instance) -> None:
    day, _ = wall(6, "09:00")
    page.goto(f"/w/demo/calendar/?view=week&day={day}")
    tab_to(page, f"[data-day='{day}'] a.add")
    page.keyboard.press("Enter")
    page.wait_for_url("**/posts/new/**")
    assert page.locator("#id_day").input_value() == day
    page.keyboard.type(TITLE)
    tab_to(page, "#id_campaign", key="Shift+Tab")
    page.keyboard.type("Hot")
    tab_to(page, "[data-channel]")
    for _ in range(page.locator("[data-channel]").count()):
        if page.evaluate("document.activeElement.closest('label').textContent.includes('Barrow & Rye feed')"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    tab_to(page, "#id_caption")
    page.keyboard.type("Every letter of it.")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/edit/")
    assert state_of(page) == "Scheduled"
    post = page.url

    def when() -> str:
        return ask(
            instance.folder,
            "SELECT scheduled_at FROM posts_post WHERE title = ? AND trashed_at IS NULL",
            TITLE,
        )

    before = when()
    page.goto(f"/w/demo/calendar/?view=list&day={day}")
    at = page.locator(".post", has_text=TITLE).first.get_attribute("id")
    tab_to(page, f"#{at} .post__move")
    box = page.locator(f"#{at} .post__move").bounding_box()
    assert box is not None
    assert box["width"] > 20, "the way without dragging is seen while it has the focus"
    page.keyboard.press("Enter")
    page.wait_for_url("**/move/**")
    tab_to(page, "[name=time]")
    # The hour, from nine to ten: a month would turn from December to the January before it.
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/move/" not in url)
    assert when() > before
    page.goto(post)
    throw_away(page)


def test_a_hashtag_is_completed_with_the_arrows_and_enter(page: Page) -> None:
    page.goto("/w/demo/posts/new/")
    words = page.get_by_label("Words for everyone")
    words.focus()
    page.keyboard.type("Warm at seven, ")
    page.wait_for_function(
        "document.querySelector('.editor > [role=listbox]')"
    )  # its module came with the first key
    page.keyboard.type("#hot")
    page.get_by_role("option", name=re.compile("#hotspringrye")).wait_for()
    page.keyboard.press("ArrowDown")
    assert words.get_attribute("aria-activedescendant") == "completion-0"
    page.keyboard.press("Enter")
    assert words.input_value() == "Warm at seven, #hotspringrye "
    assert page.get_by_role("listbox").count() == 0, "It is closed, and not to be found."
    page.keyboard.type("#hot")
    page.get_by_role("option", name=re.compile("#hotspringrye")).wait_for()
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    assert words.input_value().endswith("#hot\n")
    words.fill("")
