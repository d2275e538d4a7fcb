"""The main job, as a person does it: from the first page to a post that is out, across a kill -9."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from aura.tests.browser.conftest import Instance, sign_in
from aura.tests.processes import wait_for
from posts.networks.standin import StandIn

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ZONE = ZoneInfo("Europe/Dublin")
TITLE = "First batch of the week"


@pytest.fixture
def receiver() -> Iterator[StandIn]:
    """Whoever listens to the webhook."""
    with StandIn() as listening:
        yield listening


@pytest.fixture
def room(tmp_path: Path, demo: Path, receiver: StandIn) -> Iterator[Instance]:
    """An instance of its own, which may reach the receiver."""
    made = Instance(tmp_path / "data", demo, AURA_EGRESS_ALLOW=receiver.endpoint)
    made.start()
    yield made
    made.kill()


def test_the_main_job(chromium: Browser, room: Instance, receiver: StandIn, photographs: list[Path]) -> None:
    page = chromium.new_context(base_url=room.url, viewport={"width": 1440, "height": 1000}).new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda m: problems.append(m.text) if "Content Security Policy" in m.text else None)
    sign_in(page, room.url)
    create_campaign(page)
    connect_webhook(page, receiver)
    upload(page, photographs)
    goes_at = write_and_schedule(page)
    assert receiver.posts == []

    room.kill()  # the machine goes down before its minute, and comes back
    room.start()
    page.goto("/w/demo/posts/?q=batch")
    page.get_by_role("link", name=TITLE).first.click()
    page.get_by_text("Published", exact=True).first.wait_for(timeout=200_000)
    assert datetime.now(ZONE) >= goes_at

    assert_it_went_out_once(page, room, receiver)
    room.kill()  # once more, after it: nothing is repeated
    room.start()
    wait_for(lambda: heartbeats(room) > 0, 60, "the worker")
    assert_it_went_out_once(page, room, receiver)
    assert problems == []


def create_campaign(page: Page) -> None:
    page.goto("/w/demo/campaigns/new/")
    page.get_by_label("Name").fill("Oven week")
    page.get_by_label("Brand", exact=True).select_option(label="Barrow & Rye")
    page.get_by_label("What it is about").fill("Show what comes out of the oven, every day for a week.")
    page.get_by_label("Who it is for").fill("People who walk past at seven.")
    page.get_by_label("What it must not say").fill("No promises about tomorrow.")
    page.locator("[name=voice_tags]").evaluate("field => { field.value = 'Plain-spoken, WARM, warm' }")
    page.get_by_role("button", name="campaign").last.click()
    page.get_by_role("heading", name="Oven week").wait_for()
    page.get_by_text("Ready to start").first.wait_for()
    page.get_by_text("plain-spoken").wait_for()


def connect_webhook(page: Page, receiver: StandIn) -> None:
    page.goto("/w/demo/settings/channels/new/webhook/")
    page.get_by_label("Name").fill("Newsroom")
    page.locator("[name$=url]").fill(f"{receiver.url}/hook")
    page.get_by_role("button", name="Connect").click()
    page.locator("[value^=whsec_]").or_(page.get_by_text("whsec_")).first.wait_for()


def upload(page: Page, photographs: list[Path]) -> None:
    page.goto("/w/demo/media/")
    page.locator("input[type=file]").set_input_files([str(path) for path in photographs])
    page.locator("#uploads .state", has_text="Added").nth(4).wait_for(timeout=60_000)


def write_and_schedule(page: Page) -> datetime:
    page.goto("/w/demo/posts/new/")
    page.locator("[name=campaign]").select_option(label="Oven week")
    page.locator("[name=title]").fill(TITLE)
    page.locator("[name=caption]").fill("Rye at seven, buns at eight, the rest when it is done.")
    for channel in ("Barrow & Rye feed", "Newsroom"):
        page.locator("label.choice", has_text=channel).click()
    page.get_by_role("button", name="Add a picture").click()
    picks = page.locator("#media-pick input[type=checkbox]")
    for number in range(5):
        picks.nth(number).check(force=True)
    page.get_by_role("button", name="Done").click()
    goes_at = (datetime.now(ZONE) + timedelta(seconds=90)).replace(second=0, microsecond=0)
    page.locator("[name=day]").fill(goes_at.strftime("%Y-%m-%d"))
    page.locator("[name=time]").fill(goes_at.strftime("%H:%M"))
    page.locator("button[value=schedule]").click()
    page.get_by_text("Scheduled", exact=True).first.wait_for()
    return goes_at


def assert_it_went_out_once(page: Page, room: Instance, receiver: StandIn) -> None:
    (post,) = receiver.posts
    assert TITLE in post.body
    with sqlite3.connect(f"file:{room.folder}/aura.sqlite3?mode=ro", uri=True) as database:
        kept = database.execute(
            "SELECT count(*) FROM posts_sandboxpost WHERE json_extract(payload, '$.title') = ?", [TITLE]
        ).fetchone()[0]
    assert kept == 1
    page.goto("/w/demo/sandbox/")
    page.get_by_text("Rye at seven").first.wait_for()
    assert page.get_by_text("Rye at seven").count() == 1


def heartbeats(room: Instance) -> int:
    with sqlite3.connect(f"file:{room.folder}/aura.sqlite3?mode=ro", uri=True) as database:
        fresh = "SELECT count(*) FROM workspaces_heartbeat WHERE beat_at > datetime('now', '-8 seconds')"
        return int(database.execute(fresh).fetchone()[0])
