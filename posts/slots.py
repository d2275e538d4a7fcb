"""When a channel's posting times come round, and which of them no post has taken."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta

from aura.kit import clock
from posts.models import Channel, PostingSlot, Target
from posts.models.target import NO_PART
from workspaces.quiet import Quiet
from workspaces.scope import current_workspace

AHEAD = timedelta(weeks=12)
"""How far ahead a free time is looked for."""


def times_of(slot: PostingSlot, zone: str, first: datetime, last: datetime) -> Iterator[datetime]:
    """Yield the instants after `first` and before `last` at which the slot comes round, by the clocks of `zone`.

    Recurring times: one that clocks skip is shifted forward, of one that comes twice the first counts.
    """
    day = clock.wall_of(first, zone).date() - timedelta(days=1)
    day += timedelta(days=(slot.weekday - day.weekday()) % 7)
    while (at := clock.shifted_instant_of(datetime.combine(day, slot.time), zone)) < last:
        if at > first:
            yield at
        day += timedelta(weeks=1)


def next_free(
    channels: Collection[uuid.UUID], *, workspace_zone: str, after: datetime, but: uuid.UUID | None = None
) -> datetime | None:
    """Return the first posting time of these channels, outside quiet times, at which none has a post; two queries.

    `but` is the post that looks for its own time. None where every time of the next weeks is taken, or there are none.
    """
    slots = PostingSlot.objects.filter(channel__in=channels, channel__trashed_at=None).select_related(
        "channel"
    )
    wanted = sorted(
        {
            at
            for slot in slots
            for at in times_of(slot, slot.channel.zone or workspace_zone, after, after + AHEAD)
        }
    )
    quiet = Quiet.of(current_workspace())
    wanted = [at for at in wanted if not quiet.why(at)]
    if not wanted:
        return None
    there = Target.objects.filter(
        channel__in=channels,
        post__trashed_at=None,
        post__scheduled_at__gte=wanted[0] - timedelta(minutes=1),
        post__scheduled_at__lt=wanted[-1] + timedelta(minutes=1),
    )
    there = there.exclude(status__in=NO_PART).exclude(post=but)
    taken = {_minute(at) for at in there.values_list("post__scheduled_at", flat=True) if at is not None}
    return next((at for at in wanted if at not in taken), None)


def free_between(
    slots: Iterable[PostingSlot],
    channels: Iterable[Channel],
    taken: Iterable[tuple[datetime, uuid.UUID]],
    *,
    workspace_zone: str,
    first: datetime,
    last: datetime,
) -> list[tuple[datetime, list[Channel]]]:
    """Return the posting times between two instants that are free and not quiet, each with its channels; no query.

    `taken` are the times and channels of posts.
    """
    by_id = {channel.pk: channel for channel in channels}
    quiet = Quiet.of(current_workspace())
    full = {(_minute(at), channel) for at, channel in taken}
    free: dict[datetime, dict[uuid.UUID, Channel]] = {}
    for slot in slots:
        channel = by_id.get(slot.channel_id)
        if channel is None:
            continue
        for at in times_of(slot, channel.zone or workspace_zone, first, last):
            if (at, channel.pk) not in full and not quiet.why(at):
                free.setdefault(at, {})[channel.pk] = channel
    return [(at, list(free[at].values())) for at in sorted(free)]


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)
