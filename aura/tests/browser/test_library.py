"""The library as a person uses it: sixty pictures in, found, cut for two platforms, one replaced everywhere."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image, ImageDraw

from aura.tests.browser.acts import press, throw_away
from aura.tests.browser.conftest import Instance
from aura.tests.browser.places import ask
from aura.tests.browser.test_keyboard import tab_to

if TYPE_CHECKING:
    from playwright.sync_api import Page

COUNT = 60
MADE = 60_000  # milliseconds for work that takes seconds on a machine with nothing else to do


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty different pictures in a folder of folders: one large enough for every place, the others small."""
    made = tmp_path_factory.mktemp("shoot")
    for number in range(COUNT):
        size = (2000, 2600) if number == 0 else (320, 240)
        picture = Image.new("RGB", size, (40, 110 + number, 60))
        pen = ImageDraw.Draw(picture)
        across, down = size[0] * (number % 10) // 10, size[1] * (number // 10) // 6
        pen.ellipse((across, down, across + size[0] // 5, down + size[1] // 5), fill=(230, 60, 40))
        into = made / ("doors" if number % 2 else "windows")
        into.mkdir(exist_ok=True)
        picture.save(into / f"shoot {number:02}.jpg", quality=80)
    return made


def count_of(instance: Instance, words: str) -> int:
    """Return how many ready assets have a title that begins with these words."""
    query = "SELECT count(*) FROM media_library_asset WHERE status = 'ready' AND trashed_at IS NULL AND title LIKE ?"
    return int(ask(instance.folder, query, f"{words}%"))


def test_sixty_pictures_come_in_and_one_goes_everywhere(
    owner: Callable[..., Page], instance: Instance, folder: Path
) -> None:
    page = owner(reduced_motion="reduce", accept_downloads=True)
    upload(page, folder)
    page.wait_for_function(
        "(count) => document.querySelectorAll('#uploads [id^=uploaded]').length === count",
        arg=COUNT,
        timeout=MADE,
    )

    page.goto("/w/demo/media/?q=shoot&shape=portrait")
    page.locator("#set-filters", has_text="1 fit").wait_for(timeout=MADE)
    page.locator("#media-grid > li a").first.click()
    page.locator("#media-stage img").wait_for(timeout=MADE)
    set_focal_point(page)
    cut_for(page, "instagram", "google_ads")
    check_archive(download_cuts(page))
    assert count_of(instance, "Shoot") == COUNT

    asset = page.url
    post = post_with(page, asset)
    old = page.locator("#media img").first.get_attribute("src")
    page.goto(asset)
    page.get_by_role("link", name="Use another one instead, everywhere…").click()
    page.locator(".tiles .tile a").first.click()
    page.get_by_text("With the old door").wait_for()
    page.get_by_role("button", name="Use it instead").click()
    page.wait_for_url(lambda url: "/replace/" not in url)
    page.goto(post)
    assert page.locator("#media img").first.get_attribute("src") not in (None, old)
    throw_away(page)


def test_a_frame_is_dragged_over_a_picture_and_one_goes_back(owner: Callable[..., Page]) -> None:
    page = owner(reduced_motion="reduce")
    page.goto("/w/demo/media/?kind=image")
    page.locator("#media-grid > li > a").last.click()
    page.get_by_role("link", name="Crop, turn, put words on it…").click()
    page.wait_for_url("**/edit/")
    page.wait_for_load_state()  # the picture has its size, and the script listens
    box = page.locator("[data-edit-source] img").bounding_box()
    assert box is not None
    at = [
        (box["x"] + box["width"] * x, box["y"] + box["height"] * y)
        for x, y in ((0.25, 0.2), (0.5, 0.5), (0.75, 0.6))
    ]
    page.mouse.move(*at[0])
    page.mouse.down()
    for spot in at[1:]:
        page.mouse.move(*spot)
    page.mouse.up()
    numbers = [
        float(page.locator(f"[name={name}]").input_value()) for name in ("left", "top", "width", "height")
    ]
    assert numbers == pytest.approx([25, 20, 50, 40], abs=1)
    page.locator("[name=words]").fill("Fresh at seven")
    across, down = page.locator("[data-edit-preview] canvas").evaluate("it => [it.width, it.height]")
    picture = page.locator("[data-edit-source] img").evaluate("it => [it.naturalWidth, it.naturalHeight]")
    assert across / down == pytest.approx(picture[0] * 0.5 / (picture[1] * 0.4), rel=0.05), (
        "the preview is cut"
    )
    page.get_by_role("button", name="Make this version").click()
    page.get_by_text("Cropped and with words by").wait_for(timeout=MADE)
    page.get_by_role("button", name="Go back to this one").wait_for(timeout=MADE)
    page.get_by_role("button", name="Go back to this one").click()
    page.get_by_text("Version 1 is shown again, everywhere.").wait_for()


def test_the_library_with_the_keyboard_alone(owner: Callable[..., Page]) -> None:
    page = owner(reduced_motion="reduce")
    page.goto("/w/demo/media/?kind=image")
    tab_to(page, "#media-grid > li > a")
    page.keyboard.press("x")
    page.get_by_text("1 selected").wait_for()
    page.keyboard.press("Escape")
    page.get_by_text("1 selected").wait_for(state="hidden")
    tab_to(page, "#media-grid > li > a")
    page.keyboard.press("Enter")
    page.locator("[name=across]").wait_for()
    before = page.locator("[name=across]").input_value()
    tab_to(page, "[name=across]")
    page.keyboard.press("Control+A")
    page.keyboard.type("21")
    page.keyboard.press("Enter")
    page.get_by_text("The focal point is moved.").wait_for()
    assert page.locator("[name=across]").input_value() in ("21", "21.0")
    page.locator("[name=across]").fill(before)  # as it was
    page.keyboard.press("Enter")


def test_the_library_on_a_phone(owner: Callable[..., Page]) -> None:
    page = owner(viewport={"width": 390, "height": 844}, has_touch=True, reduced_motion="reduce")
    page.goto("/w/demo/media/")
    page.get_by_role("button", name="Filter", exact=True).tap()
    page.locator("#facet-shape-landscape").tap()
    page.locator("#set-filters", has_text="Landscape").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.goto(page.url)
    page.locator("#media-grid > li > a").first.tap()
    page.locator("#media-stage img").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def upload(page: Page, folder: Path) -> None:
    """Choose a whole folder on the upload page."""
    page.goto("/w/demo/media/upload/")
    page.locator("input[type=file][webkitdirectory]").set_input_files(folder)


def post_with(page: Page, asset: str) -> str:
    """Save a draft with this asset, and return where it is written."""
    page.goto(f"/w/demo/posts/new/?media={asset.rstrip('/').rpartition('/')[2]}")
    page.locator("[name=campaign]").select_option(label="Hot-spring rye")
    page.locator("[name=title]").fill("With the old door")
    press(page, "save")
    page.wait_for_url("**/edit/")
    return page.url


def set_focal_point(page: Page) -> None:
    """Press on the picture, move, let go."""
    box = page.locator("#media-stage .stage img").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2 + 10, box["y"] + 60, steps=3)
    with page.expect_navigation():
        page.mouse.up()
    page.get_by_text("The focal point is moved.").wait_for()
    assert float(page.locator("[name=down]").input_value()) < 30


def cut_for(page: Page, *platforms: str) -> None:
    """Cut the open picture for all places of these platforms, and wait until all are made."""
    for platform in platforms:
        page.locator(f"input[name=platforms][value={platform}]").check()
    page.get_by_role("button", name="Cut it").click()
    page.locator("#media-cuts", has_text=re.compile(r"18 ready")).wait_for(timeout=MADE)


def download_cuts(page: Page) -> zipfile.ZipFile:
    """Download all cuts of the open picture."""
    with page.expect_download() as started:
        page.get_by_role("link", name="Download all").click()
    return zipfile.ZipFile(io.BytesIO(Path(started.value.path()).read_bytes()))


def check_archive(archive: zipfile.ZipFile) -> None:
    """Every cut is a whole JPEG, and one of each place's own size is there."""
    sizes = set()
    for name in archive.namelist():
        with Image.open(io.BytesIO(archive.read(name))) as cut:
            cut.load()
            assert cut.format == "JPEG", name
            sizes.add(cut.size)
    assert {(1080, 1350), (1080, 1920), (1200, 628), (300, 250), (728, 90)} <= sizes
