"""What the calendar says beside its posts, how its drawer is paged, and how posts move in it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import time_machine
from django.urls import reverse

from aura.kit import clock
from posts.models import Post
from posts.months import days_of, number_on, span_of
from posts.tests._made import make_campaign, make_channel, make_post

ZONE = "Europe/Dublin"
NOW = datetime.fromisoformat("2026-03-10T08:00:00+00:00")
DROPPED = {"hx-request": "true", "hx-target": "calendar"}
pytestmark = pytest.mark.usefixtures("scope")


@pytest.fixture(autouse=True)
def march():
    with time_machine.travel(NOW, tick=True):
        yield


def at(text):
    return clock.instant_of(datetime.fromisoformat(text), ZONE)


def calendar(browser, query=""):
    return browser.get(f"{reverse('posts:calendar')}?day=2026-03-10{query}")


def gaps(answer):
    return [day.date.day for day in answer.context["days"] if day.is_gap]


def test_a_day_on_which_a_running_campaign_is_silent_says_so(bob, client_of):
    running = make_campaign(
        "Rye", status="in_progress", start_date=NOW.date(), end_date=NOW.date() + timedelta(days=3)
    )
    make_campaign("Open end", status="in_progress", start_date=NOW.date())
    make_post(campaign=running, scheduled_at=at("2026-03-11T09:00"))
    make_post(campaign=running, status="cancelled", scheduled_at=at("2026-03-12T09:00"))
    browser = client_of(bob)
    answer = calendar(browser)
    assert gaps(answer) == [10, 12, 13]
    assert answer.content.decode().count(">No post<") == 3
    assert gaps(calendar(browser, f"&view=week&campaign={running.pk}")) == [10, 12, 13]
    assert gaps(calendar(browser, "&state=draft")) == []


def test_a_list_shows_the_silent_days_between_its_posts(bob, client_of):
    running = make_campaign("Rye", status="in_progress", start_date=NOW.date(), end_date="2026-03-20")
    for day in (11, 13):
        make_post(campaign=running, scheduled_at=at(f"2026-03-{day}T09:00"))
    answer = calendar(client_of(bob), "&view=list")
    assert [day.date.day for day in answer.context["days"]] == [11, 12, 13]
    assert gaps(answer) == [12]


@pytest.mark.parametrize("view", ["month", "week", "list"])
def test_posts_of_one_channel_within_half_an_hour_say_so(view, bob, client_of):
    one, other = make_channel("One"), make_channel("Other")
    campaign = make_campaign()
    times = [("A", one, "09:00"), ("B", one, "09:29"), ("C", one, "09:59"), ("D", other, "09:05")]
    for title, channel, time in times:
        make_post(title, campaign, [channel], "scheduled", scheduled_at=at(f"2026-03-11T{time}"))
    make_post("Off", campaign, [other], "cancelled", scheduled_at=at("2026-03-11T09:05"))
    answer = calendar(client_of(bob), f"&view={view}")
    titles = {post.title for post in Post.objects.filter(pk__in=answer.context["clashes"])}
    assert titles == {"A", "B"}
    assert "Close to another" in answer.content.decode()


def test_a_clash_with_a_post_that_the_filter_hides_is_seen(bob, client_of):
    channel = make_channel("One")
    mine, hidden = make_campaign("Mine"), make_campaign("Hidden")
    make_post("A", mine, [channel], "scheduled", scheduled_at=at("2026-03-11T09:00"))
    make_post("B", hidden, [channel], "scheduled", scheduled_at=at("2026-03-11T09:10"))
    answer = calendar(client_of(bob), f"&view=week&campaign={mine.pk}")
    assert answer.content.decode().count("Close to another") == 1


def test_the_drawer_is_paged_in_every_view_and_keeps_the_filters(bob, client_of):
    campaign, browser = make_campaign(), client_of(bob)
    for number in range(9):
        make_post(f"Draft {number}", campaign)
    for view, size in (("month", 8), ("week", 6), ("list", 8)):
        first = calendar(browser, f"&view={view}&campaign={campaign.pk}")
        assert len(first.context["drawer"]) == size
        assert str(campaign.pk) in first.context["drawer_links"]["older"]
        second = browser.get(reverse("posts:calendar") + first.context["drawer_links"]["older"])
        assert len(second.context["drawer"]) == 9 - size
        assert second.context["drawer_links"]["older"] == ""
        assert "Place it" in second.content.decode()


def test_the_rest_of_a_day_keeps_the_filters(bob, client_of):
    campaign, channel = make_campaign(), make_channel()
    for number in range(5):
        make_post(
            f"Post {number}", campaign, [channel], "scheduled", scheduled_at=at(f"2026-03-11T1{number}:00")
        )
    page = calendar(client_of(bob), f"&campaign={campaign.pk}").content.decode()
    assert f"?view=list&amp;day=2026-03-11&amp;campaign={campaign.pk}" in page


def test_a_drop_on_a_day_whose_clocks_skip_the_time_is_refused_with_a_sentence(bob, client_of):
    post = make_post(status="scheduled", scheduled_at=at("2026-03-28T01:30"))
    url = reverse("posts:move", args=[post.pk]) + "?view=week&day=2026-03-28"
    answer = client_of(bob).post(url, {"day": "2026-03-29"}, headers=DROPPED)
    assert answer.status_code == 409
    assert "does not exist" in answer.content.decode()
    assert Post.objects.get().scheduled_at == at("2026-03-28T01:30")


def test_a_drop_on_a_time_that_comes_twice_is_asked_about(bob, client_of):
    post = make_post(status="scheduled", scheduled_at=at("2026-10-24T01:30"))
    browser = client_of(bob)
    url = reverse("posts:move", args=[post.pk]) + "?view=week&day=2026-10-24"
    answer = browser.post(url, {"day": "2026-10-25"}, headers=DROPPED)
    asked = answer["HX-Redirect"]
    assert Post.objects.get().scheduled_at == at("2026-10-24T01:30")
    page = browser.get(asked).content.decode()
    assert "The second, after they went back" in page
    form = {"day": "2026-10-25", "time": "01:30", "fold": "1"}
    done = browser.post(asked, form)
    assert done.status_code == 302
    assert "view=week" in done["Location"]
    assert Post.objects.get().scheduled_at == datetime.fromisoformat("2026-10-25T01:30:00+00:00")


def test_a_week_of_one_channel_costs_no_more_than_twelve_queries(
    bob, client_of, django_assert_max_num_queries
):
    channel = make_channel()
    make_post(channels=[channel], status="scheduled", scheduled_at=at("2026-03-11T09:00"))
    browser = client_of(bob)
    calendar(browser)  # the first visit writes down that the person was here
    with django_assert_max_num_queries(12):
        answer = calendar(browser, f"&view=week&channel={channel.pk}")
    assert sum(len(day.posts) for day in answer.context["days"]) == 1


def test_what_a_full_day_costs_does_not_grow_with_its_posts(bob, client_of):
    campaign, channel = make_campaign(), make_channel()
    Post.objects.bulk_create(
        Post(title=f"Post {n}", campaign=campaign, scheduled_at=at("2026-03-11T09:00") + timedelta(seconds=n))
        for n in range(130)
    )
    make_post("Off", campaign, [channel], "cancelled", scheduled_at=at("2026-03-12T09:00"))
    browser = client_of(bob)
    for view, shown in (("month", 3), ("week", 12)):
        answer = calendar(browser, f"&view={view}")
        days = {day.date.day: day for day in answer.context["days"] if not day.outside}
        assert [post.title for post in days[11].posts] == [f"Post {n}" for n in range(shown - 1)]
        assert f"{100 - shown + 1}+ more" in answer.content.decode()
        assert (days[11].is_spoken_for, days[12].is_spoken_for, days[13].is_spoken_for) == (
            True,
            False,
            False,
        )
        assert number_on(answer.context["days"]) == (101, "101+")
        same = calendar(browser, f"&view={view}&state=cancelled").context["days"]
        assert [day.date.day for day in same if day.posts] == [12]


@pytest.mark.parametrize("few", [False, True])
def test_days_are_the_same_whether_they_are_asked_or_read(few, bob):
    zone, campaign, channel = "America/St_Johns", make_campaign(), make_channel()
    times = [
        "2026-03-07T23:59",
        "2026-03-08T00:00",
        "2026-03-08T23:59",
        "2026-03-09T12:00",
        "2026-03-09T12:00",
    ]
    for number, time in enumerate(times):  # clocks go forward there on the 8th
        instant = clock.instant_of(datetime.fromisoformat(time), zone)
        make_post(
            f"{number}", campaign, [channel], "cancelled" if number == 2 else "pending", scheduled_at=instant
        )
    make_post("Gone", campaign, [channel], scheduled_at=instant, trashed_at=clock.now())
    live = Post.objects.filter(trashed_at=None)
    span = span_of("week", datetime.fromisoformat("2026-03-08").date())
    days, wanted = days_of(span, live, zone, NOW.date(), shown=2, few=few)
    titles = dict(Post.objects.values_list("pk", "title"))
    assert [titles[pk] for pk in wanted] == ["0", "1", "2"]
    assert [day.more for day in days] == [0] * 7
    assert [day.date.day for day in days if day.is_spoken_for] == [7, 8]
    assert [day.note for day in days][-1] == "Clocks go forward"
    monday = span_of("week", datetime.fromisoformat("2026-03-09").date())
    days, wanted = days_of(monday, live, zone, NOW.date(), shown=1, few=few)
    assert (days[0].more, wanted) == (2, [])
