"""Posting times of a channel, given and taken away."""

from __future__ import annotations

from collections.abc import Collection
from datetime import time

from posts.models import Channel, PostingSlot
from posts.operations.channels import GONE
from posts.operations.writing import author
from workspaces.operation import Actor, Refused, operation

SLOTS_AT_MOST = 100  # of one channel


@operation
def add_slots(channel: Channel, *, weekdays: Collection[int], time: time, by: Actor) -> Channel:
    """Let the channel post at `time` on those days of the week (0 is Monday). Those it has already stay.

    Raises Refused for a channel in the trash, and where it would have too many.
    """
    stored = Channel.objects.select_for_update(of=("self",)).get(pk=channel.pk)
    if stored.trashed_at:
        raise Refused(GONE)
    at = time.replace(second=0, microsecond=0)
    there = set(PostingSlot.objects.filter(channel=stored).values_list("weekday", "time"))
    new = [weekday for weekday in sorted(set(weekdays)) if (weekday, at) not in there]
    if not new:
        raise Refused(f"{stored} has that time already. Pick another one.")
    if len(there) + len(new) > SLOTS_AT_MOST:
        raise Refused(f"A channel has at most {SLOTS_AT_MOST} posting times. Take some away first.")
    PostingSlot.objects.bulk_create(
        PostingSlot(channel=stored, weekday=weekday, time=at, created_by=author(by)) for weekday in new
    )
    return stored


@operation
def remove_slot(slot: PostingSlot, *, by: Actor) -> Channel:
    """Take a posting time away. Posts that are scheduled then stay."""
    channel = slot.channel
    PostingSlot.objects.filter(pk=slot.pk).delete()
    return channel
