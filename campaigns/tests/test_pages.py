"""The pages of brands and campaigns, as people of every role meet them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from campaigns import operations
from campaigns.models import Brand, Campaign
from campaigns.tests._made import NOW, brand, campaign, filled, running
from workspaces.models import User, Workspace
from workspaces.operation import SYSTEM
from workspaces.scope import use_workspace

Browser = Callable[[User], Client]
PAYLOAD = "\"'><script>x()</script><b onmouseover=x()>{{7*7}}"


@pytest.fixture
def at(workspace: Workspace) -> Callable[..., str]:
    def address(name: str, *args: Any, query: str = "") -> str:
        with use_workspace(workspace):
            return reverse(f"campaigns:{name}", args=args) + query

    return address


def sent(one: Brand, **changes: str) -> dict[str, str]:
    return {"name": "Hot-spring rye", "brand": str(one.pk), "currency": "EUR", **changes}


def test_a_campaign_is_created_and_its_page_opens(
    scope: Workspace, bob: User, client_of: Browser, at: Any
) -> None:
    data = sent(
        brand(), voice_tags="Warm, dry", budget="3400", start_date="2026-03-09", end_date="2026-03-29"
    )
    answer = client_of(bob).post(at("create"), data, follow=True)
    made = Campaign.objects.get()
    assert answer.redirect_chain[-1][0] == made.get_absolute_url()
    page = answer.content.decode()
    assert all(words in page for words in ("Hot-spring rye", "9 to 29 March 2026", "€3,400", "warm", "dry"))
    assert made.created_by == bob


def test_what_was_typed_is_kept_and_each_field_says_what_is_wrong(
    scope: Workspace, bob: User, client_of: Browser, at: Any
) -> None:
    data = sent(brand(), name="", overview="Kept words", start_date="2026-03-29", end_date="2026-03-09")
    answer = client_of(bob).post(at("create"), data | {"voice_tags": "Kept, TAGS"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Kept words" in page
    assert "Kept, TAGS" in page
    assert "Give the campaign a name." in page
    assert "The end is before the start. Pick 29 March 2026 or a later day." in page
    assert not Campaign.objects.exists()


def test_a_new_campaign_starts_with_the_only_brands_voice(
    scope: Workspace, bob: User, client_of: Browser, at: Any
) -> None:
    brand(voice_tags=["plain-spoken"], guardrails="Never say artisanal")
    page = client_of(bob).get(at("create")).content.decode()
    assert 'value="plain-spoken"' in page
    assert "Never say artisanal" in page


def test_a_stale_save_shows_both_versions_and_loses_neither(
    scope: Workspace, bob: User, client_of: Browser, at: Any
) -> None:
    made = filled(overview="As it was")
    data = sent(
        made.brand,
        version="1",
        overview="Mine is longer",
        target_audience=made.target_audience,
        guardrails=made.guardrails,
        voice_tags="plain-spoken",
    )
    theirs = Campaign.objects.get()
    theirs.overview = "Theirs came first"
    operations.edit_campaign(theirs, version=1, voice_tags=["plain-spoken"], tags=[], now=NOW, by=SYSTEM)
    browser = client_of(bob)
    answer = browser.post(at("edit", made.pk), data)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Theirs came first" in page
    assert "Mine is longer" in page
    assert Campaign.objects.get().overview == "Theirs came first"
    seen = re.search(r'name="version" value="(\d+)"', page)
    assert seen
    browser.post(at("edit", made.pk), {**data, "version": seen[1]})
    assert Campaign.objects.get().overview == "Mine is longer"


def test_an_edit_without_a_version_is_stale(scope: Workspace, bob: User, client_of: Browser, at: Any) -> None:
    made = filled()
    assert client_of(bob).post(at("edit", made.pk), sent(made.brand)).status_code == 409


GET_PAGES = [
    ("list", False), ("create", False), ("detail", True), ("edit", True), ("delete", True), ("archive", True),
    ("brands", False), ("brand_create", False),
]  # fmt: skip
POST_PAGES = ["duplicate", "start", "unarchive", "restore", "complete", "archive", "delete", "purge"]
READABLE = {"list", "detail", "brands"}


@pytest.mark.parametrize(("name", "needs"), GET_PAGES)
def test_who_may_open_what(
    scope: Workspace,
    bob: User,
    carol: User,
    mallory: User,
    client_of: Browser,
    at: Any,
    name: str,
    needs: bool,
) -> None:
    made = filled()
    address = at(name, *([made.pk] if needs else []))
    assert client_of(bob).get(address).status_code == 200
    assert client_of(carol).get(address).status_code == (200 if name in READABLE else 403)
    assert client_of(mallory).get(address).status_code == 404
    assert Client().get(address).status_code == 302


@pytest.mark.parametrize("name", POST_PAGES)
def test_a_viewer_and_a_stranger_change_nothing(
    scope: Workspace, carol: User, mallory: User, client_of: Browser, at: Any, name: str
) -> None:
    made = filled()
    before = list(Campaign.objects.values())
    assert client_of(carol).post(at(name, made.pk)).status_code == 403
    assert client_of(mallory).post(at(name, made.pk)).status_code == 404
    assert list(Campaign.objects.values()) == before


def test_a_viewer_sees_no_control_that_would_refuse(
    scope: Workspace, carol: User, client_of: Browser, at: Any
) -> None:
    made = running()
    page = client_of(carol).get(at("detail", made.pk)).content.decode()
    main = page[page.index("<main") : page.index("</main>")]
    assert "<form" not in main
    assert "<dialog" not in main


@pytest.mark.parametrize("name", ["duplicate", "start", "restore", "unarchive"])
def test_looking_changes_nothing(scope: Workspace, bob: User, client_of: Browser, at: Any, name: str) -> None:
    made = filled()
    before = list(Campaign.objects.values())
    assert client_of(bob).get(at(name, made.pk)).status_code == 405
    assert list(Campaign.objects.values()) == before


def test_the_whole_life_without_javascript(
    scope: Workspace, alice: User, client_of: Browser, at: Any
) -> None:
    browser, made = client_of(alice), filled()

    def status() -> str:
        return Campaign.objects.get(pk=made.pk).standing

    browser.post(at("start", made.pk))
    assert status() == "in_progress"
    assert "Complete" in browser.get(at("complete", made.pk)).content.decode()
    browser.post(at("complete", made.pk))
    assert status() == "completed"
    browser.post(at("archive", made.pk))
    assert status() == "archived"
    browser.post(at("unarchive", made.pk))
    assert status() == "completed"
    browser.post(at("delete", made.pk))
    assert status() == "trashed"
    browser.get(at("list"))  # shows what was said so far
    assert "Hot-spring rye" not in browser.get(at("list")).content.decode()
    assert "Hot-spring rye" in browser.get(at("list", query="?show=trash")).content.decode()
    browser.post(at("restore", made.pk))
    assert status() == "completed"
    browser.post(at("delete", made.pk))
    assert "for good" in browser.get(at("purge", made.pk)).content.decode()
    browser.post(at("purge", made.pk))
    assert not Campaign.objects.exists()


def test_a_start_without_a_brief_says_what_is_missing(
    scope: Workspace, bob: User, client_of: Browser, at: Any
) -> None:
    made = campaign()
    page = client_of(bob).post(at("start", made.pk), follow=True).content.decode()
    assert "Still to write: what it is about, who it is for" in page


def test_brands_are_written_trashed_and_brought_back(
    scope: Workspace, alice: User, client_of: Browser, at: Any
) -> None:
    brand("Kept")
    browser = client_of(alice)
    browser.post(at("brand_create"), {"name": "Second", "voice_tags": "Dry", "colours": "#f3a24a"})
    second = Brand.objects.get(name="Second")
    filled("Goes along", brand=second)
    assert "Goes along" in browser.get(at("brand_delete", second.pk)).content.decode()
    browser.post(at("brand_delete", second.pk))
    assert Campaign.objects.get().is_trashed
    browser.post(at("brand_restore", second.pk))
    assert not Campaign.objects.get().is_trashed
    assert browser.post(at("brand_edit", second.pk), {"name": "Kept"}).status_code == 422


def test_the_last_brand_says_why_it_stays(scope: Workspace, alice: User, client_of: Browser, at: Any) -> None:
    only = brand()
    answer = client_of(alice).post(at("brand_delete", only.pk))
    assert answer.status_code == 409
    assert "This is the only brand. Make another one first." in answer.content.decode()


def test_x1_nothing_anybody_typed_becomes_markup(
    scope: Workspace, alice: User, client_of: Browser, at: Any
) -> None:
    one = brand(PAYLOAD[:80], about=PAYLOAD, guardrails=PAYLOAD, voice_tags=[PAYLOAD[:50]])
    texts = dict.fromkeys(["overview", "target_audience", "guardrails", "goal"], PAYLOAD)
    made = campaign(
        PAYLOAD, voice=(PAYLOAD[:50],), tags=(PAYLOAD[:50],), category=PAYLOAD[:50], brand=one, **texts
    )
    browser = client_of(alice)
    pages = [
        at("list"),
        at("list", query="?category=%22%3E%3Cscript%3Ex()"),
        at("list", query="?q=%22%3E%3Cscript%3Ex()&tag=%22%3E%3Cscript%3Ex()"),
        at("detail", made.pk),
        at("edit", made.pk),
        at("delete", made.pk),
        at("brands"),
        at("brand_edit", one.pk),
        at("brand_delete", one.pk),
    ]
    with use_workspace(scope):
        pages.append(reverse("workspace:search") + "?q=%22%3E%3Cscript%3Ex()")
        pages.append(reverse("workspace:search") + "?q=script")
    bad = browser.post(at("edit", made.pk), sent(one, name=PAYLOAD, end_date=PAYLOAD, voice_tags=PAYLOAD * 9))
    stale = browser.post(at("edit", made.pk), sent(one, name=f"{PAYLOAD}!", version="99"))
    answers = [browser.get(page) for page in pages] + [bad, stale]
    assert [bad.status_code, stale.status_code] == [422, 409]
    for answer in answers:
        text = answer.content.decode()
        assert "<script>x" not in text
        assert "<b onmouseover" not in text
        assert ">49<" not in text


def _queries(browser: Client, address: str) -> int:
    browser.get(address)
    with CaptureQueriesContext(
        connection,
    ) as caught:
        assert browser.get(address).status_code == 200
    return len(caught)


@pytest.mark.parametrize("query", ["", "?q=rye", "?tag=spring&sort=name&category=launch", "?show=trash"])
def test_the_list_costs_the_same_for_2_and_20_rows_and_12_queries_at_most(
    scope: Workspace, alice: User, client_of: Browser, at: Any, query: str
) -> None:
    browser, address = client_of(alice), at("list", query=query)
    counted = []
    for number in (2, 18):
        for _ in range(number):
            made = filled("Hot-spring rye", tags=("spring",), category="launch")
            if "trash" in query:
                operations.trash_campaign(made, now=NOW, by=SYSTEM)
        counted.append(_queries(browser, address))
    assert counted[0] == counted[1]
    assert counted[1] <= 12


def test_htmx_gets_only_the_rows(scope: Workspace, alice: User, client_of: Browser, at: Any) -> None:
    filled()
    part = client_of(alice).get(at("list"), headers={"HX-Request": "true", "HX-Target": "campaign-rows"})
    text = part.content.decode()
    assert "<html" not in text
    assert "Hot-spring rye" in text
    assert "HX-Request" in part["Vary"]


def test_the_palette_finds_campaigns_and_places(
    scope: Workspace, alice: User, carol: User, client_of: Browser
) -> None:
    made = filled()
    search = reverse("workspace:search")
    headers = {"HX-Request": "true", "HX-Target": "search-results"}
    part = client_of(alice).get(f"{search}?q=hot", headers=headers).content.decode()
    assert "<html" not in part
    assert f'<a role="option" href="{made.get_absolute_url()}"' in part
    assert "Campaigns" in client_of(alice).get(f"{search}?q=campai", headers=headers).content.decode()
    assert "Start a campaign" in client_of(alice).get(f"{search}?q=start", headers=headers).content.decode()
    assert (
        "Start a campaign" not in client_of(carol).get(f"{search}?q=start", headers=headers).content.decode()
    )
    assert "Nothing is called" in client_of(alice).get(f"{search}?q=zzzz", headers=headers).content.decode()
    assert "<html" in client_of(alice).get(f"{search}?q=hot").content.decode()
