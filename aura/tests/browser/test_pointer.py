"""What moves by itself: dragging, uploads with their rows, the live composer, and a post going out under the eyes."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from aura.tests.browser.acts import ZONE, pick, press, state_of, throw_away, wall, write_post
from aura.tests.browser.conftest import Instance
from aura.tests.browser.places import ask, post

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page


@pytest.fixture
def page(owner: Callable[..., Page]) -> Page:
    """A page of the demo owner without moving pictures."""
    return owner(reduced_motion="reduce")


def drag(page: Page, what: Locator, to: Locator, *, let_go: bool = True) -> None:
    """Pick something up with the mouse, carry it, and put it down.

    It has to lie still under the mouse first: a press beside it would start the browser's own dragging of a link or a
    picture, for whose end Playwright may wait for ever.
    """
    what.hover()
    start, end = what.bounding_box(), to.bounding_box()
    assert start is not None
    assert end is not None
    page.mouse.down()
    page.mouse.move(start["x"] + start["width"] / 2 + 12, start["y"] + start["height"] / 2 + 4, steps=3)
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + end["height"] / 2, steps=8)
    if let_go:
        page.mouse.up()


def test_a_post_is_dragged_to_another_day_and_keeps_its_time(page: Page, instance: Instance) -> None:
    title = "Carried by hand"
    day, time = wall(8, "06:40")
    write_post(page, title, "Barrow & Rye feed")
    page.locator("[name=day]").fill(day)
    page.locator("[name=time]").fill(time)
    press(page, "schedule")
    page.wait_for_url("**/edit/")
    post = page.url

    page.goto(f"/w/demo/calendar/?view=week&day={day}")
    card = page.locator(".post", has_text=title)
    monday = page.locator("[data-day]").first.get_attribute("data-day")
    other = page.locator("[data-day]").nth(1 if monday == day else 0)
    drag(page, card, other, let_go=False)
    assert other.evaluate("day => day.classList.contains('over')")
    page.keyboard.press("Escape")  # let go: nothing happens
    page.mouse.up()
    assert page.locator(f"[data-day='{day}'] .post", has_text=title).count() == 1

    drag(page, card, other)
    other.locator(".post", has_text=title).wait_for()
    assert "06:40" in other.locator(".post", has_text=title).inner_text()
    assert page.url.endswith(f"day={day}"), "it was carried, not opened"
    wanted = datetime.fromisoformat(f"{other.get_attribute('data-day')}T06:40").replace(tzinfo=ZONE)
    saved = ask(
        instance.folder, "SELECT scheduled_at FROM posts_post WHERE title = ? AND trashed_at IS NULL", title
    )
    assert datetime.fromisoformat(f"{saved}+00:00") == wanted
    page.goto(post)
    throw_away(page)


def test_what_is_out_stays_where_it_is(page: Page) -> None:
    carried = 0
    for days in (0, 3):  # a month may end today
        page.goto(f"/w/demo/calendar/?day={wall(days, '')[0]}")
        carried += page.locator("[data-draggable]").count()
        assert page.locator("[data-draggable][data-state=published]").count() == 0
    assert carried > 0


def test_each_file_has_its_row(page: Page, tmp_path: Path, photographs: list[Path]) -> None:
    junk = tmp_path / "receipt.jpg"
    junk.write_bytes(bytes(range(256)) * 4)  # no picture, whatever its name says
    page.goto("/w/demo/media/")
    page.context.new_cdp_session(page).send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 400_000},
    )
    page.locator("input[type=file]").set_input_files([str(photographs[2]), str(junk), str(photographs[3])])
    rows = page.locator("#uploads li")
    page.locator("#uploads progress").first.wait_for()
    assert rows.count() == 3
    page.locator("#uploads .state", has_text=re.compile("Added|already")).nth(1).wait_for(timeout=60_000)
    refused = rows.filter(has_text="receipt.jpg")
    refused.locator(".state.bad").wait_for()
    assert "Not taken" in refused.inner_text()
    assert len(refused.locator("[data-error]").inner_text()) > 20, "the reason"


def test_the_composer_answers_while_it_is_written(page: Page) -> None:
    page.goto("/w/demo/posts/new/")
    page.locator("[name=campaign]").select_option(label="Hot-spring rye")
    page.locator("[name=title]").fill("Half a sentence")
    page.locator("label.channel", has_text="Instagram, by hand").click()
    page.locator("[name=caption]").fill("Rye at seven.")
    page.locator("#composer-preview .words", has_text="Rye at seven.").wait_for()
    left = page.locator("#composer-limits [data-left]").first
    before = int(re.sub(r"\D", "", left.inner_text()))
    page.locator("[name=caption]").press_sequentially(" Buns.")
    assert int(re.sub(r"\D", "", left.inner_text())) == before - len(" Buns.")  # at once, without asking
    page.locator("[name=caption]").fill("x" * 2300)
    page.locator("#composer-checks li.bad").first.wait_for()
    assert "over" in left.inner_text()
    page.locator("[name=caption]").fill("Rye at seven.")

    pick(page, 1)
    page.locator("#composer-preview .picture").wait_for()
    page.locator("[data-describe]").first.click()
    page.locator("#describe textarea").fill("A loaf in steam.")
    page.get_by_role("button", name="Save the description").click()
    page.locator("#media [data-alt-of]", has_text="A loaf in steam.").wait_for()
    page.locator("#composer-preview img[alt='A loaf in steam.']").wait_for()
    page.evaluate("document.querySelector('[data-guard]').removeAttribute('data-guard')")  # leave it unsaved


def test_chosen_words_are_talked_about_and_a_name_is_offered(page: Page, instance: Instance) -> None:
    page.goto(f"/w/demo/posts/{post(instance.folder, 'in_review')}/edit/")
    page.locator("#id_caption").press("Control+End")
    page.keyboard.type("Not saved yet.")
    page.locator("#id_caption").press("Control+Home")
    for _ in range(3):
        page.keyboard.press("Shift+ArrowRight")
    page.locator("[data-take-words]").click()
    page.keyboard.type("Really, @pri")
    page.locator("#comments [role=option]").first.wait_for()
    page.keyboard.press("Enter")
    assert page.locator("#say-new").input_value() == "Really, @Priya Nair "
    page.locator("#comments button", has_text=re.compile("^Comment$")).click()
    remark = page.locator("#comments .thread > li").last
    remark.locator("b", has_text="@Priya Nair").wait_for()
    assert remark.locator("mark").inner_text() == "“Dan”"
    remark.locator("mark").click()
    chosen = "document.activeElement.id + getSelection().toString()"
    assert page.evaluate(chosen) == "id_captionDan"
    assert "Not saved yet." in page.locator("#id_caption").input_value(), "nothing of the post was lost"


def test_pictures_change_places_by_dragging(page: Page) -> None:
    page.goto("/w/demo/posts/new/")
    pick(page, 3)
    tiles = page.locator("#media [data-sort-item]")
    ids = [tiles.nth(n).locator("input[name=media]").input_value() for n in range(3)]
    drag(page, tiles.nth(2), tiles.nth(0))
    now = [tiles.nth(n).locator("input[name=media]").input_value() for n in range(3)]
    assert now == [ids[2], ids[0], ids[1]]
    assert tiles.nth(0).locator(".cover").is_visible()


def test_a_post_goes_out_while_its_page_is_open(page: Page, instance: Instance) -> None:
    title = "Watch it leave"
    write_post(page, title, "Barrow & Rye feed")
    soon = datetime.now(ZONE) + timedelta(minutes=3)
    page.locator("[name=day]").fill(soon.strftime("%Y-%m-%d"))
    page.locator("[name=time]").fill(soon.strftime("%H:%M"))
    press(page, "schedule")
    page.wait_for_url("**/edit/")
    page.evaluate("window.sameDocument = true")
    assert state_of(page) == "Scheduled"
    its_minute_comes(instance, title)
    page.locator("#post-state", has_text="Published").wait_for(timeout=60_000)
    assert page.locator("#post-live", has_text="See it on Barrow & Rye feed").count() == 1
    assert page.evaluate("window.sameDocument === true"), "the page was not loaded again"
    page.goto(page.url.replace("edit/", ""))
    throw_away(page)


def its_minute_comes(instance: Instance, title: str) -> None:
    """Make now the minute of a scheduled post; the main job's test waits for a real minute."""
    now = datetime.now(UTC).replace(tzinfo=None).isoformat(" ")
    ours = "(SELECT id FROM posts_post WHERE title = ?)"
    with sqlite3.connect(instance.folder / "aura.sqlite3", timeout=20) as database:
        database.execute(f"UPDATE posts_post SET scheduled_at = ? WHERE id IN {ours}", [now, title])
        moved = database.execute(
            f"UPDATE posts_target SET due_at = ?, promised_at = ? WHERE post_id IN {ours}",
            [now, now, title],
        )
    assert moved.rowcount == 1
