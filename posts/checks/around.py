"""What else goes out on the channels of a post, and how near is too near."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.db.models import QuerySet

from posts.models import Channel, Target

APART = timedelta(minutes=30)
"""Two posts on one channel closer together than this take each other's readers."""
SAME_WORDS_WITHIN = timedelta(days=30)
"""The same words on a channel within this time before or after are said to be a repetition."""
AT_MOST = 20  # rows that are looked at to name one

PROMISED = (
    Target.Status.SCHEDULED,
    Target.Status.SENDING,
    Target.Status.NEEDS_CONFIRMATION,
    Target.Status.PUBLISHED,
)
"""A target in one of these goes out, or went, at `promised_at`."""


def promised_on(channels: Iterable[Channel]) -> QuerySet[Target]:
    """Return what goes out, or went, on these channels: a thread once."""
    return every_part_promised_on(channels).filter(position=0)


def every_part_promised_on(channels: Iterable[Channel]) -> QuerySet[Target]:
    """Return the same with each part of a thread, which is a post of its own to the network; no comments."""
    here = [channel.pk for channel in channels]
    return Target.objects.filter(channel__in=here, status__in=PROMISED, as_comment=False)
