"""What a campaign's page shows of its posts, and what goes with a campaign."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns import operations
from campaigns.models import Campaign
from campaigns.sections import Shown
from media_library.models import Asset
from posts import campaign_sections
from posts.models import Post, PostMedia, Target
from posts.tests._made import make_asset, make_campaign, make_channel, make_post
from workspaces import search
from workspaces.models import User, Workspace
from workspaces.operation import SYSTEM

NOW = datetime(2026, 3, 12, 9, 42, tzinfo=UTC)
TODAY = NOW.date()
SCHEDULED = Target.Status.SCHEDULED


def shown(campaign: Campaign, **counts: int) -> Shown:
    return Shown(campaign, counts or {"scheduled": 1}, NOW, TODAY, "Europe/Dublin")


def running(**fields: Any) -> Campaign:
    days = {"start_date": date(2026, 3, 9), "end_date": date(2026, 3, 29)}
    return make_campaign(**{"status": "in_progress", "started_at": NOW, **days, **fields})


def at(day: int, hour: int = 9) -> datetime:
    return datetime(2026, 3, day, hour, tzinfo=UTC)


def test_progress_names_the_first_day_on_which_nothing_goes_out(scope: Workspace) -> None:
    campaign = running()
    for day in (13, 14, 16):
        make_post(campaign=campaign, status=SCHEDULED, scheduled_at=at(day))
    section = campaign_sections.progress(shown(campaign, published=13, scheduled=11, draft=14))
    assert section is not None
    assert (section["out"], section["total"], section["percent"]) == (13, 38, 34)
    assert section["empty_day"] == date(2026, 3, 15)


def test_a_post_late_at_night_counts_for_the_workspaces_own_day(scope: Workspace) -> None:
    campaign = running(start_date=date(2026, 3, 30), end_date=date(2026, 3, 31))
    make_post(campaign=campaign, status=SCHEDULED, scheduled_at=datetime(2026, 3, 29, 23, 30, tzinfo=UTC))
    section = campaign_sections.progress(shown(campaign, scheduled=1))
    assert section is not None
    assert section["empty_day"] == date(
        2026, 3, 31
    )  # 23:30 UTC is half past midnight in Dublin's summer time


@pytest.mark.parametrize(
    "fields", [{"end_date": None}, {"status": "completed"}, {"end_date": date(2026, 3, 12)}]
)
def test_no_day_is_named_where_none_is_to_be_filled(scope: Workspace, fields: dict[str, Any]) -> None:
    section = campaign_sections.progress(shown(running(**fields), draft=1))
    assert section is not None
    assert section["empty_day"] is None


def test_the_plan_has_every_day_and_each_post_on_its_own(scope: Workspace) -> None:
    campaign = running()
    make_post("Launch day", campaign=campaign, status=SCHEDULED, scheduled_at=at(13, 7))
    make_post("Not of these days", campaign=campaign, status=SCHEDULED, scheduled_at=at(30, 12))
    section = campaign_sections.plan(shown(campaign))
    assert section is not None
    assert len(section["days"]) == 21
    assert [cell.day.day for cell in section["days"] if cell.now] == [12]
    pins = {
        cell.day.day: pin.post.title for lane in section["lanes"] for cell in lane.cells for pin in cell.pins
    }
    assert pins == {13: "Launch day"}
    assert section["weeks"] == [("Week 1", 7), ("Week 2", 7), ("Week 3", 7)]


def test_a_long_campaign_shows_four_weeks_around_today(scope: Workspace) -> None:
    campaign = running(start_date=date(2026, 1, 1), end_date=date(2026, 12, 31))
    section = campaign_sections.plan(shown(campaign))
    assert section is not None
    assert (section["first"], section["last"]) == (date(2026, 3, 2), date(2026, 3, 29))


def test_a_full_day_shows_three_and_counts_the_rest(scope: Workspace) -> None:
    campaign = running()
    for _ in range(5):
        make_post(campaign=campaign, status=SCHEDULED, scheduled_at=at(13))
    section = campaign_sections.plan(shown(campaign))
    assert section is not None
    cell = next(cell for lane in section["lanes"] for cell in lane.cells if cell.pins)
    assert (len(cell.pins), cell.more) == (3, 2)


def test_pictures_are_shown_once_and_only_of_posts_that_are_there(scope: Workspace) -> None:
    campaign, picture = running(), make_asset()
    for _ in range(2):
        PostMedia.objects.create(post=make_post(campaign=campaign), asset=picture)
    gone = make_post(campaign=campaign, trashed_at=NOW)
    PostMedia.objects.create(post=gone, asset=make_asset("In the trash"))
    section = campaign_sections.pictures(shown(campaign))
    assert section is not None
    assert section["assets"] == [picture]


def test_the_page_costs_the_same_for_few_and_many_posts(
    scope: Workspace, alice: User, client_of: Any
) -> None:
    campaign, browser, counted = running(), client_of(alice), []
    channels = [make_channel(), make_channel("By hand", "by_hand")]
    for number in (2, 18):
        for _ in range(number):
            post = make_post(campaign=campaign, channels=channels, status=SCHEDULED)
            PostMedia.objects.create(post=post, asset=make_asset())
        address = campaign.get_absolute_url()
        browser.get(address)
        with CaptureQueriesContext(connection) as caught:
            page = browser.get(address).content.decode()
        assert "See all" in page
        counted.append(len(caught))
    assert counted[0] == counted[1]
    assert counted[1] <= 22


def test_a_campaign_takes_its_posts_and_their_own_pictures_along_and_brings_them_back(
    scope: Workspace,
) -> None:
    campaign, other = running(), make_campaign("Other")
    own, shared = make_asset("Own"), make_asset("Shared")
    post = make_post("Launch day", campaign=campaign, status=SCHEDULED)
    earlier = make_post("Gone earlier", campaign=campaign, trashed_at=NOW - timedelta(days=1))
    elsewhere = make_post("Elsewhere", campaign=other)
    for one, asset in ((post, own), (post, shared), (elsewhere, shared)):
        PostMedia.objects.create(post=one, asset=asset)
    listed, number = operations.promises([campaign.pk])
    assert ([promise.title for promise in listed], number) == (["Launch day"], 1)

    operations.trash_campaign(campaign, with_contents=True, now=NOW, by=SYSTEM)
    post.refresh_from_db()
    assert post.trashed_at is not None
    assert not Target.objects.filter(post=post, status=SCHEDULED).exists()
    assert {asset.title for asset in Asset.objects.filter(trashed_at__isnull=False)} == {"Own"}

    operations.restore_campaign(campaign, now=NOW, by=SYSTEM)
    assert not Asset.objects.filter(trashed_at__isnull=False).exists()
    assert [one.pk for one in Post.objects.filter(trashed_at__isnull=False)] == [earlier.pk]
    assert search.ids("post", "launch") == [post.pk]
    assert search.ids("asset", "own") == [own.pk]
    assert not Target.objects.filter(post=post, status=SCHEDULED).exists()


def test_after_thirty_days_campaign_posts_and_pictures_are_gone(scope: Workspace) -> None:
    campaign = running()
    PostMedia.objects.create(post=make_post(campaign=campaign), asset=make_asset("Own"))
    operations.trash_campaign(campaign, with_contents=True, now=NOW, by=SYSTEM)
    later = NOW + timedelta(days=30, minutes=1)
    assert operations.purge_expired(now=later) == 1
    from media_library.operations import purge_expired

    purge_expired(now=later)
    assert not Campaign.objects.filter(pk=campaign.pk).exists()
    assert not Post.objects.exists()
    assert not Asset.objects.exists()


def test_the_palette_finds_posts_with_their_campaign(scope: Workspace) -> None:
    from posts.finding import build

    post = make_post("Launch day", campaign=running())
    gone = make_post("Gone", trashed_at=NOW)
    found = build([gone.pk, post.pk])
    assert [(row.title, row.note, row.status) for row in found] == [("Launch day", "Hot-spring rye", "draft")]
