"""A thread is written in the composer, with JavaScript and without."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from aura.tests.browser.acts import press, throw_away, write_post

if TYPE_CHECKING:
    from playwright.sync_api import Page

FEED = "Barrow & Rye feed"


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_a_thread_is_written_by_its_buttons_and_kept(owner: Callable[..., Page], script: bool) -> None:
    from playwright.sync_api import expect

    page = owner(java_script_enabled=script)
    title = f"Three parts, {'with' if script else 'without'} a script"
    write_post(page, title, FEED)
    panel = page.locator("details.own", has=page.get_by_label(f"Words for {FEED}", exact=True))
    if script:
        page.locator("[data-tabs=voice] [data-tab]", has_text=FEED).click()
    elif panel.get_attribute("open") is None:
        panel.locator("summary").click()
    for number, words in enumerate(["And then the crumb.", "Last, the crust."], start=2):
        panel.get_by_role("button", name="Add the next part").click()
        part = page.get_by_label(f"Words of part {number} on {FEED}")
        part.fill(words)
    page.get_by_label("Move part 3 up").click()
    expect(page.get_by_label(f"Words of part 2 on {FEED}")).to_have_value("Last, the crust.")
    if script:  # as it will look, by itself
        page.locator("#composer-preview .answer", has_text="And then the crumb.").wait_for()
    press(page, "save")
    page.wait_for_url("**/edit/")
    assert page.locator("#post-live .follows").count() == 2
    page.get_by_text("Part 3", exact=True).first.wait_for()
    throw_away(page)
