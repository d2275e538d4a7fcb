"""A post, its targets and what was tried, as programs read them."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404
from pydantic import BaseModel, Field

from posts.models import Attempt, Fit, Post, PostMedia, Target, TargetMedia
from workspaces.api.calls import Resource
from workspaces.api.schemas import ID, INSTANT, OneOf, Shown
from workspaces.prepared import Prepared

posts = Resource("posts", about="A post is one message of a campaign, on one channel or several.")

ROWS: QuerySet[Post] = Post.objects.select_related("campaign__brand")


class TargetOut(Shown):
    """A post on one of its channels."""

    id: UUID = Field(description="Its id.", examples=[ID])
    channel: UUID = Field(description="The id of the channel.", examples=[ID])
    channel_name: str = Field(description="What the channel is called.", examples=["Barrow & Rye"])
    network: str = Field(description="The network of the channel.", examples=["mastodon"])
    status: Annotated[str, OneOf(Target.Status.values)] = Field(
        description="Where it stands on this channel.", examples=["scheduled"]
    )
    position: int = Field(
        description="0 is the post itself; what follows it there is counted from 1.", examples=[0]
    )
    as_comment: bool = Field(description="Whether it is the first comment below the post.", examples=[False])
    own_words: str = Field(
        description="What it says there in place of the caption; empty where it says that.", examples=[""]
    )
    media: list[UUID] | None = Field(
        description="The ids of what it shows of its own there, in order; null where it shows the post's.",
        examples=[[ID]],
    )
    numbered: bool = Field(description="Whether each part of its thread ends with 2/3.", examples=[False])
    fits: dict[UUID, str] = Field(
        description="The cuts that go out there in place of pictures: the place that each is cut for, by the picture's "
        "id.",
        examples=[{ID: "instagram-post"}],
    )
    sentence: str = Field(description="What happened last, in words.", examples=[""])
    url: str = Field(description="Where it is live.", examples=["https://example.social/@rye/1"])
    published_at: datetime | None = Field(description="When it went live.", examples=[INSTANT])


TARGET: dict[str, Any] = {
    "id": ID,
    "channel": ID,
    "channel_name": "Barrow & Rye",
    "network": "mastodon",
    "status": "scheduled",
    "position": 0,
    "as_comment": False,
    "own_words": "",
    "media": None,
    "numbered": False,
    "fits": {},
    "sentence": "",
    "url": "",
    "published_at": None,
}


class PostOut(Shown):
    """A post."""

    id: UUID = Field(description="Its id.", examples=[ID])
    campaign: UUID = Field(description="The id of its campaign.", examples=[ID])
    title: str = Field(description="Its title, for people here.", examples=["Rye is back"])
    caption: str = Field(description="The words that all its channels share.", examples=["Rye, slowly."])
    status: Annotated[str, OneOf(Post.Status.values)] = Field(
        description="Where it stands, all channels taken together.", examples=["scheduled"]
    )
    review_status: Annotated[str, OneOf(Post.Review.values)] = Field(
        description="Where its review stands.", examples=["approved"]
    )
    review_note: str = Field(description="What should change, or why a yes ended.", examples=[""])
    approved_by: UUID | None = Field(description="The id of whoever gave the last yes.", examples=[ID])
    media: list[UUID] = Field(description="The ids of its pictures and films, in order.", examples=[[ID]])
    targets: list[TargetOut] = Field(description="Its channels.", examples=[[TARGET]])
    scheduled_at: datetime | None = Field(
        description="The instant of its time. What is not scheduled yet only plans it.", examples=[INSTANT]
    )
    wall_time: str = Field(
        description="What clocks show then in `zone`, as a person meant it.", examples=["2026-03-09T10:00:00"]
    )
    zone: str = Field(description="Whose clocks, as an IANA zone.", examples=["Europe/Dublin"])
    published_at: datetime | None = Field(description="When it was out.", examples=[INSTANT])
    trashed_at: datetime | None = Field(description="When it was put in the trash.", examples=[INSTANT])
    created_by: UUID | None = Field(description="The id of whoever made it.", examples=[ID])
    created_at: datetime = Field(description="When it was made.", examples=[INSTANT])
    updated_at: datetime = Field(description="When it was last changed.", examples=[INSTANT])
    version: int = Field(description="Counts its changes; the `ETag` begins with it.", examples=[7])


class AttemptOut(Shown):
    """One try to publish, or to find out what became of one."""

    id: UUID = Field(description="Its id.", examples=[ID])
    target: UUID = Field(description="The id of the target.", examples=[ID])
    channel: UUID = Field(description="The id of the channel.", examples=[ID])
    number: int = Field(description="Which try of this target it was.", examples=[1])
    kind: Annotated[str, OneOf(Attempt.Kind.values)] = Field(
        description="What was tried.", examples=["publish"]
    )
    outcome: Annotated[str, OneOf(Attempt.Outcome.values)] = Field(
        description="What came of it; `ambiguous` where the network gave no clear answer.",
        examples=["accepted"],
    )
    sentence: str = Field(description="The same in words.", examples=["It is live."])
    code: str = Field(description="The network's own word for it.", examples=[""])
    by: str = Field(description="Who decided it, where a person did.", examples=[""])
    started_at: datetime = Field(description="When it began.", examples=[INSTANT])
    ended_at: datetime | None = Field(description="When its outcome was known.", examples=[INSTANT])


_COLUMNS = {
    "id": "pk",
    "channel": "channel_id",
    "channel_name": "channel__name",
    "network": "channel__network",
    "status": "status",
    "position": "position",
    "as_comment": "as_comment",
    "own_words": "own_words",
    "numbered": "numbered",
    "sentence": "sentence",
    "url": "remote_url",
    "published_at": "published_at",
}
"""Where the members of a target are read from: nothing else of it is loaded."""
Rows = QuerySet[Any, tuple[Any, ...]]


def _targets(**which: Any) -> Rows:
    rows = Target.objects.filter(**which).exclude(status=Target.Status.TAKEN_OUT)
    ordered = rows.order_by("channel__name", "channel_id", "as_comment", "position")
    cut = ordered.annotate(is_cut=Exists(Fit.objects.filter(target=OuterRef("pk"))))
    return cut.values_list("post_id", "has_own_media", "is_cut", *_COLUMNS.values())


def _media(**which: Any) -> Rows:
    return PostMedia.objects.filter(**which).order_by("position", "id").values_list("post_id", "asset_id")


_POST = Prepared(lambda post: Post.objects.filter(pk=post))
_TARGETS_OF_ONE = Prepared(lambda post: _targets(post=post))
_MEDIA_OF_ONE = Prepared(lambda post: _media(post=post))


def targets_of(ids: list[UUID]) -> dict[UUID, list[TargetOut]]:
    """Return the targets of each of these posts as programs read them.

    One query; one more where any has pictures of its own, and one where any has cuts.
    """
    found = [
        (post, has_own, is_cut, dict(zip(_COLUMNS, row, strict=True)))
        for post, has_own, is_cut, *row in (
            _TARGETS_OF_ONE.rows(ids[0]) if len(ids) == 1 else _targets(post__in=ids)
        )
    ]
    own = {one["id"]: list[UUID]() for _, has_own, _, one in found if has_own or one["position"]}
    if own:
        rows = TargetMedia.objects.filter(target__in=list(own)).values_list("target_id", "asset_id")
        for target, asset in rows:
            own[target].append(asset)
    fits = {one["id"]: dict[UUID, str]() for _, _, is_cut, one in found if is_cut}
    if fits:
        cuts = Fit.objects.filter(target__in=list(fits)).values_list("target_id", "asset_id", "place")
        for target, asset, place in cuts:
            fits[target][asset] = place
    shown: dict[UUID, list[TargetOut]] = {post: [] for post in ids}
    for post, _, _, one in found:
        shown[post].append(TargetOut(**one, media=own.get(one["id"]), fits=fits.get(one["id"], {})))
    return shown


def shown_many(rows: list[Post]) -> list[BaseModel]:
    """Return posts as programs read them; two queries more for their targets and media, however many."""
    ids = [post.pk for post in rows]
    targets, media = targets_of(ids), defaultdict[UUID, list[UUID]](list)
    for post, asset in _MEDIA_OF_ONE.rows(ids[0]) if len(ids) == 1 else _media(post__in=ids):
        media[post].append(asset)
    return [_shown(post, targets[post.pk], media[post.pk]) for post in rows]


def shown(post: Post) -> PostOut:
    """Return one post as programs read it, as it is stored now."""
    return shown_by_id(post.pk)


def shown_by_id(post_id: UUID) -> PostOut:
    """Return the post of this id as programs read it. Raises Http404."""
    post = _POST.first(post_id)
    if post is None:
        raise Http404
    found = shown_many([post])[0]
    assert isinstance(found, PostOut)
    return found


def _shown(post: Post, targets: list[TargetOut], media: list[UUID]) -> PostOut:
    return PostOut(
        id=post.pk,
        campaign=post.campaign_id,
        title=post.title,
        caption=post.caption,
        status=post.status,
        review_status=post.review_status,
        review_note=post.review_note,
        approved_by=post.approved_by_id,
        media=media,
        targets=targets,
        scheduled_at=post.scheduled_at,
        wall_time=post.wall_time,
        zone=post.zone,
        published_at=post.published_at,
        trashed_at=post.trashed_at,
        created_by=post.created_by_id,
        created_at=post.created_at,
        updated_at=post.updated_at,
        version=post.version,
    )


def shown_attempts(rows: list[Attempt]) -> list[BaseModel]:
    """Return tries as programs read them; their targets are loaded."""
    return [
        AttemptOut(
            id=one.pk,
            target=one.target_id,
            channel=one.target.channel_id,
            number=one.number,
            kind=one.kind,
            outcome=one.outcome,
            sentence=one.sentence,
            code=one.code,
            by=one.by,
            started_at=one.started_at,
            ended_at=one.ended_at,
        )
        for one in rows
    ]
