"""Posts as files, and the calendar behind a secret link."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from icalendar import Calendar

from aura.kit import clock
from campaigns.models import Campaign
from posts.models import CalendarFeed, Post, Series, SeriesDate, Target
from posts.tests._made import make_asset, make_campaign, make_channel, make_post, use
from workspaces.models import Membership, Workspace
from workspaces.scope import use_workspace

CSV = "/w/barrow-rye/posts/posts.csv"
ICS = "/w/barrow-rye/calendar/calendar.ics"
LINK = "/w/barrow-rye/calendar/link/"


def sheet(answer: Any) -> list[dict[str, str]]:
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def events(body: bytes) -> dict[str, Any]:
    return {str(event["summary"]): event for event in Calendar.from_ical(body).walk("VEVENT")}


def test_the_list_comes_as_a_sheet_with_its_filters_and_nothing_that_runs(scope, alice, client_of) -> None:
    client = client_of(alice)
    other = make_campaign("Other")
    at = clock.instant_of(datetime(2099, 3, 23, 9, 30), "Europe/Dublin")
    post = make_post(
        '=HYPERLINK("http://evil.example")',
        caption='+1, "two"\n@three',
        campaign=make_campaign(),
        channels=[make_channel("Insta; main")],
        scheduled_at=at,
        zone="Europe/Dublin",
    )
    picture = use(make_asset(), post).asset
    make_post("Elsewhere", campaign=other)
    rows = sheet(client.get(CSV, {"campaign": str(post.campaign_id)}))
    assert len(rows) == 1
    assert rows[0]["Title"] == "'" + post.title
    assert rows[0]["Words"] == "'" + post.caption
    assert (rows[0]["Day"], rows[0]["Time"], rows[0]["Time zone"]) == ("2099-03-23", "09:30", "Europe/Dublin")
    assert (rows[0]["Campaign"], rows[0]["Channels"]) == ("Hot-spring rye", "Insta; main")
    assert rows[0]["Pictures and films"] == str(picture.pk)
    assert next(row["Title"] for row in sheet(client.get(CSV))) == "Elsewhere"
    page = client.get("/w/barrow-rye/posts/", {"campaign": str(other.pk)}).content.decode()
    assert f"posts.csv?campaign={other.pk}" in page


def test_what_holds_a_post_back_and_its_rhythm_are_in_both_files(scope, alice, client_of) -> None:
    channel = make_channel("Insta", status="paused", pause_reason="Handed over")
    soon = clock.now() + timedelta(days=2)
    post = make_post("Held", channels=[channel], status="scheduled", scheduled_at=soon)
    make_post("Free", channels=[make_channel("Feed")], status="scheduled", scheduled_at=soon)
    series = Series.objects.create(
        pattern=post, unit="day", every=3, time=time(9), zone="Europe/Dublin", first_date=soon.date()
    )
    SeriesDate.objects.create(series=series, date=soon.date(), post=post)
    Campaign.objects.update(paused_at=clock.now(), pause_reason="A recall")
    client = client_of(alice)
    rows = {row["Title"]: row for row in sheet(client.get(CSV))}
    assert rows["Held"]["Held back"] == "Hot-spring rye is paused: A recall. Insta is paused: Handed over."
    assert rows["Held"]["Repeats"] == "every 3 days at 09:00"
    assert (rows["Free"]["Held back"], rows["Free"]["Repeats"]) == ("Hot-spring rye is paused: A recall.", "")
    Campaign.objects.update(paused_at=None, pause_reason="")
    said = events(client.get(ICS).content)
    assert "Held back: Insta is paused: Handed over." in said["Held"]["description"]
    assert "Comes every 3 days at 09:00." in said["Held"]["description"]
    assert "Held back" not in said["Free"]["description"]
    Series.objects.update(ended_at=clock.now())
    assert {row["Repeats"] for row in sheet(client.get(CSV))} == {""}


def test_a_sheet_is_made_while_it_is_sent_and_marked_for_excel_where_asked(
    scope, alice, client_of, django_assert_max_num_queries
) -> None:
    client = client_of(alice)
    campaign, channel = make_campaign(), make_channel()
    Post.objects.bulk_create(Post(title=f"Post {n}", campaign=campaign) for n in range(450))
    Target.objects.bulk_create(Target(post=post, channel=channel) for post in Post.objects.all())
    answer = client.get(CSV, {"bom": "1"})
    assert answer.streaming
    with django_assert_max_num_queries(20):
        pieces = list(answer.streaming_content)
    assert pieces[0] == b"\xef\xbb\xbf"
    assert len(pieces) > 2
    assert b"".join(pieces).count(b"\r\n") == 451


def test_times_of_a_calendar_are_instants_whatever_clocks_do(scope, alice, client_of) -> None:
    now = clock.now()
    year = now.year + 1
    walls = [datetime(year, 7, 1, 9), datetime(year, 12, 1, 9)]
    for number, wall in enumerate(walls):
        make_post(
            f"Post {number}", scheduled_at=clock.instant_of(wall, "Europe/Dublin"), zone="Europe/Dublin"
        )
    make_post("Off", scheduled_at=now + timedelta(days=3), status="cancelled")
    make_post("Gone", scheduled_at=now + timedelta(days=3), trashed_at=now)
    make_post("Long ago", scheduled_at=now - timedelta(days=100))
    make_post("Without a time")
    answer = client_of(alice).get(ICS)
    assert answer["Content-Type"].startswith("text/calendar")
    found = events(answer.content)
    assert found["Post 0"]["dtstart"].dt == datetime(year, 7, 1, 8, tzinfo=UTC)
    assert found["Post 1"]["dtstart"].dt == datetime(year, 12, 1, 9, tzinfo=UTC)
    assert str(found["Post 0"]["status"]) == "TENTATIVE"
    assert str(found["Off"]["status"]) == "CANCELLED"
    assert set(found) == {"Post 0", "Post 1", "Off"}, "A download shows what the calendar shows."
    assert str(found["Post 0"]["uid"]) == str(Post.objects.get(title="Post 0").pk)


def test_words_cannot_write_lines_of_a_calendar(scope, alice, client_of) -> None:
    words = "a\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nSUMMARY:Evil\x00\x07"
    make_post(
        f"T {words.replace(chr(0), '')}"[:110], caption=words.replace("\x00", ""), scheduled_at=clock.now()
    )
    body = client_of(alice).get(ICS).content
    assert len(Calendar.from_ical(body).walk("VEVENT")) == 1
    assert not re.search(rb"^(END:VEVENT\r\nBEGIN|SUMMARY:Evil)", body, re.MULTILINE)
    assert b"\x07" not in body
    assert max(len(line) for line in body.split(b"\r\n")) <= 75


@pytest.fixture
def linked(scope: Workspace, carol: Any, client_of: Any) -> str:
    """The address of a viewer's feed."""
    page = client_of(carol).post(LINK).content.decode()
    found = re.search(r'value="https?://[^/"]+(/feeds/calendar/[\w-]{43}\.ics)"', page)
    assert found
    cache.clear()
    return found[1]


def test_a_link_is_shown_once_and_kept_as_a_hash(linked, carol, client_of) -> None:
    token = linked.rpartition("/")[2].removesuffix(".ics")
    assert token not in str(CalendarFeed.objects.values().get())
    page = client_of(carol).get(LINK).content.decode()
    assert token not in page
    assert "You have a link" in page


def test_whoever_holds_the_link_gets_the_calendar_without_session_or_cookie(linked) -> None:
    now = clock.now()
    make_post("Spring buns", scheduled_at=now + timedelta(days=1))
    make_post("Gone", scheduled_at=now + timedelta(days=1), trashed_at=now)
    answer = Client().get(linked)
    assert answer.status_code == 200
    assert not answer.cookies
    found = events(answer.content)
    assert str(found["Gone"]["status"]) == "CANCELLED"
    assert str(found["Spring buns"]["url"]).endswith(
        f"/w/barrow-rye/posts/{Post.objects.get(title='Spring buns').pk}/"
    )
    assert "private" in answer["Cache-Control"]
    again = Client().get(linked, headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", answer["ETag"])
    Post.objects.filter(title="Spring buns").update(title="Autumn buns", updated_at=clock.now())
    changed = Client().get(linked, headers={"If-None-Match": answer["ETag"]})
    assert (changed.status_code, changed["ETag"] != answer["ETag"]) == (200, True)
    assert Client().post(linked).status_code == 405


def test_a_link_shows_its_own_workspace_alone(linked, other_workspace) -> None:
    with use_workspace(other_workspace):
        make_post("Theirs", scheduled_at=clock.now() + timedelta(days=1))
    assert b"Theirs" not in Client().get(linked).content


@pytest.mark.parametrize("way", ["wrong", "renewed", "ended", "left", "inactive", "deleted"])
def test_a_link_that_ended_leads_nowhere_as_one_that_never_was(
    linked, carol, workspace, client_of, way
) -> None:
    client = client_of(carol)
    assert Client().get(linked).status_code == 200
    path = linked
    if way == "wrong":
        path = linked.replace(".ics", "x.ics")
    elif way == "renewed":
        assert client.post(LINK).status_code == 200
    elif way == "ended":
        assert client.post(f"{LINK}end/").status_code == 302
        assert CalendarFeed.objects.count() == 0
    elif way == "left":
        Membership.objects.filter(user=carol).delete()
    elif way == "inactive":
        carol.is_active = False
        carol.save()
    else:
        Workspace.objects.filter(pk=workspace.pk).update(trashed_at=clock.now())
    answer = Client().get(path)
    never = Client().get("/feeds/calendar/never-was.ics")
    assert answer.status_code == never.status_code == 404
    assert answer.content == never.content


def test_a_link_that_is_asked_too_often_has_to_wait(linked) -> None:
    asking = Client()
    answers = [asking.get(linked).status_code for _ in range(61)]
    assert answers == [200] * 60 + [429]


def test_strangers_get_no_file(scope, mallory, client_of) -> None:
    for path in (CSV, ICS, LINK):
        assert client_of(mallory).get(path).status_code == 404
        assert Client().get(path).status_code == 302
