"""Posts as lists, calendar and Home show them: with their cover and their networks, in two queries for any number."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from django.db.models import F, OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.fields.json import KeyTextTransform

from aura.kit.paging import ListedRows
from media_library.models import Rendition
from posts.models import Channel, Post, PostMedia, Target

COVER = ("cover_id", "cover_kind", "cover_status")
OF_A_TARGET = (
    "post",
    "status",
    "sentence",
    "position",
    "as_comment",
    "channel__name",
    "channel__network",
    "channel__settings",
    "channel__status",
    "channel__pause_reason",
    "channel__trashed_at",
)
"""What a card shows of a target: a month has hundreds."""
UNFINISHED = (Post.Status.DRAFT, Post.Status.IN_REVIEW, Post.Status.CHANGES_REQUESTED, Post.Status.APPROVED)
"""Written, and nothing is promised yet."""
HELD = frozenset({*UNFINISHED, Post.Status.SCHEDULED})
_TO_COME = frozenset({Target.Status.PENDING, Target.Status.SCHEDULED})
EDITABLE = (
    *UNFINISHED,
    Post.Status.SCHEDULED,
    Post.Status.FAILED,
    Post.Status.MISSED,
    Post.Status.CANCELLED,
)
"""Nothing of it is out, or may be: its words can be changed."""


def with_cards(posts: QuerySet[Post]) -> QuerySet[Post]:
    """Add what `post_card` and `post_thumb` show: the thumbnail of the first picture, and targets with channels."""
    targets = (
        Target.objects.select_related("channel")
        .order_by("channel__name", "as_comment", "position", "id")
        .only(*OF_A_TARGET)
    )
    return _with_covers(posts).prefetch_related(Prefetch("targets", targets))


def with_marks(posts: QuerySet[Post]) -> QuerySet[Post]:
    """Add the thumbnail, and of the targets no more than a calendar shows, where to and what holds them back.

    In the same query and without an object for each target: a month has hundreds.
    """
    stands_for = KeyTextTransform("stands_for", "channel__settings")
    targets = Target.objects.filter(post=OuterRef("pk")).annotate(stands_for=stands_for)
    ordered = targets.order_by("channel__name", "as_comment", "position", "id")
    return _with_covers(posts).annotate(
        marks=ListedRows(ordered, "status", "channel__network", "stands_for", "channel__status")
    )


def _with_covers(posts: QuerySet[Post]) -> QuerySet[Post]:
    first = PostMedia.objects.filter(post=OuterRef("pk"), position=0)
    made = first.filter(
        asset__current__renditions__preset=Rendition.Preset.THUMB,
        asset__current__renditions__status=Rendition.Status.READY,
    )
    return posts.annotate(
        cover_id=Subquery(made.values("asset__current__renditions__id")[:1]),
        cover_kind=Subquery(first.values("asset__kind")[:1]),
        cover_status=Subquery(first.values("asset__status")[:1]),
    )


class Mark(NamedTuple):
    """What a card shows of a target: its state, the network whose glyph stands for its channel, the channel's state."""

    status: str
    network: str
    channel_status: str


def marks_of(post: Post) -> list[Mark]:
    """Return the marks of a post that came through `with_cards` or `with_marks`; no query."""
    rows = getattr(post, "marks", None)
    if rows is not None:
        return [Mark(status, stands_for or network, state) for status, network, stands_for, state in rows]
    return [
        Mark(target.status, network_of(target.channel), target.channel.status)
        for target in post.targets.all()
    ]


def of_page(
    posts: Iterable[Post], *, also_show: Callable[[QuerySet[Post]], QuerySet[Post]] | None = None
) -> list[Post]:
    """Return the posts of a page again, in their order, with what a list shows of each; two queries.

    Asked for by their ids: what a list is narrowed and sorted by is one query, what each row shows another, so that
    no database joins or looks for pictures before it has chosen the rows.
    """
    ids = [post.pk for post in posts]
    rows = with_cards(Post.objects.filter(pk__in=ids).select_related("campaign", "created_by").order_by())
    by_id = {post.pk: post for post in (rows if also_show is None else also_show(rows))}
    return [by_id[pk] for pk in ids if pk in by_id]


def with_pauses(posts: QuerySet[Post]) -> QuerySet[Post]:
    """Add whether the campaign of each is paused, for `held_word`."""
    return posts.annotate(campaign_paused_at=F("campaign__paused_at"))


def held_word(post: Any) -> str:
    """Return the word for what holds back a post that is still to go out, "" for nothing; asks nothing.

    The post came through `with_pauses`, and `with_cards` or `with_marks`.
    """
    if post.status not in HELD:
        return ""
    states = {mark.channel_status for mark in marks_of(post) if mark.status in _TO_COME}
    if Channel.Status.BROKEN in states:
        return "Needs reconnecting"
    return "Paused" if post.campaign_paused_at or Channel.Status.PAUSED in states else ""


def network_of(channel: Any) -> str:
    """Return the network whose glyph stands for a channel: by hand shows the one it stands for."""
    return str(channel.settings.get("stands_for") or channel.network)


def networks_of(post: Post) -> list[str]:
    """Return the networks a post goes to, each once, in the order of its channels' names."""
    parts = (mark for mark in marks_of(post) if mark.status != Target.Status.TAKEN_OUT)
    return list(dict.fromkeys(mark.network for mark in parts))


def alike(channels: Iterable[Channel]) -> set[uuid.UUID]:
    """Return the ids of those channels whose glyph another of them has: beside that one each needs its name."""
    glyphs: dict[str, list[uuid.UUID]] = {}
    for channel in channels:
        glyphs.setdefault(network_of(channel), []).append(channel.pk)
    return {pk for ids in glyphs.values() if len(ids) > 1 for pk in ids}
