"""A person's eyes on every page that a test passes through: what axe finds, and what sticks out of a telephone."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from aura.tests.browser.test_access import violations
from aura.tests.browser.test_look import WIDER

if TYPE_CHECKING:
    from playwright.sync_api import ConsoleMessage, Page, ViewportSize

TELEPHONE: ViewportSize = {"width": 390, "height": 844}


@dataclass
class Watch:
    """What is wrong on the pages that were passed, one line each; `assert_well` tells of all at once.

    `plain`: the browser runs no script, and so not axe either.
    """

    plain: bool = False
    found: list[str] = field(default_factory=list)
    passed: int = 0

    def over(self, page: Page) -> Page:
        """Hear of every error of a script while this page is used, and of all that its policy refuses."""

        def heard(message: ConsoleMessage) -> None:
            if "Content Security Policy" in message.text:
                self.found.append(f"{page.url}: {message.text}")

        page.on("console", heard)
        page.on("pageerror", lambda error: self.found.append(f"{page.url}: {error}"))
        return page

    def look(self, page: Page, name: str) -> None:
        """Look at a page as it stands: for everybody in light and dark, and no wider than a telephone."""
        page.wait_for_load_state()
        self.passed += 1
        for scheme in () if self.plain else ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            self.found += [
                f"{name}, {scheme}: {line}" for line in violations(page, contrast_only=scheme == "dark")
            ]
        page.emulate_media(color_scheme="light")
        usual = page.viewport_size
        assert usual is not None
        keep_picture(page, f"{self.passed:02} {name}")
        if usual["width"] > TELEPHONE["width"]:
            page.set_viewport_size(TELEPHONE)
            keep_picture(page, f"{self.passed:02} {name}")
        wider = page.evaluate(WIDER)
        if wider > 0:
            self.found.append(f"{name}: {wider} px wider than a telephone")
        page.set_viewport_size(usual)

    def assert_well(self) -> None:
        """Fail with everything that was found."""
        assert not self.found, "\n".join(self.found)


def keep_picture(page: Page, name: str) -> None:
    """Put a picture of the whole page into the folder AURA_TEST_SHOTS, where that is set."""
    folder, size = os.environ.get("AURA_TEST_SHOTS"), page.viewport_size
    if folder and size:
        file = f"{re.sub(r'[^a-z0-9]+', '-', name.lower())}-{size['width']}.png"
        # The caret stays: hiding it would leave styles on every field, which htmx copies, against the policy.
        page.screenshot(path=Path(folder) / file, full_page=True, caret="initial")
