"""The next time at which a post meets nothing: no neighbour within half an hour, and room in the day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from django.db.models import QuerySet

from aura.kit import clock
from posts.checks.around import APART, Other, promised_on
from posts.checks.sizes import capabilities_of
from posts.models import Channel, Target
from workspaces.quiet import Quiet

LOOKS_AHEAD = timedelta(days=14)
NEIGHBOURS = 5000
STEPS = 500


def ahead_of(channels: Iterable[Channel], start: datetime, zone: str) -> QuerySet[Target]:
    """Return what goes out on these channels in the two weeks from `start` on, the first of them first."""
    ahead = promised_on(channels).filter(
        promised_at__gt=min(start - APART, clock.begin_of(_day(start, zone), zone)),
        promised_at__lt=start + LOOKS_AHEAD,
    )
    return ahead.order_by("promised_at")


def next_free(
    channels: Sequence[Channel], start: datetime, others: Iterable[Other], quiet: Quiet
) -> datetime | None:
    """Return the first time from `start` on that is free on all the channels; None in the next two weeks.

    `others` are those of `ahead_of`, without the post that is to have it; no query.
    """
    if not channels:
        return None
    zone = quiet.zone
    rows = [(other.promised_at, other.channel_id) for other in others]
    times = [at for at, _ in rows]
    on_day = Counter((channel, _day(at, zone)) for at, channel in rows)
    quotas = {channel.pk: capabilities_of(channel).posts_per_day for channel in channels}
    at = start
    for _step in range(STEPS):
        clash = max((time for time in times if abs(time - at) < APART), default=None)
        day = _day(at, zone)
        if clash is not None:
            at = clash + APART
        elif any(most is not None and on_day[channel, day] >= most for channel, most in quotas.items()):
            wall = clock.wall_of(start, zone)
            at = clock.shifted_instant_of(datetime.combine(day + timedelta(days=1), wall.time()), zone)
        elif quiet.why(at):
            free = quiet.ends(at)
            if free is None:
                return None
            at = free
        else:
            return at if at < start + LOOKS_AHEAD else None
    return None


def _day(at: datetime, zone: str) -> date:
    return clock.wall_of(at, zone).date()
