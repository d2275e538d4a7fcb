"""What waits for a person: one condition for Home and for the list of posts, and one sentence for both."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from aura.kit import clock
from posts.agreement import Rules, rules_of_channels, waits_for
from posts.models import Post, Target
from posts.stops import stopped
from workspaces.models import User
from workspaces.operation import may

NUMBERS = [
    "No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve",
]  # fmt: skip
COUNTED_TO = 100
S, T = Post.Status, Target.Status
TROUBLES = (S.NEEDS_CONFIRMATION, S.FAILED, S.MISSED)
NOT_OUT = (T.FAILED, T.MISSED)  # of a post that is partly out: what a person has to decide about


@dataclass(frozen=True)
class Needs:
    """Which posts wait for a person at this moment, as a condition of a query.

    What went wrong, or will not go out as it is, is for whoever publishes; for others it is their own. A review is for
    whoever may give the yes that its workspace and its channels ask for.
    """

    person: User
    publishes: bool
    writes: bool
    approves: bool
    now: datetime

    @classmethod
    def of(cls, person: User, *, role: str, now: datetime | None = None) -> Needs:
        """Return what a person of this role is waited for; no query."""
        return cls(
            person,
            publishes=may(person, "posts.schedule_post", role=role),
            writes=may(person, "posts.edit_post", role=role),
            approves=may(person, "posts.approve_post", role=role),
            now=now or clock.now(),
        )

    @cached_property
    def rules(self) -> Rules:
        """What channels ask for; one query, once."""
        return rules_of_channels()

    @property
    def condition(self) -> Q:
        """The posts that wait for the person, those in the trash too."""
        parts = [ids.order_by() for ids in self._parts()]  # SQLite joins nothing that is in an order
        return Q(pk__in=parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0])

    def _parts(self) -> list[QuerySet[Any]]:
        """Return querysets of ids, each answered from an index of its own."""
        mine = Post.objects.filter(created_by=self.person)
        parts: list[QuerySet[Any]] = [Post.objects.none().values("pk")]
        if self.approves:
            asked = Post.objects.filter(status=S.IN_REVIEW)
            parts.append(asked.filter(waits_for(self.person, self.rules)).values("pk"))
        if self.writes:
            parts.append(mine.filter(status=S.CHANGES_REQUESTED).values("pk"))
        if not (self.publishes or self.writes):
            return parts[1:] or parts
        whose = Post.objects.all() if self.publishes else mine
        half_out = Exists(Target.objects.filter(post=OuterRef("pk"), status__in=NOT_OUT))
        parts.append(whose.filter(status__in=TROUBLES).values("pk"))
        parts.append(whose.filter(half_out, status=S.PARTLY_PUBLISHED).values("pk"))
        for ids in stopped(self.now, self.rules):
            if not self.publishes:
                name = "created_by" if ids.model is Post else "post__created_by"
                ids = ids.filter(**{name: self.person})
            parts.append(ids)
        return parts[1:]


def counted(number: int) -> str:
    """Return a number that was counted to 100 at most, as it is shown."""
    return f"{COUNTED_TO - 1}+" if number >= COUNTED_TO else str(number)


def sentence_of(posts: int, channels: int = 0) -> str:
    """Return "Two posts and one channel need you.", or "" when nothing does."""
    parts = [
        f"{_word(number)} {noun if number == 1 else noun + 's'}"
        for number, noun in ((posts, "post"), (channels, "channel"))
        if number
    ]
    if not parts:
        return ""
    said = " and ".join(parts)
    return f"{said[0].upper()}{said[1:]} {'needs' if posts + channels == 1 else 'need'} you."


def _word(number: int) -> str:
    return NUMBERS[number].lower() if number < len(NUMBERS) else counted(number)
