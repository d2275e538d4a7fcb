"""What waits for a person: one condition for Home and for the list of posts, and one sentence for both."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q

from posts.models import Post, Preflight, Target
from workspaces.models import User
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
class Needs:
    """Which posts wait for a person, as a condition of a query and of a row alike.

    What went wrong and what waits for a yes is for whoever publishes; for others it is their own. A review is for
    whoever may answer it.
    """

    person: User
    of_all: tuple[str, ...]
    of_others: tuple[str, ...]
    of_mine: tuple[str, ...]

    @classmethod
    def of(cls, person: User, *, role: str) -> Needs:
        """Return what a person of this role is waited for."""
        publishes = may(person, "posts.schedule_post", role=role)
        writes = may(person, "posts.edit_post", role=role)
        reviews = (S.IN_REVIEW,) if publishes else ()
        workspace = current_workspace()
        by_other = workspace.approval == workspace.Approval.OTHER
        if workspace.approval == workspace.Approval.PERSON and workspace.approver_id != person.pk:
            reviews = ()
        troubles = (*TROUBLES, S.PARTLY_PUBLISHED)
        return cls(
            person,
            of_all=(*(troubles if publishes else ()), *(() if by_other else reviews)),
            of_others=reviews if by_other else (),
            of_mine=(*troubles, S.CHANGES_REQUESTED) if writes else (),
        )

    @property
    def condition(self) -> Q:
        """The posts that wait for the person, those in the trash too."""
        mine = Q(created_by=self.person)
        any_of_them = Q(status__in={*self.of_all, *self.of_others, *self.of_mine})  # what an index can find
        theirs = Q(status__in=self.of_all) | Q(mine, status__in=self.of_mine)
        if self.of_others:
            theirs |= Q(~mine, status__in=self.of_others)
        not_out = Exists(Target.objects.filter(post=OuterRef("pk"), status__in=NOT_OUT))
        return any_of_them & theirs & (~Q(status=S.PARTLY_PUBLISHED) | Q(not_out))

    def include(self, post: Post) -> bool:
        """Tell whether this post, with its targets loaded, waits for the person."""
        is_mine = post.created_by_id == self.person.pk
        if post.status not in (*self.of_all, *(self.of_mine if is_mine else self.of_others)):
            return False
        return post.status != S.PARTLY_PUBLISHED or any(t.status in NOT_OUT for t in post.targets.all())


def stopped_ahead(needs: Needs, *, now: datetime, limit: int) -> list[Preflight]:
    """Return the looks at scheduled posts that found something in their way, the next to go out first; one query.

    For whoever publishes those of everybody, for others their own; a post has one at most.
    """
    looks = Preflight.objects.filter(
        blocks=True,
        for_at__gt=now,
        for_at=F("post__scheduled_at"),
        post__status=S.SCHEDULED,
        post__trashed_at=None,
    )
    if not needs.of_all:
        looks = looks.filter(post__created_by=needs.person)
    return list(looks.order_by("for_at", "id")[:limit])


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
