"""A post, its targets and what was tried, as programs read them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch, QuerySet, prefetch_related_objects
from pydantic import BaseModel, Field

from posts.models import Attempt, Fit, Post, Target
from workspaces.api.calls import Resource
from workspaces.api.schemas import OneOf, Shown

posts = Resource("posts", about="A post is one message of a campaign, on one channel or several.")

ID = "019ac3f0-1f4e-7cc3-98c4-dc0c0c07398f"
INSTANT = "2026-03-09T09:00:00Z"
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


def shown_many(rows: list[Post]) -> list[BaseModel]:
    """Return posts as programs read them; two queries more for their targets and media, however many."""
    prefetch_related_objects(rows, "media")
    give_targets(rows)
    return [_shown(post) for post in rows]


def give_targets(rows: list[Post]) -> None:
    """Give each post its targets `to_show`, with what each has of its own: asked for where any has it."""
    targets = Target.objects.select_related("channel").exclude(status=Target.Status.TAKEN_OUT)
    is_cut = Exists(Fit.objects.filter(target=OuterRef("pk")))
    ordered = targets.order_by("channel__name", "channel_id", "as_comment", "position")
    prefetch_related_objects(rows, Prefetch("targets", ordered.annotate(is_cut=is_cut), to_attr="to_show"))
    found = [target for post in rows for target in post.to_show]  # type: ignore[attr-defined]
    own = [target for target in found if target.has_own_media or target.position]
    if own:
        prefetch_related_objects(own, "media")
    cut = [target for target in found if target.is_cut]
    if cut:
        prefetch_related_objects(cut, "fits")


def shown(post: Post) -> PostOut:
    """Return one post as programs read it, as it is stored now."""
    found = shown_many([Post.objects.get(pk=post.pk)])[0]
    assert isinstance(found, PostOut)
    return found


def _shown(post: Post) -> PostOut:
    return PostOut(
        id=post.pk,
        campaign=post.campaign_id,
        title=post.title,
        caption=post.caption,
        status=post.status,
        review_status=post.review_status,
        review_note=post.review_note,
        approved_by=post.approved_by_id,
        media=[use.asset_id for use in post.media.all()],
        targets=[shown_target(target) for target in post.to_show],  # type: ignore[attr-defined]
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


def shown_target(target: Target) -> TargetOut:
    """Return a target as programs read it; it was given by `give_targets`."""
    has_own = target.has_own_media or target.position
    return TargetOut(
        id=target.pk,
        channel=target.channel_id,
        channel_name=target.channel.name,
        network=target.channel.network,
        status=target.status,
        position=target.position,
        as_comment=target.as_comment,
        own_words=target.own_words,
        media=[use.asset_id for use in target.media.all()] if has_own else None,
        numbered=target.numbered,
        fits={fit.asset_id: fit.place for fit in target.fits.all()} if target.is_cut else {},  # type: ignore[attr-defined]
        sentence=target.sentence,
        url=target.remote_url,
        published_at=target.published_at,
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
