"""Files on their way in, in a real browser: a folder, the clipboard, pause and go on, a connection that breaks."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from media_library.tests import pictures

if TYPE_CHECKING:
    from playwright.sync_api import Page

PLACE = "/w/demo/media/upload/"
UP = 1_500_000  # bytes a second


@pytest.fixture
def page(owner: Callable[..., Page]) -> Page:
    """The upload page of the demo owner."""
    page = owner(reduced_motion="reduce")
    page.goto(PLACE)
    return page


def network(page: Page) -> Callable[..., None]:
    """Return what sets how fast the page may send (bytes a second), or that it is offline."""
    session = page.context.new_cdp_session(page)  # one: those of several would hold together

    def be(*, up: int = -1, offline: bool = False) -> None:
        conditions = {"offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": up}
        session.send("Network.emulateNetworkConditions", conditions)

    return be


def large(folder: Path, name: str, seed: int) -> Path:
    """Return a picture that goes in three parts."""
    path = folder / name
    path.write_bytes(pictures.encoded(seed=seed).ljust(9_500_000, b"\0"))
    return path


def test_a_folder_goes_up_with_everything_below_it(page: Page, tmp_path: Path) -> None:
    folder = tmp_path / "shoot"
    (folder / "day two").mkdir(parents=True)
    (folder / "crust.jpg").write_bytes(pictures.encoded(seed=901))
    (folder / "day two" / "crumb.jpg").write_bytes(pictures.encoded(seed=902))
    (folder / ".DS_Store").write_bytes(b"left by the system")
    page.locator("input[webkitdirectory]").set_input_files(folder)
    page.locator("#uploads .state", has_text="Added").nth(1).wait_for()
    assert page.locator("#uploads > li").count() == 2


def test_a_picture_is_pasted(page: Page) -> None:
    data = base64.b64encode(pictures.encoded("PNG", seed=903)).decode()
    page.evaluate(
        """(data) => {
            const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
            const clipboardData = new DataTransfer();
            clipboardData.items.add(new File([bytes], "image.png", { type: "image/png" }));
            document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true }));
        }""",
        data,
    )
    row = page.locator("#uploads > li", has_text="Added")
    row.wait_for()
    assert re.search(r"Pasted \d+ \w+ \d\d\.\d\d\.png", row.inner_text())


def test_a_large_file_is_paused_and_goes_on_where_it_was(page: Page, tmp_path: Path) -> None:
    begun: list[str] = []
    page.on(
        "request", lambda request: begun.append(f"{request.method} {request.headers.get('upload-offset')}")
    )
    be = network(page)
    be(up=UP)
    page.locator("input[type=file][name]").set_input_files(large(tmp_path, "long-proof.jpg", 904))
    row = page.locator("#uploads > li")
    page.locator("#uploads small", has_text=re.compile(r"^[4-7]\.[1-9] MB of 9\.5 MB")).wait_for()
    row.get_by_role("button", name="Pause long-proof.jpg").press("Enter")
    row.get_by_text("paused, 4.0 MB of 9.5 MB").wait_for()
    be()
    page.keyboard.press("Enter")  # the focus stayed on the button, which now says go on
    row.locator(".state", has_text="Added").wait_for()
    assert [line for line in begun if line.startswith("PATCH")].count("PATCH 0") == 1
    assert any(line.startswith("HEAD") for line in begun)


def test_a_broken_connection_is_mended_by_itself(page: Page, tmp_path: Path) -> None:
    be = network(page)
    be(up=UP)
    page.locator("input[type=file][name]").set_input_files(large(tmp_path, "second-proof.jpg", 905))
    page.locator("#uploads small", has_text=re.compile(r"^[4-7]\.[1-9] MB of 9\.5 MB")).wait_for()
    be(offline=True)
    page.locator("#uploads", has_text="connecting again").wait_for()
    be()
    page.locator("#uploads .state", has_text="Added").wait_for(timeout=60_000)


def test_what_failed_is_tried_again_and_what_is_left_out_goes(page: Page, tmp_path: Path) -> None:
    small = tmp_path / "crumb-two.jpg"
    small.write_bytes(pictures.encoded(seed=906))
    page.context.set_offline(True)
    page.locator("input[type=file][name]").set_input_files([small, large(tmp_path, "left-out.jpg", 907)])
    first, second = page.locator("#uploads > li").nth(0), page.locator("#uploads > li").nth(1)
    first.get_by_text("The connection broke. Try again.").wait_for()
    second.get_by_role("button", name="Leave out left-out.jpg").click()
    page.context.set_offline(False)
    first.get_by_role("button", name="Try crumb-two.jpg again").click()
    page.locator("#uploads .state", has_text="Added").wait_for()
    assert page.locator("#uploads > li").count() == 1


def test_the_same_file_can_be_kept_twice_and_a_smaller_one_says_what_it_looks_like(
    page: Page, tmp_path: Path
) -> None:
    path = tmp_path / "heel.jpg"
    path.write_bytes(pictures.encoded(seed=908, width=900, height=600))
    chooser = page.locator("input[type=file][name]")
    chooser.set_input_files(path)
    page.locator("#uploads .state", has_text="Added").wait_for()
    page.locator("#uploads [data-noticed]").wait_for(state="detached", timeout=30_000)
    chooser.set_input_files(path)
    page.get_by_role("button", name="Keep both").click()
    page.locator("#uploads .state", has_text="Added").nth(1).wait_for()
    smaller = tmp_path / "heel small.jpg"
    smaller.write_bytes(pictures.encoded(seed=908, width=450, height=300))
    chooser.set_input_files(smaller)
    page.locator("#uploads", has_text="Looks the same as").wait_for(timeout=30_000)
