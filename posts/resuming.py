"""What resuming would let go, said before anybody presses: how many posts, in which order, how long that takes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count

from posts.models import Target
from workspaces.scope import current_workspace

T = Target.Status
ROWS = 2_000  # campaigns times channels with something due: more than any workspace has


@dataclass(frozen=True, slots=True)
class Waiting:
    """What became due on one channel, of one campaign, within the time a post may be late."""

    campaign: Any
    channel: Any
    name: str
    spacing: timedelta
    number: int


def waiting(now: datetime) -> list[Waiting]:
    """Return what waits although it is due, by campaign and channel; one query."""
    grace = timedelta(minutes=current_workspace().grace_minutes)
    due = Target.objects.filter(
        status=T.SCHEDULED, position=0, promised_at__lte=now, promised_at__gte=now - grace
    )
    columns = ("post__campaign", "channel", "channel__name", "channel__spacing_seconds")
    rows = due.order_by().values_list(*columns).annotate(number=Count("pk"))
    return [
        Waiting(campaign, channel, name, timedelta(seconds=spacing), number)
        for campaign, channel, name, spacing, number in rows[:ROWS]
    ]


def said_before(rows: Iterable[Waiting], *, minutes: int) -> str:
    """Return how what waits would go out once it is resumed, "Nothing is due …" where nothing does."""
    by_channel: dict[Any, tuple[str, timedelta, int]] = {}
    for row in rows:
        number = by_channel.get(row.channel, ("", timedelta(), 0))[2]
        by_channel[row.channel] = (row.name, row.spacing, number + row.number)
    total = sum(number for *_, number in by_channel.values())
    if not total:
        return "Nothing is due now; what comes later keeps its time."
    one = total == 1
    first = f"{total} {'post' if one else 'posts'} became due and {'goes' if one else 'go'} out at once"
    slow = max(by_channel.values(), key=lambda row: row[1] * (row[2] - 1))
    name, spacing, number = slow
    if not one:
        first += ", the earliest first"
        if spacing and number > 1:
            first += f", on {name} {_spoken(spacing)} apart: the last about {_spoken(spacing * (number - 1))} later"
        else:
            first += ", one after the other on each channel"
    return f"{first}. What is more than {minutes} minutes late is missed and not sent."


def _spoken(length: timedelta) -> str:
    seconds = int(length.total_seconds())
    if seconds < 120:
        return f"{seconds} seconds"
    minutes = round(seconds / 60)
    return f"{minutes} minutes" if minutes < 120 else f"{round(minutes / 60)} hours"
