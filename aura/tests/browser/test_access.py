"""axe on every main page: no violation of WCAG 2.2 A or AA, in light and dark, wide and narrow.

`axe.min.js` is axe-core (Deque Systems, MPL-2.0, unchanged; its source is on github.com/dequelabs/axe-core). The
version and the hash are in static/vendor/lock.json.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from aura.tests.browser.conftest import Instance
from aura.tests.browser.places import OUTSIDE, places

if TYPE_CHECKING:
    from playwright.sync_api import Page

AXE = (Path(__file__).parent / "axe.min.js").read_text()
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RUN = """async (only) => {
  const answer = await axe.run(document, { runOnly: only, resultTypes: ["violations"] });
  const line = (rule, node) => `${rule.id}: ${node.target} ${node.html.slice(0, 160)}`;
  return answer.violations.flatMap((rule) => rule.nodes.map((node) => line(rule, node)));
}"""


def violations(page: Page, *, contrast_only: bool = False) -> list[str]:
    """Return what axe finds on the page as it is now, one line for each place."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(f"() => {{ {AXE} }}")
    only = (
        {"type": "rule", "values": ["color-contrast"]} if contrast_only else {"type": "tag", "values": LEVELS}
    )
    found: list[str] = page.evaluate(RUN, only)
    return found


def told(found: dict[str, list[str]]) -> str:
    """Return the violations as lines to read."""
    return "\n".join(f"{name}: {line}" for name, lines in found.items() for line in lines)


@pytest.mark.parametrize("width", [1440, 390])
def test_every_page_is_for_everybody(owner: Callable[..., Page], instance: Instance, width: int) -> None:
    frame = {"viewport": {"width": width, "height": 900}, "reduced_motion": "reduce"}
    mine, nobody = owner(**frame), owner(**frame, storage_state=None)
    found: dict[str, list[str]] = {}
    for name, address in places(instance.folder).items():
        page = nobody if name in OUTSIDE else mine
        page.emulate_media(color_scheme="light")
        page.goto(address)
        found[f"{name}, light"] = violations(page)
        page.emulate_media(color_scheme="dark")  # nothing but colours changes with the scheme
        found[f"{name}, dark"] = violations(page, contrast_only=True)
    assert not any(found.values()), told(found)


def test_what_opens_over_a_page_is_for_everybody(owner: Callable[..., Page], instance: Instance) -> None:
    page = owner(reduced_motion="reduce")
    found: dict[str, list[str]] = {}

    page.goto("/w/demo/home/")
    page.keyboard.press("Control+K")
    page.locator("#palette-q").fill("rye")
    page.locator("#palette-results [data-palette-found] [role=option]").first.wait_for()
    found["palette"] = violations(page)
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    page.locator("#shortcuts[open]").wait_for()
    found["shortcuts"] = violations(page)
    page.keyboard.press("Escape")
    for menu in ("workspaces", "account", "new"):
        page.locator(f"[popovertarget={menu}]:visible").first.click()
        found[menu] = violations(page)
        page.keyboard.press("Escape")

    page.goto(places(instance.folder)["composer"])
    page.locator("button.drop[popovertarget=add-pictures]").click()
    found["pictures"] = violations(page)
    page.keyboard.press("Escape")
    page.locator("[data-describe]").first.click()
    page.locator("#describe textarea").wait_for()
    found["describe"] = violations(page)
    page.keyboard.press("Escape")
    page.locator("[popovertarget=post-more]").click()
    page.locator("[data-dialog=remove]").click()
    page.locator("#remove[open]").wait_for()
    found["delete"] = violations(page)
    assert not any(found.values()), told(found)
