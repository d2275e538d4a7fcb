"""Posts as lists, one by one, and what was tried."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Annotated, cast
from uuid import UUID

from pydantic import BaseModel, Field

from aura.kit.paging import Sort
from campaigns.models import Campaign
from posts import lists
from posts.api.shown import (
    ROWS,
    TARGET,
    AttemptOut,
    PostOut,
    TargetOut,
    posts,
    shown_attempts,
    shown_by_id,
    shown_many,
    targets_of,
)
from posts.forms.programs import PostByProgram
from posts.models import Attempt, Post
from posts.needs import Needs
from workspaces.api.binding import Takes
from workspaces.api.bodies import Body
from workspaces.api.calls import Call
from workspaces.api.paging import Listing
from workspaces.api.problems import Invalid
from workspaces.api.schemas import ID, INSTANT, ListQuery, OneOf, Shown
from workspaces.search import QUERY_LENGTH

SOONEST = next(sort for sort in lists.SORTS if sort.key == "soonest")
FIRST = Sort("first", "First", descending=False)


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
    targets: list[TargetOut] = Field(description="Its channels.", examples=[[TARGET]])


class CheckOut(Shown):
    """Something that a post would meet before it is out."""

    code: str = Field(description="A stable word for it.", examples=["too_long"])
    blocks: bool = Field(description="Whether it keeps the post from going out.", examples=[True])
    sentence: str = Field(
        description="What is the matter, and what to do.", examples=["The words are too long. Shorten them."]
    )
    channel: UUID | None = Field(description="The id of the channel it is about, if one.", examples=[ID])
    media: list[UUID] = Field(description="The ids of the pictures and films it is about.", examples=[[ID]])


class ChecksOut(Shown):
    """What stands in the way of a post."""

    may_go: bool = Field(description="Whether nothing of it blocks.", examples=[False])
    checks: list[CheckOut] = Field(
        description="Everything that was found, what blocks first.",
        examples=[
            [
                {
                    "code": "no_channel",
                    "blocks": True,
                    "sentence": "It goes nowhere.",
                    "channel": None,
                    "media": [],
                }
            ]
        ],
    )


class PostsOfCampaignQuery(ListQuery):
    """What the posts of a campaign may be asked for."""

    q: str = Field("", max_length=QUERY_LENGTH, description="Words to look for.", examples=["rye"])
    state: Annotated[str, OneOf(sorted({*Post.Status.values, lists.NEEDS_YOU, lists.TRASH}))] = Field(
        "",
        description="Those that stand there alone; `needs` is what waits for you, `trash` the trash.",
        examples=["draft"],
    )
    channel: UUID | None = Field(None, description="Those on this channel alone.", examples=[ID])
    person: UUID | None = Field(None, description="Those that this person made.", examples=[ID])
    sort: Annotated[str, OneOf(sort.key for sort in lists.SORTS)] = Field(
        lists.SORTS[0].key,
        description="In which order. By time, those without one are left out.",
        examples=["soonest"],
    )


class PostQuery(PostsOfCampaignQuery):
    """What the list of posts may be asked for: as its page."""

    campaign: UUID | None = Field(None, description="Those of this campaign alone.", examples=[ID])


def _listing(call: Call, asked: lists.Asked) -> Listing[Post]:
    needs = Needs.of(call.by, role=call.credential.role, now=call.now)
    return Listing(lists.posts_for(asked, lists.narrowed(asked), needs), asked.sort, shown_many)


@posts.listing("/posts", PostOut, PostQuery)
def list_posts(call: Call) -> Listing[Post]:
    """List posts.

    Filtered, searched and sorted as the page of posts is.
    """
    return _listing(call, lists.read(call.params))


@posts.listing("/campaigns/{uuid:campaign_id}/posts", PostOut, PostsOfCampaignQuery)
def list_posts_of_campaign(call: Call, campaign_id: UUID) -> Listing[Post]:
    """List the posts of a campaign."""
    campaign = call.find(Campaign.objects.all(), campaign_id)
    return _listing(call, replace(lists.read(call.params), campaign=campaign.pk))


@posts.get("/posts/{uuid:post_id}", PostOut)
def show_post(call: Call, post_id: UUID) -> PostOut:
    """Show a post."""
    return shown_by_id(post_id)


@posts.get("/posts/{uuid:post_id}/checks", ChecksOut)
def show_checks(call: Call, post_id: UUID) -> ChecksOut:
    """Tell what a post would meet before it is out, by the rules of the composer.

    What `blocks` has to be put right before it is scheduled or published; the rest is advice.
    """
    post = call.find(ROWS, post_id)
    form = PostByProgram(instance=post, zone=call.workspace.zone, now=call.now)
    with suppress(Invalid):  # what it raises is among its checks
        Takes("", PostByProgram, examples={}).bind(form, Body())
    found = [
        CheckOut(
            code=one.code,
            blocks=one.blocks,
            sentence=one.sentence,
            channel=one.channel.pk if one.channel else None,
            media=[asset.pk for asset in one.assets],
        )
        for one in form.checks
    ]
    return ChecksOut(may_go=not any(one.blocks for one in found), checks=found)


@posts.listing("/posts/{uuid:post_id}/attempts", AttemptOut)
def list_attempts(call: Call, post_id: UUID) -> Listing[Attempt]:
    """List what was tried to publish a post, first things first.

    Every try is written down before it is made, and never changed once its outcome is known.
    """
    post = call.find(ROWS, post_id)
    return Listing(Attempt.objects.filter(target__post=post).select_related("target"), FIRST, shown_attempts)


@posts.listing("/campaigns/{uuid:campaign_id}/schedule", ScheduledPost)
def list_schedule(call: Call, campaign_id: UUID) -> Listing[Post]:
    """List what goes out from a campaign, and when.

    Every post that has a time, soonest first: planned, scheduled and out alike; those in the trash are left out.
    """
    campaign = call.find(Campaign.objects.all(), campaign_id)
    rows = Post.objects.filter(campaign=campaign, trashed_at=None, scheduled_at__isnull=False)
    return Listing(rows, SOONEST, scheduled)


def scheduled(rows: list[Post]) -> list[BaseModel]:
    """Return posts that have a time, as a schedule lists them."""
    targets = targets_of([post.pk for post in rows])
    return [
        ScheduledPost(
            id=post.pk,
            title=post.title,
            status=post.status,
            scheduled_at=cast(datetime, post.scheduled_at),  # asked for above
            wall_time=post.wall_time,
            zone=post.zone,
            targets=targets[post.pk],
        )
        for post in rows
    ]
