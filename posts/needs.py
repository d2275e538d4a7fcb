"""What waits for a person: one condition for Home and for the list of posts, and one sentence for both."""

from __future__ import annotations

import operator
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, reduce
from itertools import chain
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Least

from aura.kit import clock
from aura.kit.paging import CappedCount, ListedIds
from posts.agreement import NEVER, Rules, rules_of_channels, waits_for
from posts.models import Post, Target
from posts.models.target import STOPPED
from posts.stops import stopped
from workspaces.models import User, Workspace
from workspaces.operation import may
from workspaces.scope import current_workspace

NUMBERS = [
    "No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve",
]  # fmt: skip
COUNTED_TO = 100
S, T = Post.Status, Target.Status
TROUBLES = (S.NEEDS_CONFIRMATION, S.FAILED, S.MISSED)
NOT_OUT = (T.FAILED, T.MISSED)  # of a post that is partly out: what a person has to decide about


@dataclass(frozen=True, slots=True)
class First:
    """What waits for a person: how much, each number counted to 100, and the ids of the first.

    `held` will not go out as things are, the next one before; of the `others` the newest is before.
    """

    number_held: int = 0
    number_of_others: int = 0
    held: Sequence[uuid.UUID] = ()
    others: Sequence[uuid.UUID] = ()

    @property
    def number(self) -> int:
        """How many there are of both."""
        return min(self.number_held + self.number_of_others, COUNTED_TO)


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
        parts = [Post.objects.filter(cause).order_by().values("pk") for cause in self._causes]
        if len(parts) < 2:
            return Q(pk__in=parts[0] if parts else [])
        return Q(pk__in=parts[0].union(*parts[1:], all=True))

    @property
    def holds(self) -> Q:
        """The same, as it is quicker to ask of a few posts that are found already."""
        found = NEVER
        for cause in self._causes:
            found |= cause
        return found

    def number(self, posts: QuerySet[Post, Any]) -> Combinable:
        """Return how many of `posts` wait for the person, counted to 100, as an expression; no query of its own.

        Of each cause 100 are looked at, however many there are.
        """
        ids = posts.order_by().values("pk")
        parts = [CappedCount(ids.filter(cause)[:COUNTED_TO]) for cause in self._causes]
        return Least(reduce(operator.add, parts), Value(COUNTED_TO)) if parts else Value(0)

    def first(self, posts: QuerySet[Post], each: int) -> First:
        """Return the first of `posts` that wait for the person, `each` of what will not go out and of the others.

        One query.
        """
        if not self._causes:
            return First()
        soonest, newest = (
            posts.order_by(*order).values("pk") for order in (("scheduled_at", "-id"), ("-id",))
        )
        ahead = [soonest.filter(cause)[:COUNTED_TO] for cause in self._ahead]
        behind = [newest.filter(cause)[:COUNTED_TO] for cause in self._one_by_one]
        parts = [ListedIds(part) for part in (*ahead, *behind)]
        found = Workspace.objects.filter(pk=current_workspace().pk).values_list(*parts).get()
        held = list(chain(*found[: len(ahead)]))
        others = sorted(chain(*found[len(ahead) :]), reverse=True)
        return First(
            min(len(held), COUNTED_TO),
            min(len(others), COUNTED_TO),
            [uuid.UUID(pk) for pk in held[:each]],
            [uuid.UUID(pk) for pk in others[:each]],
        )

    @cached_property
    def _causes(self) -> list[Q]:
        """Why a post can wait for the person: no two hold for one post, and each is answered from an index."""
        if not (self.publishes or self.writes):
            return []  # who may say yes may write
        return [*self._ahead, *self._asked, self._whose & Q(status__in=TROUBLES), self._half_out]

    @property
    def _one_by_one(self) -> list[Q]:
        """The causes of what is not ahead, so that an index has the newest first: of each state alone."""
        troubles = [self._whose & Q(status=trouble) for trouble in TROUBLES]
        return [*self._asked, *troubles, self._half_out]

    @cached_property
    def _whose(self) -> Q:
        return Q() if self.publishes else Q(created_by=self.person)

    @cached_property
    def _ahead(self) -> list[Q]:
        """Of what will not go out, the next before."""
        return [self._whose & cause for cause in stopped(self.now, self.rules)]

    @cached_property
    def _asked(self) -> list[Q]:
        found = []
        if self.approves:
            found.append(Q(status=S.IN_REVIEW) & waits_for(self.person, self.rules))
        if self.writes:
            found.append(Q(status=S.CHANGES_REQUESTED, created_by=self.person))
        return found

    @cached_property
    def _half_out(self) -> Q:
        open_ones = Q(status__in=NOT_OUT) | (STOPPED & Q(channel__trashed_at=None))
        out = Target.objects.filter(open_ones, post=OuterRef("pk"))
        return self._whose & Q(Exists(out), status=S.PARTLY_PUBLISHED)


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
