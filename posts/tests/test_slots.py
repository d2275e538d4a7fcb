"""Posting times of channels: when they come round by the clocks of a zone, which is free, and who changes them."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from aura.kit import clock
from posts.models import Channel, Post, PostingSlot
from posts.operations.slots import add_slots, remove_slot
from posts.slots import next_free, times_of
from posts.tests._made import make_campaign, make_channel, make_post
from workspaces.models import Activity
from workspaces.operation import Refused

ZONE = "Europe/Dublin"
NOW = datetime.fromisoformat("2026-03-10T08:00:00+00:00")  # a Tuesday

# Each zone with an instant near which its clocks change: an hour, half an hour, a whole day that never was.
CHANGES = [
    ("Europe/Dublin", "2026-03-29T01:00"),
    ("Europe/Dublin", "2026-10-25T01:00"),
    ("America/New_York", "2026-03-08T07:00"),
    ("America/New_York", "2026-11-01T06:00"),
    ("Australia/Lord_Howe", "2026-04-04T15:00"),
    ("Australia/Lord_Howe", "2026-10-03T15:30"),
    ("Pacific/Apia", "2011-12-30T10:00"),
]


@given(
    change=st.sampled_from(CHANGES),
    shift=st.integers(-3 * 1440, 3 * 1440),
    weekday=st.integers(0, 6),
    at=st.times().map(lambda one: one.replace(second=0, microsecond=0)),
)
@settings(max_examples=150, deadline=None)
def test_F12_a_posting_time_comes_round_once_a_week_through_every_change_of_clocks(
    change, shift, weekday, at
):
    zone, around = change
    first = datetime.fromisoformat(around).replace(tzinfo=UTC) + timedelta(minutes=shift)
    found = list(times_of(PostingSlot(weekday=weekday, time=at), zone, first, first + timedelta(weeks=4)))
    assert all(first < one < first + timedelta(weeks=4) for one in found)
    assert found == sorted(set(found))
    assert 3 <= len(found) <= 5
    for one in found:
        wall = clock.wall_of(one, zone)
        if (wall.weekday(), wall.time()) == (weekday, at):
            assert one == clock.shifted_instant_of(wall, zone), "of two the first counts"
        else:  # clocks skip it: it comes later by exactly what they skip
            missed = _meant(wall, weekday, at)
            assert timedelta(0) < wall - missed <= timedelta(days=1)
            with pytest.raises(clock.NoSuchTime):
                clock.instant_of(missed, zone)


def _meant(wall: datetime, weekday: int, at: time) -> datetime:
    days = (wall.weekday() - weekday) % 7
    return datetime.combine(wall.date() - timedelta(days=days), at)


@given(change=st.sampled_from(CHANGES[:6]), minutes=st.integers(-2 * 1440, 2 * 1440), days=st.integers(-3, 3))
@settings(max_examples=150, deadline=None)
def test_F12_a_moved_post_keeps_its_wall_time_or_is_refused(change, minutes, days):
    zone, around = change
    before = datetime.fromisoformat(around).replace(tzinfo=UTC) + timedelta(minutes=minutes)
    wall = clock.wall_of(before, zone) + timedelta(days=days)
    fates = {clock.NoSuchTime: "refused", clock.TimeTwice: "asked", type(None): "kept"}
    fate = fates[type(_problem(wall, zone))]
    shown = (
        {clock.wall_of(clock.instant_of(wall, zone, fold=fold), zone) for fold in (0, 1)}
        if fate != "refused"
        else set()
    )
    assert shown == (set() if fate == "refused" else {wall})
    assert (clock.wall_of(clock.shifted_instant_of(wall, zone), zone) == wall) == (fate != "refused")


def _problem(wall: datetime, zone: str) -> clock.WallTimeProblem | None:
    try:
        clock.instant_of(wall, zone)
    except clock.WallTimeProblem as problem:
        return problem
    return None


def at(text):
    return clock.instant_of(datetime.fromisoformat(text), ZONE)


@pytest.fixture
def march(scope):
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def feed(march, alice):
    return add_slots(make_channel("Feed"), weekdays=[1, 4], time=time(9, 30), by=alice)


def free(*channels, but=None):
    return next_free([one.pk for one in channels], workspace_zone=ZONE, after=clock.now(), but=but)


def test_the_next_free_time_is_one_that_no_other_post_of_the_channel_has(feed):
    assert free(feed) == at("2026-03-10T09:30")
    first = make_post("First", channels=[feed], scheduled_at=at("2026-03-10T09:30"))
    make_post("Off", channels=[feed], status="cancelled", scheduled_at=at("2026-03-13T09:30"))
    make_post("Gone", channels=[feed], scheduled_at=at("2026-03-13T09:30"), trashed_at=clock.now())
    make_post("Elsewhere", channels=[make_channel("Other")], scheduled_at=at("2026-03-13T09:30"))
    assert free(feed) == at("2026-03-13T09:30")
    assert free(feed, but=first.pk) == at("2026-03-10T09:30")


def test_of_two_channels_neither_has_a_post_then(feed, alice):
    other = add_slots(make_channel("Other"), weekdays=[2], time=time(12), by=alice)
    make_post(channels=[other], scheduled_at=at("2026-03-10T09:30"))
    assert free(feed, other) == at("2026-03-11T12:00")


def test_a_channel_has_clocks_of_its_own(feed):
    Channel.objects.filter(pk=feed.pk).update(zone="America/New_York")
    assert free(feed) == datetime.fromisoformat("2026-03-10T13:30:00+00:00")


def test_only_admins_change_posting_times_and_each_is_there_once(feed, alice, bob):
    with pytest.raises(PermissionDenied):
        add_slots(feed, weekdays=[0], time=time(9), by=bob)
    with pytest.raises(Refused, match="that time already"):
        add_slots(feed, weekdays=[1], time=time(9, 30), by=alice)
    add_slots(feed, weekdays=[0, 1], time=time(9, 30), by=alice)
    assert PostingSlot.objects.count() == 3
    with pytest.raises(PermissionDenied):
        remove_slot(PostingSlot.objects.first(), by=bob)
    remove_slot(PostingSlot.objects.first(), by=alice)
    assert PostingSlot.objects.count() == 2
    assert Activity.objects.filter(verb="posts.remove_slot").count() == 1


def test_posting_times_are_given_and_taken_away_on_the_channels_page(feed, alice, carol, client_of):
    browser, page = client_of(alice), reverse("posts:channel", args=[feed.pk])
    url = reverse("posts:channel_slots", args=[feed.pk])
    assert browser.post(url, {"weekdays": [], "time": "25:00"}).status_code == 422
    assert browser.post(url, {"weekdays": [6], "time": "20:00"}).status_code == 302
    shown = browser.get(page).content.decode()
    assert "Sunday" in shown
    assert "20:00" in shown
    slot = PostingSlot.objects.get(weekday=6)
    assert "Take away" not in client_of(carol).get(page).content.decode()
    assert client_of(carol).post(url, {"weekdays": [0], "time": "20:00"}).status_code == 403
    assert browser.post(reverse("posts:channel_slot_remove", args=[slot.pk])).status_code == 302
    assert PostingSlot.objects.count() == 2


def test_the_composer_fills_in_the_next_free_slot_and_keeps_what_was_typed(feed, bob, client_of):
    form = {"title": "Rye", "caption": "Typed", "channels": [str(feed.pk)], "change": "slot"}
    page = client_of(bob).post(reverse("posts:create"), form).content.decode()
    assert 'value="2026-03-10"' in page
    assert 'value="09:30"' in page
    assert "Typed" in page
    assert not Post.objects.exists()
    none = client_of(bob).post(reverse("posts:create"), form | {"channels": []}).content.decode()
    assert "No posting time of these channels is free" in none


def test_the_move_form_fills_in_the_next_free_slot(feed, bob, client_of):
    post = make_post(channels=[feed], scheduled_at=at("2026-03-12T10:00"))
    url = reverse("posts:move", args=[post.pk])
    page = client_of(bob).post(url, {"day": "2026-03-12", "time": "10:00", "slot": "next"}).content.decode()
    assert 'value="2026-03-10"' in page
    assert 'value="09:30"' in page
    assert Post.objects.get().scheduled_at == at("2026-03-12T10:00")


def test_the_week_shows_which_times_are_free_and_a_post_is_dropped_on_one(feed, bob, carol, client_of):
    make_campaign()
    address = reverse("posts:calendar") + "?view=week&day=2026-03-10"
    page = client_of(bob).get(address).content.decode()
    assert page.count("09:30 is free") == 2
    assert "is free" not in client_of(carol).get(address).content.decode()
    post = make_post(channels=[feed])
    url = reverse("posts:move", args=[post.pk]) + "?view=week&day=2026-03-10"
    form = {"day": "2026-03-13", "time": "09:30", "version": "1"}
    answer = client_of(bob).post(url, form, headers={"hx-request": "true", "hx-target": "calendar"})
    assert answer.content.decode().count("09:30 is free") == 1
    assert Post.objects.get().scheduled_at == at("2026-03-13T09:30")
