"""The next time at which a post meets nothing: no neighbour within half an hour, and room in the day."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from aura.kit import clock
from posts.checks.around import APART, promised_on
from posts.checks.sizes import capabilities_of
from posts.models import Channel
from workspaces.quiet import Quiet

LOOKS_AHEAD = timedelta(days=14)
NEIGHBOURS = 5000
STEPS = 500


def next_free(
    channels: Sequence[Channel], start: datetime, *, quiet: Quiet, leaving_out: uuid.UUID
) -> datetime | None:
    """Return the first time from `start` on that is free on all the channels; None in the next two weeks.

    `leaving_out` is the post that is to have it. One query.
    """
    if not channels:
        return None
    zone = quiet.zone
    ahead = promised_on(channels).filter(
        promised_at__gt=min(start - APART, clock.begin_of(_day(start, zone), zone)),
        promised_at__lt=start + LOOKS_AHEAD,
    )
    others = ahead.exclude(post=leaving_out).order_by("promised_at")
    found = others.values_list("promised_at", "channel_id")[:NEIGHBOURS]
    rows = [(at, channel) for at, channel in found if at is not None]
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
