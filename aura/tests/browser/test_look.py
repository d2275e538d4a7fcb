"""Every main page as it arrives: nothing sticks out, nothing is refused by the policy, nothing is missing or heavy."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlparse

import pytest

from aura.tests.browser.conftest import Instance
from aura.tests.browser.places import OUTSIDE, places

if TYPE_CHECKING:
    from playwright.sync_api import CDPSession, ConsoleMessage, Locator, Page, Request

HEAVIEST = 140_000  # bytes on the wire of a first visit, photographs not counted
PHOTOGRAPHS = ("/media/renditions/", "/media/file/")
# How light the ground of the page is, 0 to 1, weighed as the eye does.
GROUND = """() => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d");
  for (const part of [document.documentElement, document.body, document.querySelector("main")]) {
    if (part) canvas.fillStyle = getComputedStyle(part).backgroundColor; // one over the other, as they lie
    canvas.fillRect(0, 0, 1, 1);
  }
  const [r, g, b] = canvas.getImageData(0, 0, 1, 1).data;
  return (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;
}"""
MISSING = """async () => {
  const all = [...document.images].filter((image) => image.getClientRects().length);
  all.forEach((image) => { image.loading = "eager"; });
  const arrived = (image) => image.complete || new Promise((done) => { image.onload = image.onerror = done; });
  await Promise.race([Promise.all(all.map(arrived)), new Promise((done) => setTimeout(done, 15_000))]);
  return all.filter((image) => !image.naturalWidth).map((image) => image.src);
}"""
WIDER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.parametrize("width", [1440, 390])
def test_every_page_arrives_whole(owner: Callable[..., Page], instance: Instance, width: int) -> None:
    frame = {"viewport": {"width": width, "height": 900}, "reduced_motion": "reduce"}
    mine, nobody = owner(**frame), owner(**frame, storage_state=None)
    problems: list[str] = []
    name = ""

    def heard(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            problems.append(f"{name}: {message.type}: {message.text}")

    def broke(request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # what a page that is left no longer waits for
            problems.append(f"{name}: {request.url}: {request.failure}")

    for page in (mine, nobody):
        page.on("console", heard)
        page.on("pageerror", lambda error: problems.append(f"{name}: {error}"))
        page.on("requestfailed", broke)
    for name, address in places(instance.folder).items():
        page = nobody if name in OUTSIDE else mine
        page.emulate_media(color_scheme="light")
        answer = page.goto(address)
        assert answer is not None
        if answer.status != 200:
            problems.append(f"{name}: answered {answer.status}")
        wider = page.evaluate(WIDER)
        if wider > 0:
            problems.append(f"{name}: {wider} px wider than the window")
        problems += [f"{name}: not loaded: {source}" for source in page.evaluate(MISSING)]
        light = page.evaluate(GROUND)
        page.emulate_media(color_scheme="dark")
        dark = page.evaluate(GROUND)
        if light < 0.8 or dark > 0.2:
            problems.append(f"{name}: the ground is {light:.2f} in light and {dark:.2f} in dark")
    assert not problems, "\n".join(problems)


def test_lists_say_state_and_time_on_a_telephone(owner: Callable[..., Page]) -> None:
    page = owner(viewport={"width": 390, "height": 900})
    page.goto("/w/demo/posts/?state=scheduled")
    row = page.locator("tbody tr").first
    assert inside(row.locator(".state:visible")) and inside(row.locator("time:visible"))
    page.goto("/w/demo/campaigns/")
    row = page.locator("tbody tr", has_text="Hot-spring rye")
    assert inside(row.locator(".state:visible")) and inside(row.get_by_text(" out").locator("visible=true"))
    assert inside(row.get_by_text("€").locator("visible=true"))


def inside(shown: Locator) -> bool:
    """Tell whether one thing, and only one, is shown, all of it within the width of a telephone."""
    box = shown.bounding_box()
    return box is not None and box["x"] >= 0 and box["x"] + box["width"] <= 390


def test_the_first_visit_is_light(owner: Callable[..., Page], instance: Instance) -> None:
    sizes: dict[str, int] = {}
    for name in ("home", "calendar", "posts", "composer", "campaign", "media", "settings", "signin"):
        page = owner(**({"storage_state": None} if name in OUTSIDE else {}))
        network = page.context.new_cdp_session(page)
        network.send("Network.enable")
        sizes[name] = measure(page, network, places(instance.folder)[name])
    assert max(sizes.values()) <= HEAVIEST, sizes


def measure(page: Page, network: CDPSession, address: str) -> int:
    """Return the bytes that came over the wire for a page in an empty browser, headers included."""
    paths: dict[str, str] = {}
    bytes_of: dict[str, float] = {}
    network.on("Network.requestWillBeSent", lambda e: paths.update({e["requestId"]: e["request"]["url"]}))
    network.on("Network.loadingFinished", lambda e: bytes_of.update({e["requestId"]: e["encodedDataLength"]}))
    page.goto(address, wait_until="networkidle")
    return int(
        sum(
            size
            for request, size in bytes_of.items()
            if not any(part in urlparse(paths.get(request, "")).path for part in PHOTOGRAPHS)
        )
    )
