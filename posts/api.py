"""The calls of posts."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, cast
from uuid import UUID

from pydantic import BaseModel, Field

from campaigns.models import Campaign
from posts.lists import SORTS
from posts.models import Post, Target
from workspaces.api.calls import Call, Resource
from workspaces.api.paging import Listing
from workspaces.api.schemas import OneOf, Shown

posts = Resource("posts", about="A post is one message of a campaign, on one channel or several.")

ID = "019ac3f0-1f4e-7cc3-98c4-dc0c0c07398f"
INSTANT = "2026-03-09T09:00:00Z"
SOONEST = next(sort for sort in SORTS if sort.key == "soonest")


class TargetOut(Shown):
    """A post on one of its channels."""

    id: UUID = Field(description="Its id.", examples=[ID])
    channel: UUID = Field(description="The id of the channel.", examples=[ID])
    channel_name: str = Field(description="What the channel is called.", examples=["Barrow & Rye"])
    network: str = Field(description="The network of the channel.", examples=["mastodon"])
    status: Annotated[str, OneOf(Target.Status.values)] = Field(
        description="Where it stands on this channel.", examples=["scheduled"]
    )


class ScheduledPost(Shown):
    """A post with a time, as the schedule of a campaign lists it."""

    id: UUID = Field(description="Its id.", examples=[ID])
    title: str = Field(description="Its title.", examples=["Rye is back"])
    status: Annotated[str, OneOf(Post.Status.values)] = Field(
        description="Where it stands. What is not scheduled yet only plans its time.", examples=["scheduled"]
    )
    scheduled_at: datetime = Field(description="The instant of its time.", examples=[INSTANT])
    wall_time: str = Field(
        description="What clocks show then in `zone`, as a person meant it.", examples=["2026-03-09T10:00:00"]
    )
    zone: str = Field(description="Whose clocks, as an IANA zone.", examples=["Europe/Dublin"])
    targets: list[TargetOut] = Field(
        description="Its channels.",
        examples=[
            [
                {
                    "id": ID,
                    "channel": ID,
                    "channel_name": "Barrow & Rye",
                    "network": "mastodon",
                    "status": "scheduled",
                }
            ]
        ],
    )


@posts.listing("/campaigns/{uuid:campaign_id}/schedule", ScheduledPost)
def list_schedule(call: Call, campaign_id: UUID) -> Listing[Post]:
    """List what goes out from a campaign, and when.

    Every post that has a time, soonest first: planned, scheduled and out alike; those in the trash are left out.
    """
    campaign = call.find(Campaign.objects.all(), campaign_id)
    rows = Post.objects.filter(campaign=campaign, trashed_at=None, scheduled_at__isnull=False)
    return Listing(rows.prefetch_related("targets__channel"), SOONEST, _scheduled)


def _scheduled(rows: list[Post]) -> list[BaseModel]:
    return [
        ScheduledPost(
            id=post.pk,
            title=post.title,
            status=post.status,
            scheduled_at=cast(datetime, post.scheduled_at),  # asked for above
            wall_time=post.wall_time,
            zone=post.zone,
            targets=[_shown_target(target) for target in post.targets.all()],
        )
        for post in rows
    ]


def _shown_target(target: Target) -> TargetOut:
    return TargetOut(
        id=target.pk,
        channel=target.channel_id,
        channel_name=target.channel.name,
        network=target.channel.network,
        status=target.status,
    )
