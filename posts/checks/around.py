"""What else goes out on the channels of a post, and how near is too near."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import CharField, Count, DateTimeField, QuerySet, Value
from django.db.models.functions import Cast

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


@dataclass(frozen=True, slots=True)
class Other:
    """Another post that goes out, or went, on one of the channels."""

    title: str
    channel_id: uuid.UUID
    promised_at: datetime
    status: str
    words_hash: str

    def __str__(self) -> str:
        return self.title


class Asked(StrEnum):
    """What is asked about other posts."""

    NEAR = "near"
    ALIKE = "alike"
    AHEAD = "ahead"
    ON_DAY = "day"


@dataclass(frozen=True, slots=True)
class Others:
    """What was found; of each question in the order in which it was asked for."""

    posts: Mapping[Asked, Sequence[Other]]
    on_day: Mapping[uuid.UUID, int]
    """How many go out on each channel that day."""


def others_of(asked: Mapping[Asked, QuerySet[Target]], *, on_day: QuerySet[Target] | None = None) -> Others:
    """Return what these querysets find, and how many targets `on_day` has on each channel: all in one query.

    As a union of what is found by ids, because SQLite cuts no part of a union short.
    """
    columns = ("promised_at", "channel_id", "post__title", "status", "words_hash")
    parts = [
        Target.objects.filter(pk__in=rows.values("pk"))
        .order_by()
        .values_list(Value(str(name)), *columns, Value(0))
        for name, rows in asked.items()
    ]
    if on_day is not None:
        no_time, no_words = Cast(Value(None), DateTimeField()), Value("", CharField())
        counted = on_day.order_by().values("channel_id").annotate(number=Count("id"))
        parts.append(
            counted.values_list(
                Value(str(Asked.ON_DAY)), no_time, "channel_id", no_words, no_words, no_words, "number"
            )
        )
    found: dict[Asked, list[Other]] = {name: [] for name in asked}
    numbers = {}
    for name, at, channel, title, status, words, number in (
        parts[0].union(*parts[1:], all=True) if parts else ()
    ):
        if name == Asked.ON_DAY:
            numbers[channel] = number
        else:
            found[Asked(name)].append(Other(title, channel, at, status, words))
    return Others(found, numbers)
