"""Aura with JavaScript switched off: every link leads somewhere, every change is a form with a button."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from aura.tests.browser.acts import pick, press, state_of, throw_away, wall, write_post
from aura.tests.browser.conftest import Instance, sign_in

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CAMPAIGN = "Without a script"


@pytest.fixture
def plain(owner: Callable[..., Page]) -> Page:
    """A page of a browser that runs no script, signed in."""
    return owner(java_script_enabled=False)


def test_a_person_signs_in(chromium: Browser, instance: Instance) -> None:
    context = chromium.new_context(base_url=instance.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/account/login/")
    page.get_by_label("Email").fill("owner@demo.example")
    page.get_by_label("Password", exact=True).fill("not this one")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("alert").first.wait_for()
    sign_in(page, instance.url)
    page.get_by_role("heading", level=1).wait_for()
    context.close()


def test_a_campaign_is_created_and_changed(plain: Page) -> None:
    plain.goto("/w/demo/campaigns/new/")
    plain.get_by_label("Name").fill("")
    plain.get_by_role("button", name="Create the campaign").click()
    plain.locator("[aria-invalid=true]").first.wait_for()  # the same page again, with what is missing
    plain.get_by_label("Name").fill(CAMPAIGN)
    plain.get_by_label("Brand", exact=True).select_option(label="Barrow & Rye")
    plain.locator("[name=voice_tags]").fill("plain, Warm, warm")
    plain.get_by_role("button", name="Create the campaign").click()
    plain.get_by_role("heading", name=CAMPAIGN, level=1).wait_for()
    plain.get_by_text("warm", exact=True).first.wait_for()
    assert plain.get_by_text("warm", exact=True).count() == 1
    plain.get_by_role("link", name="Edit").first.click()
    plain.get_by_label("What it is about").fill("Everything works with forms.")
    plain.get_by_role("button", name="Save", exact=True).click()
    plain.get_by_text("Everything works with forms.").first.wait_for()
    plain.goto(f"{plain.url}delete/")
    plain.locator("main form button").last.click()
    plain.goto("/w/demo/campaigns/")
    assert plain.get_by_role("link", name=CAMPAIGN).count() == 0


def test_three_files_are_sent_together_and_one_is_refused(
    plain: Page, tmp_path: Path, photographs: list[Path]
) -> None:
    junk = tmp_path / "holiday.jpg"
    junk.write_bytes(bytes(range(256)) * 4)  # no picture, whatever its name says
    plain.goto("/w/demo/media/upload/")
    plain.locator("input[name=files]").set_input_files([str(photographs[0]), str(junk), str(photographs[1])])
    plain.get_by_role("button", name="Upload what I chose").click()
    plain.get_by_role("heading", name=re.compile("2 of 3 taken")).wait_for()
    refused = plain.locator(".files li", has_text="holiday.jpg")
    refused.get_by_text("Not taken").wait_for()
    assert len(refused.locator("small").inner_text()) > 20, "the reason"
    assert plain.get_by_text("Added").count() + plain.get_by_text("You already have this").count() == 2


def test_a_post_goes_through_its_life(plain: Page) -> None:
    write_post(plain, "Forms only", "Barrow & Rye feed", "Shop window screen")
    pick(plain, 2)
    plain.locator("details.own", has_text="Shop window screen").locator("summary").click()
    plain.get_by_label("Words for Shop window screen").fill("Doors at seven. Mind the step.")
    press(plain, "save")
    plain.wait_for_url("**/edit/")
    assert plain.locator("#media [data-sort-item]").count() == 2
    assert plain.locator("textarea[id^=id_words]", has_text="Mind the step").input_value().startswith("Doors")

    first = plain.locator("#media input[name=media]").first.input_value()
    plain.locator("[data-later]").first.click()  # pictures change places by a button
    assert plain.locator("#media input[name=media]").nth(1).input_value() == first

    day, time = wall(9, "07:00")
    plain.locator("[name=day]").fill(day)
    plain.locator("[name=time]").fill(time)
    press(plain, "schedule")
    assert state_of(plain) == "Scheduled"

    plain.locator("[popovertarget=post-more]").click()
    plain.get_by_role("link", name="Move it…").click()
    plain.get_by_label("Time").fill("09:30")
    plain.get_by_role("button", name="Move it").click()
    plain.goto("/w/demo/posts/?q=Forms+only")
    assert "09:30" in plain.locator("tr[data-row]", has_text="Forms only").inner_text()
    plain.get_by_role("link", name="Forms only").click()
    if not plain.url.endswith("/edit/"):
        plain.goto(f"{plain.url}edit/")

    plain.locator("[popovertarget=post-more]").click()
    plain.get_by_role("button", name="Take it off the schedule").click()
    plain.goto("/w/demo/posts/?q=Forms+only")
    assert "Scheduled" not in plain.locator("tr[data-row]", has_text="Forms only").inner_text()
    plain.get_by_role("link", name="Forms only").click()

    throw_away(plain)
    plain.goto("/w/demo/posts/?state=trash")
    plain.get_by_role("link", name="Forms only").first.click()
    plain.get_by_role("button", name="Bring it back").click()
    plain.get_by_text("is back").first.wait_for()
    throw_away(plain)


def test_what_is_posted_by_hand_is_confirmed(plain: Page) -> None:
    write_post(plain, "By hand, by form", "Instagram, by hand")
    pick(plain, 1)
    press(plain, "save")
    plain.wait_for_url("**/edit/")
    plain.locator("[popovertarget=post-more]").click()
    press(plain, "publish")
    for _ in range(60):  # nothing on the page moves by itself here; a person reloads it
        if state_of(plain) == "Needs your check":
            break
        plain.wait_for_timeout(500)
        plain.reload()
    plain.get_by_label("Its link").fill("https://instagram.example/p/42")
    plain.get_by_role("button", name="It’s posted").click()
    assert state_of(plain) == "Published"
    assert (
        plain.get_by_role("link", name="See it on").get_attribute("href") == "https://instagram.example/p/42"
    )
    throw_away(plain)


def test_the_palette_is_a_page(plain: Page) -> None:
    plain.goto("/w/demo/home/")
    plain.locator("header .search").click()
    plain.locator("#search-q").fill("launch day")
    plain.get_by_role("button", name="Search").click()
    assert "/search/?q=launch+day" in plain.url
    plain.get_by_role("option", name=re.compile("Launch day")).first.click()
    plain.wait_for_url(re.compile(r"/posts/[0-9a-f-]{36}/"))
