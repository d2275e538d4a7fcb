"""Posts that come again: on which dates, made once each, carried on, called off, and left alone where changed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from aura.kit import clock, jobs
from aura.kit.testing import just_now
from posts.models import Post, Series, SeriesDate, Target
from posts.operations.scheduling import cancel_post, move_post
from posts.operations.series import MAKE, begin_series, carry_on, end_series, pause_series, resume_series
from posts.operations.series_rhythm import edit_series
from posts.recurring import comes_again, coming, dates_of, instant_on
from posts.tests._made import make_asset, make_channel, make_post, use
from posts.tests.test_slots import CHANGES
from workspaces.models import Activity, Membership
from workspaces.operation import Refused

ZONE = "Europe/Dublin"
NOW = datetime.fromisoformat("2026-03-10T08:00:00+00:00")  # a Tuesday


# The dates ---------------------------------------------------------------------------------------------------------


@given(
    unit=st.sampled_from(["day", "week"]),
    every=st.integers(1, 5),
    weekdays=st.integers(1, 127),
    first=st.dates(date(2026, 1, 1), date(2026, 12, 31)),
    length=st.integers(0, 120),
    count=st.none() | st.integers(1, 20),
)
@settings(max_examples=100, deadline=None)
def test_dates_follow_the_rule_and_end_where_it_says(unit, every, weekdays, first, length, count):
    last = first + timedelta(days=length)
    series = Series(unit=unit, every=every, weekdays=weekdays, first_date=first, count=count, last_date=last)
    found = list(dates_of(series, last + timedelta(days=400)))
    assert found == sorted(set(found))
    assert all(first <= day <= last for day in found)
    assert count is None or len(found) <= count
    week = first - timedelta(days=first.weekday())
    for day in found:
        if unit == "day":
            assert (day - first).days % every == 0
        else:
            assert weekdays >> day.weekday() & 1
            assert (day - week).days // 7 % every == 0
    assert comes_again(series, first - timedelta(days=1)) == bool(found)


@given(change=st.sampled_from(CHANGES), days=st.integers(-4, 4), at=st.times())
@settings(max_examples=150, deadline=None)
def test_F12_the_wall_time_of_a_series_holds_through_every_change_of_clocks(change, days, at):
    zone, around = change
    day = clock.wall_of(datetime.fromisoformat(around).replace(tzinfo=UTC), zone).date() + timedelta(
        days=days
    )
    time = at.replace(second=0, microsecond=0)
    instant = instant_on(Series(time=time, zone=zone), day)
    if instant is None:  # the day itself never was
        assert (zone, day) == ("Pacific/Apia", date(2011, 12, 30))
        return
    wall = clock.wall_of(instant, zone)
    if wall != datetime.combine(day, time):  # in a gap: later by what clocks skip
        assert timedelta(0) < wall - datetime.combine(day, time) <= timedelta(hours=1)
    else:  # of two the first
        assert clock.wall_of(instant - timedelta(hours=1), zone) != wall
        assert clock.wall_of(instant - timedelta(minutes=30), zone) != wall


# Made ahead --------------------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def march(request):
    if "scope" not in request.fixturenames:
        yield
        return
    with time_machine.travel(NOW, tick=True) as traveller:
        yield traveller


@pytest.fixture
def post(scope):
    made = make_post("Bun Friday", channels=[make_channel("Feed")], scheduled_at=at("2026-03-13T09:00"))
    use(make_asset(), made)
    Target.objects.filter(post=made).update(own_words="Buns, here.")
    return made


def at(text):
    return clock.instant_of(datetime.fromisoformat(text), ZONE)


def begin(post, by, **changes):
    rule = {
        "unit": "week",
        "weekdays": 1 << 4,
        "first_date": date(2026, 3, 13),
        "time": clock_time(9),
        "zone": ZONE,
    }
    series = begin_series(Series(pattern=post, **rule | changes), by=by)
    make(series)
    return Series.objects.get(pk=series.pk)


def make(series):
    Series.objects.filter(pk=series.pk).update(due_at=just_now())
    jobs.run_one(MAKE, series.workspace_id, series.pk)


def dates(series):
    return [row.date.day for row in SeriesDate.objects.filter(series=series, post__isnull=False)]


def test_posts_are_made_ahead_scheduled_and_say_what_the_pattern_says(post, bob):
    series = begin(post, bob)
    assert dates(series) == [13, 20, 27, 3]
    made = Post.objects.get(series_date__date=date(2026, 4, 3))
    assert (made.title, made.caption, made.status) == (post.title, post.caption, "scheduled")
    assert made.scheduled_at == at("2026-04-03T09:00"), "the clocks went forward in between"
    assert made.targets.get().own_words == "Buns, here."
    assert made.media.count() == 1
    assert made.created_by == bob
    assert Post.objects.get(pk=post.pk).status == "draft", "the pattern is its own post"
    assert series.due_at > clock.now()


def test_no_date_is_followed_twice(post, bob, march):
    series = begin(post, bob)
    make(series)
    assert Post.objects.count() == 4
    with pytest.raises(IntegrityError), transaction.atomic():
        SeriesDate.objects.create(series=series, date=date(2026, 3, 20))
    march.shift(timedelta(days=7))
    make(series)
    assert dates(series) == [13, 20, 27, 3, 10]
    march.shift(timedelta(days=60))  # nothing was running: what went by is left out
    make(series)
    assert min(SeriesDate.objects.filter(date__gt=date(2026, 4, 10)).values_list("date", flat=True)) == date(
        2026, 5, 22
    )


def test_it_ends_after_so_many_times(post, bob):
    series = begin(post, bob, count=2)
    assert dates(series) == [13, 20]
    assert series.due_at is None


def test_where_approval_is_asked_for_the_next_ones_are_drafts_with_a_time(post, bob, scope):
    scope.approval = "anyone"
    scope.save()
    series = begin(post, bob)
    made = SeriesDate.objects.get(date=date(2026, 3, 20))
    assert made.post.status == "draft"
    assert made.post.scheduled_at == at("2026-03-20T09:00")
    assert "approved" in made.sentence
    assert dates(series) == [13, 20, 27, 3]


def test_the_pattern_in_the_trash_leaves_the_latest_to_go_on_from_and_none_ends_it(post, bob, march):
    series = begin(post, bob)
    Post.objects.filter(pk=post.pk).update(trashed_at=clock.now())
    march.shift(timedelta(days=7))
    make(series)
    assert 10 in dates(series)
    Post.objects.update(trashed_at=clock.now())
    march.shift(timedelta(days=7))
    make(series)
    assert "in the trash" in Series.objects.get().sentence
    assert Series.objects.get().ended_at


# This one, and all that follow ------------------------------------------------------------------------------------


def of(day):
    return Post.objects.get(series_date__date=day)


def test_what_one_says_is_carried_on_to_those_that_were_not_changed(post, bob):
    series = begin(post, bob)
    first, second, third = (of(date(2026, 3, 20)), of(date(2026, 3, 27)), of(date(2026, 4, 3)))
    Post.objects.filter(pk=third.pk).update(caption="Mine alone.")
    Post.objects.filter(pk=first.pk).update(caption="New words.")
    move_post(first, at=at("2026-03-20T17:30"), by=bob)
    done = carry_on(Post.objects.get(pk=first.pk), by=bob)
    assert done.changed == 1
    assert done.left == ["3 April: It was changed on its own."]
    second.refresh_from_db()
    assert (second.caption, second.scheduled_at, second.status) == (
        "New words.",
        at("2026-03-27T17:30"),
        "scheduled",
    )
    assert Target.objects.get(post=second).due_at == second.scheduled_at
    third.refresh_from_db()
    assert third.caption == "Mine alone."
    assert Post.objects.get(pk=post.pk).caption == "Bread, slowly.", "what came before stays"
    series.refresh_from_db()
    assert (series.pattern, series.time) == (first, clock_time(17, 30))


def test_one_that_is_called_off_is_not_made_again(post, bob):
    series = begin(post, bob)
    cancel_post(of(date(2026, 3, 20)), by=bob)
    make(series)
    assert of(date(2026, 3, 20)).status == "cancelled"
    assert Post.objects.count() == 4


def test_this_and_all_following_are_called_off_and_the_series_ends(post, bob):
    series = begin(post, bob)
    Post.objects.filter(pk=of(date(2026, 4, 3)).pk).update(published_at=clock.now())
    done = end_series(series, start=date(2026, 3, 27), by=bob)
    assert done.changed == 1
    assert done.left == ["“Bun Friday” on 3 April is out already."]
    assert [of(date(2026, 3, day)).status for day in (20, 27)] == ["scheduled", "cancelled"]
    make(series)
    assert Post.objects.count() == 4
    with pytest.raises(Refused, match="has ended"):
        resume_series(series, by=bob)


def test_a_paused_series_makes_nothing_and_goes_on_once_resumed(post, bob, march):
    series = begin(post, bob)
    pause_series(series, by=bob)
    march.shift(timedelta(days=14))
    make(series)
    assert Post.objects.count() == 4
    resume_series(series, by=bob)
    make(series)
    assert dates(series) == [13, 20, 27, 3, 10, 17]


@pytest.mark.parametrize("who", ["bob", "carol", "mallory"])
def test_R2_only_who_schedules_lets_posts_come_again(who, post, alice, request):
    person = request.getfixturevalue(who)
    Membership.objects.filter(user=person, role="editor").update(role="contributor")
    series = begin(post, alice)
    before = list(Series.objects.values()), list(Post.objects.order_by("pk").values())
    other = make_post("Other", created_by=person)
    for change in (
        lambda: begin_series(Series(pattern=other), by=person),
        lambda: pause_series(series, by=person),
        lambda: end_series(series, start=date(2026, 3, 13), by=person),
        lambda: carry_on(post, by=person),
    ):
        with pytest.raises(PermissionDenied):
            change()
    assert before == (
        list(Series.objects.values()),
        list(Post.objects.exclude(pk=other.pk).order_by("pk").values()),
    )


# Pages -------------------------------------------------------------------------------------------------------------


def test_a_post_is_repeated_by_its_page_and_its_series_is_ended_there(post, bob, carol, client_of):
    browser, url = client_of(bob), reverse("posts:repeat", args=[post.pk])
    page = browser.get(url).content.decode()
    assert 'value="2026-03-13"' in page
    assert 'value="09:00"' in page
    form = {
        "every": "1",
        "unit": "week",
        "weekdays": ["4"],
        "first_date": "2026-03-13",
        "time": "09:00",
        "schedule": "on",
    }
    for wrong in (
        {"weekdays": []}, {"every": "0"}, {"first_date": "2026-03-01"}, {"last_date": "2026-03-12"},
        {"last_date": "2026-04-01", "count": "3"}, {"first_date": "2026-03-14", "last_date": "2026-03-15"},
    ):  # fmt: skip
        assert browser.post(url, form | wrong).status_code == 422, wrong
    assert client_of(carol).post(url, form).status_code == 403
    assert not Series.objects.exists()
    there = browser.post(url, form)["Location"]
    series = Series.objects.get()
    make(series)
    page = browser.get(there).content.decode()
    assert page.count("Cancel this and all following") == 4
    assert "Every week on Friday at 09:00" in browser.get(reverse("posts:series_list")).content.decode()
    assert "Cancel this one" not in client_of(carol).get(there).content.decode()
    assert browser.get(url)["Location"] == there, "a post of a series leads to it"
    assert there in browser.get(reverse("posts:edit", args=[post.pk])).content.decode()
    assert browser.post(reverse("posts:carry_on", args=[post.pk])).status_code == 302
    assert browser.post(reverse("posts:series_pause", args=[series.pk])).status_code == 302
    assert browser.post(reverse("posts:series_resume", args=[series.pk])).status_code == 302
    assert client_of(carol).post(reverse("posts:series_end", args=[series.pk])).status_code == 403
    assert (
        browser.post(reverse("posts:series_end", args=[series.pk]), {"start": "2026-03-20"}).status_code
        == 302
    )
    assert sorted(Post.objects.values_list("status", flat=True)) == ["cancelled"] * 3 + ["draft"]
    assert Activity.objects.filter(verb="posts.end_series").count() == 1


# Another rhythm ---------------------------------------------------------------------------------------------------


def rule(series, **changes):
    """The rhythm of a series from Saturday 14 March 2026 on, with these changes."""
    kept = {name: getattr(series, name) for name in ("every", "unit", "weekdays", "time", "zone", "schedule")}
    return Series(pattern=series.pattern, **kept | {"first_date": date(2026, 3, 14)} | changes)


def days_of(series):
    rows = SeriesDate.objects.filter(
        series=series, post__trashed_at=None, post__status="scheduled"
    ).select_related("post")
    return {row.date: clock.wall_of(row.post.scheduled_at, ZONE).time() for row in rows}


def test_another_time_of_day_moves_what_is_there_and_what_comes(post, bob):
    series = begin(post, bob)
    done = edit_series(series, rule=rule(series, time=clock_time(17, 30)), by=bob)
    make(series)
    assert (done.changed, done.left) == (3, [])
    later = clock_time(17, 30)
    assert days_of(series) == dict.fromkeys([date(2026, 3, 20), date(2026, 3, 27), date(2026, 4, 3)], later)
    assert of(date(2026, 4, 3)).status == "scheduled"
    assert of(date(2026, 4, 3)).scheduled_at == at("2026-04-03T17:30"), "clocks went forward in between"
    entry = Activity.objects.filter(verb="posts.edit_series").get()
    assert entry.actor == bob


def test_other_days_take_the_place_of_those_that_nobody_touched(post, bob):
    series = begin(post, bob)
    Post.objects.filter(pk=of(date(2026, 3, 20)).pk).update(caption="Mine alone.")
    move_post(of(date(2026, 3, 27)), at=at("2026-03-28T11:00"), by=bob)
    off = of(date(2026, 4, 3))
    cancel_post(off, by=bob)
    done = edit_series(series, rule=rule(series, weekdays=1 << 1), by=bob)
    make(series)
    assert done.left == [
        "20 March: It was changed on its own.",
        "27 March: It was moved on its own.",
        "3 April: It is called off.",
    ]
    assert sorted(days_of(series)) == [date(2026, 3, day) for day in (17, 20, 24, 27, 31)] + [
        date(2026, 4, 7)
    ]
    assert not Post.objects.filter(trashed_at__isnull=False).exists()
    back = edit_series(Series.objects.get(), rule=rule(series), by=bob)
    make(series)
    assert back.changed == 4, "the Tuesdays go, as nobody touched them"
    assert Post.objects.filter(trashed_at__isnull=False).count() == 4
    assert date(2026, 3, 17) not in days_of(series)


def test_what_the_others_are_made_from_stays(post, bob, march):
    series = begin(post, bob)
    done = edit_series(series, rule=rule(series, weekdays=1, first_date=date(2026, 3, 11)), by=bob)
    assert done.left == ["13 March: The others are made from it."]
    assert Post.objects.get(pk=post.pk).trashed_at is None
    assert done.changed == 3


def test_R2_only_who_publishes_changes_a_rhythm_and_an_ended_series_has_none(post, bob, carol, mallory):
    series = begin(post, bob)
    for person in (carol, mallory):
        with pytest.raises(PermissionDenied):
            edit_series(series, rule=rule(series, every=2), by=person)
    Membership.objects.filter(user=carol).update(role="contributor")
    with pytest.raises(PermissionDenied):
        edit_series(series, rule=rule(series, every=2), by=carol)
    end_series(series, by=bob)
    with pytest.raises(Refused, match="has ended"):
        edit_series(series, rule=rule(series, every=2), by=bob)
    assert Series.objects.get().every == 1
    assert dates(series) == [13, 20, 27, 3]


FORM = {
    "every": "1",
    "unit": "week",
    "weekdays": "4",
    "first_date": "2026-03-14",
    "time": "17:30",
    "schedule": "on",
}


def test_the_page_shows_the_dates_and_what_becomes_of_posts_before_it_changes_them(
    post, bob, carol, client_of
):
    series = begin(post, bob)
    Post.objects.filter(pk=of(date(2026, 3, 20)).pk).update(caption="Mine alone.")
    browser, url = client_of(bob), reverse("posts:series_edit", args=[series.pk])
    assert 'value="2026-03-13"' in browser.get(url).content.decode()
    shown = browser.post(url, FORM | {"preview": "1"}).content.decode()
    assert "2 posts that are there already get the new time." in shown
    assert "It was changed on its own." in shown
    assert "Fri 3 Apr 17:30" in shown
    part = browser.post(
        url, FORM | {"preview": "1"}, headers={"hx-request": "true", "hx-target": "series-dates"}
    )
    assert b"<html" not in part.content
    assert b"Fri 3 Apr 17:30" in part.content
    assert Series.objects.get().time == clock_time(9)
    too_far = browser.post(url, FORM | {"first_date": "2026-05-01"})
    assert too_far.status_code == 422
    assert "Pick a day until 9 April" in too_far.content.decode()
    assert client_of(carol).get(url).status_code == 403
    assert browser.post(url, FORM)["Location"] == reverse("posts:series", args=[series.pk])
    assert Series.objects.get().time == clock_time(17, 30)
    assert (
        "Change the rhythm"
        not in client_of(carol).get(reverse("posts:series", args=[series.pk])).content.decode()
    )
    repeat = reverse("posts:repeat", args=[Post.objects.create(title="New", campaign=post.campaign).pk])
    assert "Fri 20 Mar 17:30" in browser.post(repeat, FORM | {"preview": "1"}).content.decode()
    assert Series.objects.count() == 1


def test_a_series_that_begins_far_ahead_does_not_list_its_first_post_twice(post, bob, client_of):
    first = date(2026, 6, 5)
    Post.objects.filter(pk=post.pk).update(scheduled_at=at("2026-06-05T09:00"))
    series = begin(Post.objects.get(pk=post.pk), bob, first_date=first)
    context = client_of(bob).get(reverse("posts:series", args=[series.pk])).context
    assert [row.date for row, _ in context["rows"]] == [first]
    assert context["coming"][0].date == first + timedelta(weeks=1)


def test_dates_to_come_show_what_clocks_do():
    weekly = Series(
        unit="week", weekdays=1 << 6, first_date=date(2026, 3, 1), time=clock_time(1, 30), zone=ZONE
    )
    shown = coming(weekly, date(2026, 3, 14), number=3)
    assert [(one.date.day, one.clocks) for one in shown[:3]] == [(15, "GMT"), (22, "GMT"), (29, "IST")]
    assert shown[2].note == "Clocks skip 01:30 on this day."
    assert clock.wall_of(shown[2].at, ZONE).time() == clock_time(2, 30)
    winter = coming(weekly, date(2026, 10, 19), number=1)
    assert winter[0].note == "This hour comes twice; the first counts."
    far = coming(weekly, date(2026, 4, 6), number=2)
    assert [one.clocks for one in far] == ["IST", "IST", "GMT"], "and the first after the next change"
    assert far[2].date == date(2026, 11, 1)
    assert far[1].at - far[0].at == timedelta(days=7)


def test_where_nothing_repeats_the_page_offers_what_could(scope, bob, carol, client_of):
    address = reverse("posts:series_list")
    assert reverse("posts:create") in client_of(bob).get(address).content.decode()
    post = make_post("Friday loaf", channels=[make_channel()])
    way = reverse("posts:repeat", args=[post.pk])
    assert way in client_of(bob).get(address).content.decode()
    assert way not in client_of(carol).get(address).content.decode()
    assert len(client_of(bob).get(way).context["coming"]) >= 6, (
        "The dates of what is offered are there at once."
    )
