"""When a post goes out: scheduled, taken back, sent now, called off, and said to be live."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from posts import cards
from posts.api.creating import SAID
from posts.api.shown import ROWS, PostOut, posts, shown
from posts.forms.post import PUBLISH, SCHEDULE
from posts.forms.programs import LiveForm, MoveByProgram, PostByProgram, TargetForm, WhenForm
from posts.models import Post
from posts.operations import confirming, scheduling
from workspaces.api import limits
from workspaces.api.binding import Takes
from workspaces.api.bodies import Body
from workspaces.api.calls import Call
from workspaces.api.schemas import ID, INSTANT

WHEN = Takes(
    "PostTime",
    WhenForm,
    examples={"at": INSTANT, "zone": "Europe/Dublin"},
    optional=["at"],
    descriptions={
        "at": f"{SAID['scheduled_at']} May be left out where the post plans a time.",
        "zone": SAID["zone"],
    },
)
OTHER_TIME = Takes(
    "OtherTime",
    MoveByProgram,
    examples={"at": INSTANT, "zone": "Europe/Dublin"},
    descriptions={"at": SAID["scheduled_at"], "zone": SAID["zone"]},
)
LIVE = Takes(
    "PostIsLive",
    LiveForm,
    examples={"target": ID, "url": "https://example.social/@rye/1"},
    descriptions={
        "target": "The id of the target that is live.",
        "url": "Where it is, if you know: then what follows goes out below it.",
    },
)
TARGET = Takes(
    "PostTarget",
    TargetForm,
    examples={"target": ID},
    descriptions={"target": "The id of a target of the post."},
)


@posts.post("/posts/{uuid:post_id}/schedule", PostOut, takes=WHEN, kind=limits.PUBLISHING)
def schedule_post(call: Call, post_id: UUID) -> PostOut:
    """Promise that a post goes out on all its channels.

    What a network would refuse is said now, field by field (422). Refused (409) while a yes is missing.
    """
    post = call.find(ROWS, post_id)
    initial = {"at": post.scheduled_at, "zone": post.zone or call.workspace.zone}
    when = call.bind(WhenForm(initial=initial)).cleaned_data
    _judge(call, post, SCHEDULE, when["at"], when["zone"])
    return shown(scheduling.schedule_post(post, at=when["at"], zone=when["zone"], now=call.now, by=call.by))


@posts.post("/posts/{uuid:post_id}/move", PostOut, takes=OTHER_TIME)
def move_post(call: Call, post_id: UUID) -> PostOut:
    """Give a post another time, and change nothing else: as a calendar does.

    What is scheduled goes out then; what was missed or failed is scheduled for then, which counts as publishing; any
    other plans it. Refused (409) with what stands in its way, and where it is out or on its way.
    """
    post = call.find(ROWS, post_id)
    when = call.bind(MoveByProgram(now=call.now)).cleaned_data
    if post.status in scheduling.NOT_SENT:
        call.count_as(limits.PUBLISHING)
    return shown(scheduling.move_post(post, at=when["at"], zone=when["zone"], now=call.now, by=call.by))


@posts.post("/posts/{uuid:post_id}/publish", PostOut, kind=limits.PUBLISHING)
def publish_post(call: Call, post_id: UUID) -> PostOut:
    """Send a post now, on every channel where it is not out.

    The answer comes before the networks' answers: read the post again, or let a webhook tell you.
    """
    post = call.find(ROWS, post_id)
    _judge(call, post, PUBLISH, call.now, call.workspace.zone)
    return shown(scheduling.publish_post(post, now=call.now, by=call.by))


def _judge(call: Call, post: Post, intent: str, at: datetime, zone: str) -> None:
    """Raise Invalid with all that stands in the way, field by field; what was on its way before is not asked."""
    if post.status not in cards.HELD or post.trashed_at:
        return
    start = PostByProgram(
        instance=Post.objects.get(pk=post.pk), zone=call.workspace.zone, now=call.now, intent=intent
    )
    members = {} if intent == PUBLISH else {"scheduled_at": at.isoformat(), "zone": zone}
    takes = Takes("", PostByProgram, examples=members)
    takes.bind(start, Body(members))


@posts.post("/posts/{uuid:post_id}/unschedule", PostOut)
def unschedule_post(call: Call, post_id: UUID) -> PostOut:
    """Take a post off the schedule. It keeps its words and has no time. Refused (409) while it is being sent."""
    return shown(scheduling.unschedule_post(call.find(ROWS, post_id), now=call.now, by=call.by))


@posts.post("/posts/{uuid:post_id}/cancel", PostOut)
def cancel_post(call: Call, post_id: UUID) -> PostOut:
    """Call off what is not out yet."""
    return shown(scheduling.cancel_post(call.find(ROWS, post_id), now=call.now, by=call.by))


@posts.post("/posts/{uuid:post_id}/confirm", PostOut, takes=LIVE)
def confirm_target(call: Call, post_id: UUID) -> PostOut:
    """Say that a target which needs confirmation is live, and perhaps where."""
    post = call.find(ROWS, post_id)
    said = call.bind(LiveForm(post=post)).cleaned_data
    confirming.confirm_target(said["target"], url=said["url"], now=call.now, by=call.by)
    return shown(post)


@posts.post("/posts/{uuid:post_id}/retry", PostOut, takes=TARGET, kind=limits.PUBLISHING)
def retry_target(call: Call, post_id: UUID) -> PostOut:
    """Try a target again that failed or was missed, now.

    So goes, too, what is `pending` of a thread whose beginning is out: somebody changed it who may not publish. What
    stopped because of it follows again. Of a thread, name the first part that stopped.
    """
    post = call.find(ROWS, post_id)
    confirming.retry_target(call.bind(TargetForm(post=post)).cleaned_data["target"], now=call.now, by=call.by)
    return shown(post)


@posts.post("/posts/{uuid:post_id}/resend", PostOut, takes=TARGET, kind=limits.PUBLISHING)
def resend_target(call: Call, post_id: UUID) -> PostOut:
    """Say that a target which needs confirmation is not live, and send it again, now."""
    post = call.find(ROWS, post_id)
    target = call.bind(TargetForm(post=post)).cleaned_data["target"]
    confirming.resend_target(target, now=call.now, by=call.by)
    return shown(post)


@posts.post("/posts/{uuid:post_id}/leave", PostOut, takes=TARGET)
def cancel_target(call: Call, post_id: UUID) -> PostOut:
    """Say that a target which needs confirmation is not live, and leave it unsent."""
    post = call.find(ROWS, post_id)
    target = call.bind(TargetForm(post=post)).cleaned_data["target"]
    confirming.cancel_target(target, now=call.now, by=call.by)
    return shown(post)
