"""The list of posts as an address asks for it: tab, filters, words, order."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import QueryDict

from aura.kit.paging import CappedCount, Sort
from campaigns.models import Campaign
from posts.models import Channel, Post, Target
from posts.needs import COUNTED_TO, Needs
from workspaces import search
from workspaces.models import Membership, User
from workspaces.scope import current_workspace

S = Post.Status
FEW = 2_500  # posts of a channel
TRASH, NEEDS_YOU = "trash", "needs"
OF_A_CAMPAIGN = (
    "name",
    "status",
    "start_date",
    "end_date",
    "started_at",
    "created_at",
    "archived_at",
    "paused_at",
    "pause_reason",
)
TABS: list[tuple[str, str]] = [
    ("", "All"),
    (S.DRAFT, "Drafts"),
    (S.IN_REVIEW, "In review"),
    (S.APPROVED, "Approved"),
    (S.SCHEDULED, "Scheduled"),
    (S.PUBLISHED, "Published"),
    (NEEDS_YOU, "Needs you"),
    (TRASH, "Trash"),
]
SORTS = [
    Sort("newest", "Newest first"),
    Sort("oldest", "Oldest first", descending=False),
    Sort("soonest", "Next to go out", "scheduled_at", descending=False),
    Sort("latest", "Last to go out", "scheduled_at"),
]


def _is_in(tab: str, status: str, trashed_at: object, needs_you: bool) -> bool:
    if trashed_at or tab == TRASH:
        return bool(trashed_at) and tab == TRASH
    return needs_you if tab == NEEDS_YOU else tab in {"", status}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for, with everything that makes no sense left out."""

    state: str = ""
    campaign: uuid.UUID | None = None
    channel: uuid.UUID | None = None
    person: uuid.UUID | None = None
    words: str = ""
    sort: Sort = SORTS[0]

    @property
    def is_narrowed(self) -> bool:
        """Whether a filter beside the tab is set."""
        return bool(self.campaign or self.channel or self.person or self.words)


@dataclass(frozen=True, slots=True)
class Choices:
    """What the filters offer: campaigns, channels and people of this workspace; three queries."""

    campaigns: list[Campaign]
    channels: list[Channel]
    people: list[User]


def _id(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def read(params: QueryDict) -> Asked:
    """Read an address. What is not understood is left out."""
    state = params.get("state", "")
    known = {key for key, _ in TABS} | set(S.values)
    return Asked(
        state=state if state in known else "",
        campaign=_id(params.get("campaign", "")),
        channel=_id(params.get("channel", "")),
        person=_id(params.get("person", "")),
        words=params.get("q", "").strip()[: search.QUERY_LENGTH],
        sort=next((sort for sort in SORTS if sort.key == params.get("sort")), SORTS[0]),
    )


def choices(*, of_a_campaign: Sequence[str] = ("name",)) -> Choices:
    """Return what the filters offer; `of_a_campaign` are the fields that are read of each."""
    members = Membership.objects.filter(workspace=current_workspace()).select_related("user")
    campaigns = Campaign.objects.filter(trashed_at=None).only(*of_a_campaign)
    return Choices(
        campaigns=list(campaigns.order_by("name", "id")[:200]),
        channels=list(Channel.objects.filter(trashed_at=None).order_by("name")),
        people=sorted((member.user for member in members), key=str),
    )


def narrowed(asked: Asked, *, bounded: bool = False) -> QuerySet[Post]:
    """Return the posts that the filters leave, of every state, trashed ones too.

    `bounded`: whoever asks looks at the posts of some days only, one by one; that saves a query.
    """
    posts: QuerySet[Post] = Post.objects.all()
    if asked.campaign:
        posts = posts.filter(campaign=asked.campaign)
    if asked.channel:
        posts = posts.filter(_is_on(asked.channel, bounded=bounded))
    if asked.person:
        posts = posts.filter(created_by=asked.person)
    if asked.words:
        posts = posts.filter(pk__in=search.ids("post", asked.words))
    return posts


def _is_on(channel: uuid.UUID, *, bounded: bool) -> Q:
    """Return the condition for posts of a channel; one query, which asks whether these are few, unless `bounded`.

    Few are found by their ids. Of many, posts are looked at one by one until the page is full: it soon is, while all
    their ids would have to be gathered before the first one is shown.
    """
    there = Target.objects.filter(channel=channel).exclude(status=Target.Status.TAKEN_OUT)
    if bounded or there.order_by().values("pk")[FEW : FEW + 1].exists():
        return Q(Exists(there.filter(post=OuterRef("pk"))))
    return Q(pk__in=there.order_by().values("post_id"))


def in_state(posts: QuerySet[Post], state: str, needs: Needs) -> QuerySet[Post]:
    """Return those of `posts` that a tab or a status names; `needs` says what waits for the person who asks."""
    if state == TRASH:
        return posts.filter(trashed_at__isnull=False)
    posts = posts.filter(trashed_at=None)
    if state == NEEDS_YOU:
        return posts.filter(needs.condition)
    return posts.filter(status=state) if state else posts


def posts_for(asked: Asked, left: QuerySet[Post], needs: Needs) -> QuerySet[Post]:
    """Return those of `left` (`narrowed`) that the tab names, not in order yet.

    Ordered by time, those without one are left out.
    """
    posts = in_state(left, asked.state, needs)
    return posts.filter(scheduled_at__isnull=False) if asked.sort.field == "scheduled_at" else posts


def counts(asked: Asked, left: QuerySet[Post], membership: Membership, needs: Needs) -> dict[str, int]:
    """Return how many of `left` (`narrowed`) each tab has, counted to 100; one query."""
    if asked.words:  # at most so many as the search finds: cheaper counted here than eight times there
        found = list(left.annotate(needs_you=needs.holds).values_list("status", "trashed_at", "needs_you"))
        return {key: sum(_is_in(key, *row) for row in found) for key, _ in TABS}
    ids = left.order_by().values("pk")
    live = ids.filter(trashed_at=None)
    of_tab = {key: live.filter(status=key) for key, _ in TABS if key in S.values}
    of_tab |= {"": live, TRASH: ids.filter(trashed_at__isnull=False)}
    columns: dict[str, Any] = {
        f"n{number}": needs.number(live) if key == NEEDS_YOU else CappedCount(of_tab[key][:COUNTED_TO])
        for number, (key, _) in enumerate(TABS)
    }
    row: dict[str, Any] = Membership.objects.filter(pk=membership.pk).values(**columns).get()  # type: ignore[assignment]
    return {key: row[f"n{number}"] or 0 for number, (key, _) in enumerate(TABS)}
