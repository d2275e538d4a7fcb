"""One post for four networks, by the people who have to do with it: connected, written, agreed, moved, and out once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from aura.demo.pictures import draw
from aura.tests.browser.acts import ZONE, state_of
from aura.tests.browser.conftest import Instance, sign_in
from aura.tests.browser.joining import invite, join, let_clients_approve
from aura.tests.browser.networks import (
    BLUESKY,
    Networks,
    connect_bluesky,
    connect_instagram,
    connect_linkedin,
    connect_mastodon,
)
from aura.tests.browser.test_pointer import drag
from aura.tests.browser.watching import TELEPHONE, Watch, keep_picture
from posts.networks.standins.linkedin import PAGES

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Locator, Page

PATIENCE = 60_000
"""Milliseconds for what takes a second on a machine with nothing else to do."""
GOES_OUT = 240_000
"""Milliseconds from the last move until all four are out: two minutes of waiting for the time, and the work."""
TITLE = "What the week smells like"
WORDS = (
    "Rye from the hot spring on Monday, cardamom buns on Wednesday, and on Friday the loaf that takes three days. "
    "The ovens are lit at four and the door opens at seven. Come by before work, while the crust still sings; what is "
    "left at noon goes to the shelter on the quay, so nothing you see here is old. Which day is yours?"
)
SHORT = (
    "Rye on Monday, buns on Wednesday, the three-day loaf on Friday. Door opens at seven. Which day is yours?"
)


@dataclass(frozen=True, slots=True)
class Photograph:
    """A picture that is uploaded: its file, the title that Aura gives it, and what is said of it."""

    path: Path
    title: str
    alt: str


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> list[Photograph]:
    """Three pictures of different shapes; the last is taller than Instagram takes."""
    folder = tmp_path_factory.mktemp("three")
    made = []
    for scene, title, width, height, alt in (
        ("buns", "Wednesday buns", 1600, 1200, "Cardamom buns on a rack, seen from above"),
        ("wheat", "Monday rye", 1200, 1200, "A field of rye in low sun"),
        ("lighthouse", "Friday quay", 900, 1600, "The lighthouse on the quay, before dawn"),
    ):
        path = folder / f"{title.replace(' ', '-').lower()}.jpg"
        path.write_bytes(draw(scene, seed=4, width=width, height=height))
        made.append(Photograph(path, title, alt))
    return made


@pytest.fixture
def networks() -> Iterator[Networks]:
    """The four networks."""
    with Networks() as started:
        yield started


@pytest.fixture
def room(tmp_path: Path, demo: Path, networks: Networks) -> Iterator[Instance]:
    """An instance of its own, which finds these networks where the real ones would be."""
    made = Instance(tmp_path / "data", demo, **networks.env)
    made.start()
    yield made
    made.kill()


@pytest.fixture
def person(chromium: Browser, room: Instance) -> Iterator[Callable[..., Page]]:
    """Return a function that opens a page of a browser of its own; its arguments are the browser context's."""
    contexts: list[BrowserContext] = []

    def make(**options: Any) -> Page:
        given = {"viewport": {"width": 1440, "height": 1000}, "reduced_motion": "reduce"}
        context = chromium.new_context(base_url=room.url, **given | options)  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        return context.new_page()

    yield make
    for number, context in enumerate(contexts):
        for page in context.pages:
            keep_picture(page, f"end-{number}")
        context.close()


@pytest.fixture
def watch() -> Watch:
    """Who looks at each page."""
    return Watch()


def test_one_post_goes_through_all_hands_to_four_networks(
    person: Callable[..., Page], room: Instance, networks: Networks, three: list[Photograph], watch: Watch
) -> None:
    owner = watch.over(person(permissions=["clipboard-read", "clipboard-write"]))
    sign_in(owner, room.url)
    callback = f"{room.url}/connect/callback/"
    connect_mastodon(owner, networks, watch)
    connect_bluesky(owner, watch)
    connect_linkedin(owner, watch, callback)
    connect_instagram(owner, watch, callback)
    let_clients_approve(owner, watch)

    editor = watch.over(person())
    join(editor, invite(owner, watch), watch)
    write(editor, networks, three, watch)
    mend(editor, networks, three, watch)
    link = ask_client(editor, watch)

    client = watch.over(person(viewport=TELEPHONE, is_mobile=True, has_touch=True))
    read_and_approve(client, link, networks, three, watch)

    post = see_the_yes(editor, watch)
    move_in_calendar(editor, watch)
    assert all(service.posts == [] for service in networks.all)
    editor.goto(post)
    see_it_out(editor, networks, watch)
    assert_each_has_it_once(networks, three)
    watch.assert_well()


# The editor --------------------------------------------------------------------------------------------------------


def write(page: Page, networks: Networks, three: list[Photograph], watch: Watch) -> None:
    """Write one post for the four networks, with three pictures, and a link that leads nowhere."""
    page.get_by_role("button", name="New", exact=True).click()
    page.get_by_role("link", name="Post N", exact=True).click()
    page.get_by_label("Campaign").select_option(label="Hot-spring rye")
    page.get_by_label("Title").fill(TITLE)
    for name in networks.names:
        channel(page, name).check()
    page.get_by_label("Words for everyone").fill(WORDS.replace("Come by", f"{nowhere(networks)} Come by"))
    page.get_by_role("button", name="Add a picture or film").click()
    picker = page.get_by_role("dialog", name="Add pictures and films")
    picker.get_by_label("Drop new ones here, or choose them").set_input_files(
        [str(photograph.path) for photograph in three]
    )
    for photograph in three:
        picker.get_by_role("checkbox", name=f"Select {photograph.title}").wait_for()
    watch.look(page, "pictures to pick")
    picker.get_by_role("button", name="Done").click()
    for photograph in three:  # until each is prepared
        strip(page).get_by_role("img", name=photograph.title, exact=True).wait_for()
    put_in_order(page, three)


def put_in_order(page: Page, three: list[Photograph]) -> None:
    """Bring the pictures into the order of `three`, one by the mouse and one by the keyboard."""
    tiles = strip(page).get_by_role("listitem")
    drag(page, tiles.nth(2).get_by_text("3", exact=True), tiles.nth(0))
    assert order(page) == [three[2].title, three[0].title, three[1].title]
    tiles.nth(0).get_by_role("button", name="Move later").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")  # the focus went along with the picture
    assert order(page) == [photograph.title for photograph in three]


def strip(page: Page) -> Locator:
    """Return the pictures of the post."""
    return page.get_by_role("list", name="Pictures, in order")


def order(page: Page) -> list[str]:
    """Return what the pictures of the post are called, in order."""
    return [str(one.get_attribute("alt")) for one in strip(page).get_by_role("img").all()]


def channel(page: Page, name: str) -> Locator:
    """Return the tick of a channel."""
    return page.get_by_role("group", name="Channels").get_by_role("checkbox", name=name)


def nowhere(networks: Networks) -> str:
    """Return the address of a page that is not there."""
    return f"{networks.bluesky.url}/the-old-shop"


def finding(page: Page, words: str) -> Locator:
    """Return what the rules found, by words of it."""
    checks = page.get_by_role("status", name=re.compile("Before it goes|Ready to go"))
    return checks.get_by_role("listitem").filter(has_text=words)


def mend(page: Page, networks: Networks, three: list[Photograph], watch: Watch) -> None:
    """Let each finding's own button lead out of it, until nothing is left."""
    finding(page, "too long for Bluesky").wait_for()
    finding(page, "Instagram crops or refuses the shape").wait_for()
    finding(page, "no such page (404)").wait_for()
    watch.look(page, "what the rules found")

    finding(page, "no such page (404)").get_by_role("button", name="Take it out").click()
    finding(page, "no such page (404)").wait_for(state="detached")
    assert page.get_by_label("Words for everyone").input_value().strip() == WORDS

    finding(page, "too long for Bluesky").get_by_role("link", name=f"Shorten it for {BLUESKY}").click()
    own = page.get_by_label(f"Words for {BLUESKY}", exact=True)
    assert own.input_value() == WORDS, "they begin as the words for everyone"
    own.fill(SHORT)
    finding(page, "too long for Bluesky").wait_for(state="detached")

    finding(page, "Instagram crops or refuses the shape").get_by_role("button", name="Make it fit").click()
    finding(page, "Instagram crops or refuses the shape").wait_for(state="detached")

    for photograph, missing in zip(three, ("3 pictures", "2 pictures", three[2].title), strict=True):
        wanting = finding(page, f"needs a description of {missing}.")
        wanting.get_by_role("link", name=re.compile("^Describe")).click()
        window = page.get_by_role("dialog", name="Describe the picture")
        window.get_by_role("img", name=photograph.title).wait_for()
        window.get_by_role("textbox").fill(photograph.alt)
        if photograph is three[0]:
            watch.look(page, "describe a picture")
        window.get_by_role("button", name="Save the description").click()
        window.wait_for(state="hidden")
        strip(page).get_by_text(photograph.alt).wait_for()
    page.get_by_role("heading", name="Ready to go").wait_for()
    assert order(page) == [photograph.alt for photograph in three]
    watch.look(page, "ready to go")


def ask_client(page: Page, watch: Watch) -> str:
    """Plan a time in the week to come, ask for a review, and make a link for the client; return it."""
    planned = monday_to_come() + timedelta(days=1)
    page.get_by_label("Day", exact=True).fill(planned.strftime("%Y-%m-%d"))
    page.get_by_label("Time", exact=True).fill("07:30")
    page.get_by_role("button", name="Ask for review").click()
    page.get_by_text(f"“{TITLE}” waits for a yes.").wait_for()
    assert state_of(page) == "In review"
    watch.look(page, "in review")
    page.get_by_role("link", name="Let a client review it").click()
    page.get_by_role("button", name="Make the link").click()
    link = page.get_by_label("The link", exact=True).input_value()
    watch.look(page, "link for the client")
    return link


def monday_to_come() -> datetime:
    """Return the Monday after this week's, so that days beside it are in the same week and none has passed."""
    today = datetime.now(ZONE)
    return today + timedelta(days=7 - today.weekday())


# The client --------------------------------------------------------------------------------------------------------


def read_and_approve(
    page: Page, link: str, networks: Networks, three: list[Photograph], watch: Watch
) -> None:
    """Look at the post on each network, and say yes."""
    page.goto(link)
    page.get_by_role("heading", level=1, name=TITLE).wait_for()
    for name in networks.names:
        look = page.get_by_role("article", name=f"On {name}")
        look.scroll_into_view_if_needed()
        assert (SHORT if name == BLUESKY else WORDS) in look.inner_text()
        shown = [str(one.get_attribute("alt")) for one in look.locator("img").all()]
        assert shown == [photograph.alt for photograph in three]
    watch.look(page, "what the client reads")
    page.get_by_label("Your name").fill("Ada Client")
    page.get_by_role("button", name="Approve").tap()
    page.get_by_role("heading", name="Thank you, Ada Client").wait_for()
    watch.look(page, "thanks to the client")


# The editor again --------------------------------------------------------------------------------------------------


def see_the_yes(page: Page, watch: Watch) -> str:
    """Find the yes in the notifications, schedule the post, and return its address."""
    page.reload()
    page.get_by_role("button", name=re.compile("Notifications, 1 new")).click()
    page.get_by_role("button", name=f"Ada Client (client) approved “{TITLE}”").click()
    page.get_by_label("Title").wait_for()
    assert state_of(page) == "Approved"
    page.get_by_role("region", name="Review").get_by_text("Ada Client (client)").wait_for()
    watch.look(page, "approved")
    page.get_by_role("button", name=re.compile(r"^Schedule for \w+ \d+ \w+, 07:30")).click()
    page.get_by_text(f"“{TITLE}” goes out").wait_for()
    assert state_of(page) == "Scheduled"
    return page.url


def move_in_calendar(page: Page, watch: Watch) -> None:
    """Carry it to the next day by the mouse, one day further by the keyboard, and to a minute to come by its form."""
    monday = monday_to_come()
    tuesday, wednesday, thursday = (f"{monday + timedelta(days=days):%Y-%m-%d}" for days in (1, 2, 3))
    page.get_by_role("navigation", name="Workspace").get_by_role("link", name="Calendar").click()
    page.get_by_role("navigation", name="View").get_by_role("link", name="Week").click()
    page.get_by_role("link", name="The week after").click()
    card(page, tuesday).wait_for()
    watch.look(page, "week")
    drag(page, card(page, tuesday), page.locator(f"[data-day='{wednesday}']"))
    card(page, wednesday).wait_for()

    card(page, wednesday).get_by_role("link", name=TITLE, exact=True).focus()
    page.keyboard.press("Shift+ArrowRight")
    card(page, thursday).wait_for()
    card(page, thursday).get_by_role("link", name=TITLE, exact=True).press("m")
    page.get_by_role("heading", name=f"Move “{TITLE}”").wait_for()
    watch.look(page, "move")
    at = (datetime.now(ZONE) + timedelta(seconds=120)).replace(second=0, microsecond=0)
    page.get_by_label("Day").fill(at.strftime("%Y-%m-%d"))
    page.get_by_label("Time").fill(at.strftime("%H:%M"))
    page.get_by_label("Time").press("Enter")
    page.get_by_text(f"goes out {at:%A} {at.day} {at:%B}, {at:%H:%M}").first.wait_for()


def card(page: Page, day: str) -> Locator:
    """Return the post on a day of the calendar."""
    return page.locator(f"[data-day='{day}']").get_by_role("listitem").filter(has_text=TITLE)


def see_it_out(page: Page, networks: Networks, watch: Watch) -> None:
    """Watch it leave; each channel tells its link and what was tried."""
    page.get_by_role("heading", name="On each channel").wait_for()
    page.locator("#post-state").get_by_text("Published", exact=True).wait_for(timeout=GOES_OUT)
    for name in networks.names:
        link = page.get_by_role("link", name=re.compile(f"^See it on {re.escape(name)}"))
        assert str(link.get_attribute("href")).startswith("http")
        row = page.get_by_role("listitem").filter(has=link)
        row.get_by_text("What was tried").click()
        row.get_by_role("listitem").first.wait_for()
    watch.look(page, "out")


def assert_each_has_it_once(networks: Networks, three: list[Photograph]) -> None:
    """Ask the networks: one post each, with its own words, the pictures in order, each with its description."""
    alts = [photograph.alt for photograph in three]
    (on_mastodon,) = networks.mastodon.posts
    assert on_mastodon.text == WORDS
    assert [networks.mastodon.media[name]["alt"] for name in on_mastodon.media] == alts

    (on_bluesky,) = networks.bluesky.posts
    assert on_bluesky.text == SHORT
    images = on_bluesky.more["record"]["embed"]["images"]
    assert [image["alt"] for image in images] == alts
    shapes = [round(one["aspectRatio"]["width"] / one["aspectRatio"]["height"], 1) for one in images]
    assert shapes == [1.3, 1.0, 0.6], "the pictures that these are descriptions of"

    (on_linkedin,) = networks.linkedin.posts
    assert on_linkedin.text == WORDS
    asked = on_linkedin.more["asked"]
    assert asked["author"] in PAGES
    assert [image["altText"] for image in asked["content"]["multiImage"]["images"]] == alts

    (on_instagram,) = networks.instagram.posts
    assert on_instagram.text == WORDS
    children = [networks.instagram.containers[name].form for name in on_instagram.media]
    assert [form["alt_text"] for form in children] == alts


# Without a script --------------------------------------------------------------------------------------------------


def test_forms_alone_bring_a_post_to_two_networks(
    person: Callable[..., Page], room: Instance, networks: Networks, three: list[Photograph]
) -> None:
    page, watch = person(java_script_enabled=False), Watch(plain=True)
    sign_in(page, room.url)
    connect_mastodon(page, networks, watch)
    connect_bluesky(page, watch)
    let_clients_approve(page, watch)
    buns = three[0]
    upload(page, buns, watch)

    page.get_by_role("button", name="New", exact=True).click()
    page.get_by_role("link", name="Post N", exact=True).click()
    page.get_by_label("Campaign").select_option(label="Hot-spring rye")
    page.get_by_label("Title").fill(TITLE)
    for name in (networks.on_mastodon, BLUESKY):
        channel(page, name).check()
    page.get_by_label("Words for everyone").fill(SHORT)
    page.get_by_role("button", name="Add a picture or film").click()
    picker = page.get_by_role("dialog", name="Add pictures and films")
    picker.get_by_role("checkbox", name=f"Select {buns.title}").check()
    picker.get_by_role("button", name="Done").click()
    page.get_by_role("button", name="Save draft").click()
    page.get_by_text("Draft saved.").wait_for()
    post = page.url
    describe(page, buns)
    page.goto(post)
    page.get_by_role("heading", name="Ready to go").wait_for()
    watch.look(page, "plain composer")
    page.get_by_role("button", name="Ask for review").click()
    page.get_by_role("link", name="Let a client review it").click()
    page.get_by_role("button", name="Make the link").click()
    link = page.get_by_label("The link", exact=True).input_value()

    client = person(viewport=TELEPHONE, is_mobile=True, has_touch=True, java_script_enabled=False)
    client.goto(link)
    client.get_by_label("Your name").fill("Ada Client")
    client.get_by_role("button", name="Approve").tap()
    client.get_by_role("heading", name="Thank you, Ada Client").wait_for()

    page.goto(post)
    assert state_of(page) == "Approved"
    at = (datetime.now(ZONE) + timedelta(seconds=120)).replace(second=0, microsecond=0)
    page.get_by_label("Day", exact=True).fill(at.strftime("%Y-%m-%d"))
    page.get_by_label("Time", exact=True).fill(at.strftime("%H:%M"))
    page.get_by_role("button", name="Schedule", exact=True).click()
    assert state_of(page) == "Scheduled"
    assert networks.mastodon.posts == networks.bluesky.posts == []
    reload_until_out(page)
    for name in (networks.on_mastodon, BLUESKY):
        page.get_by_role("link", name=re.compile(f"^See it on {re.escape(name)}")).wait_for()
    watch.look(page, "plain page of what is out")

    (on_mastodon,) = networks.mastodon.posts
    assert on_mastodon.text == SHORT
    assert [networks.mastodon.media[name]["alt"] for name in on_mastodon.media] == [buns.alt]
    (on_bluesky,) = networks.bluesky.posts
    assert on_bluesky.text == SHORT
    assert [image["alt"] for image in on_bluesky.more["record"]["embed"]["images"]] == [buns.alt]
    watch.assert_well()


def upload(page: Page, photograph: Photograph, watch: Watch) -> None:
    """Send a picture to the library by its form."""
    page.get_by_role("navigation", name="Workspace").get_by_role("link", name="Media").click()
    page.get_by_label("Upload", exact=True).set_input_files(str(photograph.path))
    page.get_by_role("button", name="Send what I chose").click()
    page.get_by_role("heading", name="1 of 1 taken").wait_for()
    watch.look(page, "plain upload")


def describe(page: Page, photograph: Photograph) -> None:
    """Say what a picture shows, on the page of its own that its link opens beside."""
    with page.expect_popup() as opened:
        finding(page, "needs a description of").get_by_role("link", name="Describe it").click()
    beside = opened.value
    beside.get_by_role("textbox", name=re.compile("^Describe it")).fill(photograph.alt)
    beside.get_by_role("button", name="Save the description").click()
    beside.get_by_role("status").filter(has_text="Saved").wait_for()
    beside.close()


def reload_until_out(page: Page) -> None:
    """Nothing moves by itself here: a person reloads the page now and then."""
    out = page.locator("#post-state").get_by_text("Published", exact=True)
    until = datetime.now(ZONE) + timedelta(milliseconds=GOES_OUT)
    while not out.is_visible():
        assert datetime.now(ZONE) < until, state_of(page)
        page.wait_for_timeout(1_000)
        page.reload()
