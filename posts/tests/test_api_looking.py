"""What programs read around posts: the calendar, how what is out does, and when there is room."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, time

import pytest
import time_machine
from django.test import Client

from aura.kit import clock
from aura.kit.testing_api import Caller, by_session
from campaigns.models import Campaign
from posts.models import Channel, LinkDay, Post, PostingSlot, ShortLink, Target, TargetFigure
from posts.tests._made import make_campaign, make_channel, make_post
from workspaces.models import User

NOW = datetime.fromisoformat("2026-05-11T08:00:00+00:00")  # a Monday
ZONE = "Europe/Dublin"


@pytest.fixture(autouse=True)
def may() -> Iterator[None]:
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def call(carol: User, client_of: Callable[[User], Client]) -> Caller:
    return by_session(client_of(carol), "barrow-rye")


def at(wall: str) -> datetime:
    return clock.instant_of(datetime.fromisoformat(wall), ZONE)


def test_the_calendar_is_read_by_days_of_the_workspace(
    call: Caller, campaign: Campaign, sandbox: Channel
) -> None:
    other = make_campaign("Other")
    toot = make_channel("Rye", "mastodon")
    for title, wall, where, on in (
        ("Last of the day", "2026-05-12T23:59", campaign, sandbox),
        ("First of the day", "2026-05-12T00:00", campaign, toot),
        ("Before", "2026-05-11T23:59", campaign, sandbox),
        ("After", "2026-05-13T00:00", other, sandbox),
    ):
        make_post(title, where, [on], "scheduled", scheduled_at=at(wall))
    make_post("No time", campaign, [sandbox])
    make_post("Gone", campaign, [sandbox], scheduled_at=at("2026-05-12T10:00"), trashed_at=clock.now())

    def titles(query: str) -> list[str]:
        answer = call.get(f"/schedule?{query}")
        assert answer.status_code == 200, answer.content
        return [one["title"] for one in answer.json()["items"]]

    assert titles("start=2026-05-12&end=2026-05-12") == ["First of the day", "Last of the day"]
    assert titles("") == ["Before", "First of the day", "Last of the day", "After"]
    assert titles(f"campaign={other.pk}&start=0001-01-01&end=9999-12-31") == ["After"]
    assert titles(f"channel={toot.pk}") == ["First of the day"]
    assert titles("start=2026-05-14&end=2026-05-13") == []
    assert call.get("/schedule?start=12.05.2026").status_code == 422


def test_figures_and_clicks_are_told_for_each_channel_where_a_post_is_out(
    call: Caller, campaign: Campaign, sandbox: Channel
) -> None:
    toot = make_channel("Rye", "mastodon")
    post = make_post("Rye", campaign, [sandbox, toot], "published")
    target = Target.objects.get(post=post, channel=toot)
    for figure, total in (("shares", 3), ("likes", 214)):
        TargetFigure.objects.create(target=target, figure=figure, total=total, fetched_at=NOW)
    link = ShortLink.objects.create(target=target, token="rye", url="https://example.org/rye")
    LinkDay.objects.create(link=link, day=NOW.date(), clicks=31)
    Target.objects.filter(pk=target.pk).update(published_at=NOW)
    told = {one["channel"]: one for one in call.get(f"/posts/{post.pk}/figures").json()["items"]}
    assert [(one["figure"], one["total"]) for one in told[str(toot.pk)]["figures"]] == [
        ("likes", 214),
        ("shares", 3),
    ]
    assert told[str(toot.pk)]["clicks"] == 31
    assert (told[str(sandbox.pk)]["figures"], told[str(sandbox.pk)]["clicks"]) == ([], None)
    draft = make_post("Draft", campaign, [sandbox])
    assert call.get(f"/posts/{draft.pk}/figures").json()["items"] == []


def test_the_next_posting_time_that_nobody_has_taken_is_told(
    call: Caller, campaign: Campaign, sandbox: Channel
) -> None:
    post = make_post("Rye", campaign, [sandbox])
    path = f"/posts/{post.pk}/next-slot"
    assert call.get(path).json() == {"at": None, "wall_time": "", "zone": ZONE}
    PostingSlot.objects.create(channel=sandbox, weekday=4, time=time(10))
    free = call.get(path).json()
    assert (free["at"], free["wall_time"]) == ("2026-05-15T09:00:00Z", "2026-05-15T10:00:00")
    make_post("Other", campaign, [sandbox], "scheduled", scheduled_at=at("2026-05-15T10:00"))
    assert call.get(path).json()["wall_time"] == "2026-05-22T10:00:00"
    Post.objects.filter(title="Other").delete()
    assert call.get(path).json()["wall_time"] == "2026-05-15T10:00:00"
