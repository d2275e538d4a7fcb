"""What will go wrong with channels if nobody does anything: sign-ins that end, and the posts that come after."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from aura.kit import clock
from posts.models import Channel, Target
from posts.networks import UnknownNetwork, get_network

AHEAD = timedelta(days=30)
"""How long before the end of a sign-in it is spoken of: what is renewed each month has lasted longer by then."""
SOON = timedelta(days=7)
"""How long before it is spoken of even where no post depends on it yet."""

_SCHEDULED = Q(targets__status=Target.Status.SCHEDULED)


def is_ending(channel: Channel, now: datetime) -> bool:
    """Tell whether a person has to connect the channel again before long."""
    return (
        channel.trashed_at is None
        and channel.status != Channel.Status.BROKEN
        and channel.ends_at is not None
        and channel.ends_at <= now + AHEAD
    )


def failing_targets(channel: Channel) -> QuerySet[Target]:
    """Return what is scheduled on the channel for after the end of its sign-in."""
    after = Q(promised_at__gte=channel.ends_at) if channel.ends_at else Q(pk=None)
    return Target.objects.filter(after, channel=channel, status=Target.Status.SCHEDULED)


def channels_in_need(now: datetime, *, limit: int) -> list[Any]:
    """Return the channels that a person has to connect again, those that stand still first; one query.

    With `waiting` (what is scheduled there) and `failing` (what of it comes after the end of the sign-in).
    """
    ends = Q(ends_at__lte=now + AHEAD) & ~Q(status=Channel.Status.BROKEN)
    broken = Q(status=Channel.Status.BROKEN)
    rows = Channel.objects.filter(broken | ends, trashed_at=None).annotate(
        waiting=Count("targets__post", filter=_SCHEDULED, distinct=True),
        failing=Count(
            "targets__post", filter=_SCHEDULED & Q(targets__promised_at__gte=F("ends_at")), distinct=True
        ),
    )
    wanted = rows.filter(broken | Q(failing__gt=0) | Q(ends_at__lte=now + SOON))
    found = list(wanted.order_by("ends_at", "name")[:limit])
    return sorted(found, key=lambda channel: channel.status != Channel.Status.BROKEN)


def says(channel: Channel, failing: int, now: datetime, zone: str) -> tuple[str, str]:
    """Return what will happen, and what depends on it: "LinkedIn signs out on Thursday", "3 posts will fail …"."""
    if channel.ends_at is None:
        return "", ""
    wall, today = clock.wall_of(channel.ends_at, zone).date(), clock.wall_of(now, zone).date()
    days = {today: "today", today + timedelta(days=1): "tomorrow"}
    day = f"on {wall:%A}" if wall < today + timedelta(days=7) else f"on {wall.day} {wall:%B}"
    posts = f"{failing} scheduled {'post' if failing == 1 else 'posts'} will fail"
    unless = "unless it is connected again before" if failing else "Connect it again before."
    return f"{name_of(channel)} signs out {days.get(wall, day)}", f"{posts} {unless}" if failing else unless


def name_of(channel: Channel) -> str:
    """Return what the channel's network is called."""
    try:
        return get_network(channel.network).name
    except UnknownNetwork:
        return channel.network
