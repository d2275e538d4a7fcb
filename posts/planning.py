"""What a calendar says beside its posts: days on which a running campaign is silent, and posts that come too close."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta

from django.db.models import Q

from aura.kit import clock
from campaigns.models import Campaign
from posts.checks.around import APART
from posts.models import Post, Target
from posts.months import Day

CLOSE = APART
"""Two posts of one channel that are nearer than this take each other's readers."""
NEIGHBOURS = 2_000  # posts looked at beside those shown
LOOKED_FOR = 92  # days between two posts of a list that are looked at for gaps
_AHEAD = (Target.Status.PENDING, Target.Status.SCHEDULED)


Planned = tuple[datetime, uuid.UUID, uuid.UUID]
"""A post on a channel that is not out yet: when, the post, the channel."""


Between = tuple[datetime, datetime]


def around_shown(days: Iterable[Day], now: datetime) -> list[Between]:
    """Return the times in which a neighbour of what these days show, and is still to come, could be."""
    shown = ([post.scheduled_at for post in day.posts if post.scheduled_at] for day in days)
    coming = ([at for at in times if at >= now] for times in shown)
    return [(min(times) - CLOSE, max(times) + CLOSE) for times in coming if times]


def planned(between: Sequence[Between]) -> list[Planned]:
    """Return what is planned between those instants, in order, whatever a filter shows; one query, none for none.

    What is out is not there any more, and what is called off does not come.
    """
    if not between:
        return []
    then = Q()
    for first, last in between:
        then |= Q(scheduled_at__gte=first, scheduled_at__lt=last)
    ids = Post.objects.filter(then, trashed_at=None).order_by().values("pk")
    if (
        len(between) == 1
    ):  # a long time; several short ones are bounded by what is shown, and in order SQLite would
        ids = ids.order_by("scheduled_at", "id")[:NEIGHBOURS]  # walk everything to find them
    ahead = Target.objects.filter(post__in=ids, status__in=_AHEAD, position=0).order_by()
    rows = ahead.values_list("post__scheduled_at", "post_id", "channel_id")
    return sorted((at, post, channel) for at, post, channel in rows if at is not None)


def clashing(rows: Iterable[Planned]) -> frozenset[uuid.UUID]:
    """Return the ids of posts that another post of one of their channels comes within half an hour of."""
    before: dict[uuid.UUID, tuple[datetime, uuid.UUID]] = {}
    found: set[uuid.UUID] = set()
    for at, post, channel in rows:
        if channel in before and at - before[channel][0] < CLOSE:
            found |= {post, before[channel][1]}
        before[channel] = (at, post)
    return frozenset(found)


def mark_gaps(days: Iterable[Day], campaigns: Iterable[Campaign], *, zone: str) -> None:
    """Mark the days from today on that a campaign runs through and that have no post among those asked for.

    A campaign promises the days from its first to its last; one without a last day promises none.
    """
    spans = [
        (first, campaign.end_date)
        for campaign in campaigns
        if campaign.status == Campaign.Status.IN_PROGRESS and not campaign.archived_at and campaign.end_date
        for first in [_first_day(campaign, zone)]
    ]
    for day in days:
        ahead = not (day.is_past or day.outside or day.is_spoken_for)
        day.is_gap = ahead and any(first <= day.date <= last for first, last in spans)


def gap_days(
    first: date, last: date, taken: Collection[date], campaigns: Iterable[Campaign], *, today: date, zone: str
) -> list[Day]:
    """Return the days between two that are not `taken` and are gaps, for a list that shows only days with posts."""
    number = range(1, min((last - first).days, LOOKED_FOR))
    days = [Day(first + timedelta(days=n), today) for n in number if first + timedelta(days=n) not in taken]
    mark_gaps(days, campaigns, zone=zone)
    return [day for day in days if day.is_gap]


def _first_day(campaign: Campaign, zone: str) -> date:
    if campaign.start_date is not None:
        return campaign.start_date
    return clock.wall_of(campaign.started_at or campaign.created_at, zone).date()
