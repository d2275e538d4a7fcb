"""The same for many posts at once, as at their list. What does not allow it is left alone, with the reason."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from posts.api.shown import posts
from posts.forms.bulk import AT_MOST, CampaignOfPostsByProgram, MovePostsByProgram, PostsForm
from posts.models import Post
from posts.operations import bulk, scheduling
from workspaces.api import limits
from workspaces.api.binding import Takes
from workspaces.api.calls import Call
from workspaces.api.problems import Invalid
from workspaces.api.schemas import ID, OneOf, Shown


class PostDone(Shown):
    """One of many posts, after what was done with them."""

    post: UUID = Field(description="Its id.", examples=[ID])
    changed: bool = Field(description="Whether it was done with this one.", examples=[False])
    reason: str = Field(
        description="Why it was left alone; empty where it was not.", examples=["It is out already."]
    )
    status: Annotated[str, OneOf(Post.Status.values)] = Field(
        description="Where it stands now.", examples=["published"]
    )
    version: int = Field(description="Its version now.", examples=[7])


DONE: dict[str, Any] = {
    "post": ID,
    "changed": False,
    "reason": "It is out already.",
    "status": "published",
    "version": 7,
}


class PostsDone(Shown):
    """What was done with many posts."""

    changed: int = Field(description="With how many of them it was done.", examples=[0])
    posts: list[PostDone] = Field(description="Each of them, as they were named.", examples=[[DONE]])


NAMED = f"The ids of the posts, {AT_MOST} at most."
POSTS = Takes("Posts", PostsForm, examples={"posts": [ID]}, descriptions={"posts": NAMED})
MOVE = Takes(
    "PostsMoved",
    MovePostsByProgram,
    examples={"posts": [ID], "days": 7, "at": "10:00"},
    descriptions={
        "posts": NAMED,
        "days": "By how many days; less than 0 for earlier. Left out: they stay on their days.",
        "at": "To what clocks of the workspace show then. Left out: each keeps its own.",
    },
)
INTO_CAMPAIGN = Takes(
    "PostsOfCampaign",
    CampaignOfPostsByProgram,
    examples={"posts": [ID], "campaign": ID},
    descriptions={"posts": NAMED, "campaign": "The id of the campaign that they belong to from now on."},
)


def _answer(named: list[Post], done: bulk.Done) -> PostsDone:
    """Tell of each what became of it, as it is stored now."""
    why = {post.pk: reason for post, reason in zip(done.left, done.why, strict=True)}
    rows = Post.objects.filter(pk__in=[post.pk for post in named]).values_list("pk", "status", "version")
    stored = {pk: (status, version) for pk, status, version in rows}
    return PostsDone(
        changed=len(done.changed),
        posts=[
            PostDone(
                post=post.pk,
                changed=post.pk not in why,
                reason=why.get(post.pk, ""),
                status=status,
                version=version,
            )
            for post in named
            for status, version in [stored.get(post.pk, (post.status, post.version))]
        ],
    )


def _named(call: Call) -> list[Post]:
    named: list[Post] = call.bind(PostsForm()).cleaned_data["posts"]
    return named


@posts.post("/posts/approve", PostsDone, takes=POSTS)
def approve_posts(call: Call) -> PostsDone:
    """Approve each of many posts as it is now.

    Those that ask for no yes, or not for yours, are left alone, with the reason.
    """
    named = _named(call)
    return _answer(named, bulk.approve_posts(named, now=call.now, by=call.by))


@posts.post("/posts/move", PostsDone, takes=MOVE)
def move_posts(call: Call) -> PostsDone:
    """Give many posts another time: so many days later or earlier, to a time of day, or both.

    Each keeps what clocks show where no time of day is sent. Those without a time, those that are out, and those that
    would come at a time that has passed, or that clocks skip, are left alone. What was missed or failed is scheduled
    again, and each of these counts as publishing.
    """
    said = call.bind(MovePostsByProgram()).cleaned_data
    named: list[Post] = said["posts"]
    _count_promised(call, sum(post.status in scheduling.NOT_SENT for post in named))
    moved = bulk.move_posts(named, days=said["days"] or 0, at=said["at"], now=call.now, by=call.by)
    return _answer(named, moved)


def _count_promised(call: Call, number: int) -> None:
    """Count what is scheduled again. Raises Invalid for more than there ever is room for, OverLimit for now."""
    most = limits.most(limits.PUBLISHING)
    if number > most:
        said = f"{number} of these would be scheduled again, and at once {most} are the most. Name fewer of them."
        raise Invalid({"posts": [said]})
    if number:
        call.count_as(limits.PUBLISHING, times=number)


@posts.post("/posts/unschedule", PostsDone, takes=POSTS)
def unschedule_posts(call: Call) -> PostsDone:
    """Take many posts off the schedule. They keep their words and have no time."""
    named = _named(call)
    return _answer(named, bulk.unschedule_posts(named, now=call.now, by=call.by))


@posts.post("/posts/cancel", PostsDone, takes=POSTS)
def cancel_posts(call: Call) -> PostsDone:
    """Call off what is not out yet of many posts."""
    named = _named(call)
    return _answer(named, bulk.cancel_posts(named, now=call.now, by=call.by))


@posts.post("/posts/put-into-campaign", PostsDone, takes=INTO_CAMPAIGN)
def put_into_campaign(call: Call) -> PostsDone:
    """Let many posts belong to another campaign.

    What is out stays where it was, and so does what goes to a channel of another brand. Refused (409) for all of them
    where nothing of the campaign can be scheduled.
    """
    said = call.bind(CampaignOfPostsByProgram()).cleaned_data
    named: list[Post] = said["posts"]
    return _answer(named, bulk.put_into_campaign(said["campaign"], posts=named, now=call.now, by=call.by))


@posts.post("/posts/trash", PostsDone, takes=POSTS)
def trash_posts(call: Call) -> PostsDone:
    """Put many posts in the trash. What was scheduled of them is not sent.

    Of somebody else's, an editor can. They can be brought back for 30 days.
    """
    named = _named(call)
    return _answer(named, bulk.trash_posts(named, now=call.now, by=call.by))


@posts.post("/posts/restore", PostsDone, takes=POSTS)
def restore_posts(call: Call) -> PostsDone:
    """Bring many posts back from the trash; what was scheduled waits for a new time."""
    named = _named(call)
    return _answer(named, bulk.restore_posts(named, by=call.by))
