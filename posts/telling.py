"""Whom posts and channels tell, of what: the notifications of the publishing engine and of reviews."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q
from django.urls import reverse

from aura.kit import clock
from posts.agreement import Lack
from posts.models import Channel, Post, Target
from posts.models.target import STOPPED
from workspaces.models import Activity, User
from workspaces.notices import Kind
from workspaces.operation import SYSTEM
from workspaces.operations import happened, members_who_may, notify, settle_notices
from workspaces.scope import current_workspace

REVIEW_ASKED = Kind("review_asked", "A post waits for my yes", icon="eye", order=30)
REVIEW_ANSWERED = Kind(
    "review_answered", "My post is approved, or changes are asked for", icon="circle-check", order=40
)
POST_FAILED = Kind("post_failed", "A post of mine could not be sent", icon="circle-alert", order=50)
POST_UNCLEAR = Kind(
    "post_unclear",
    "A post of mine needs me: post it by hand, or say whether it is live",
    icon="hand",
    order=60,
)
POST_MISSED = Kind("post_missed", "A post of mine missed its time", icon="calendar-x", order=70)
CHANNEL_BROKEN = Kind("channel_broken", "A channel needs reconnecting", icon="unplug", order=80)
POST_AHEAD = Kind("post_ahead", "A post of mine will not go out as it is", icon="triangle-alert", order=45)
POST_ADVICE = Kind(
    "post_advice", "A post of mine could be better before it goes out", icon="info", by_mail=False, order=47
)
CHANNEL_ENDING = Kind("channel_ending", "A channel will sign out within a week", icon="unplug", order=85)
APPROVER_GONE = Kind(
    "approver_gone", "Whoever has to approve a post cannot any more", icon="user-x", order=35
)
REVIEW_NEAR = Kind("review_near", "A post that waits for my yes is due soon", icon="clock", order=32)
REVIEW_PASSED = Kind(
    "review_passed", "The time of a post of mine passed without a yes", icon="calendar-x", order=42
)
KINDS = [
    REVIEW_NEAR,
    REVIEW_PASSED,
    REVIEW_ASKED,
    REVIEW_ANSWERED,
    APPROVER_GONE,
    POST_AHEAD,
    POST_ADVICE,
    POST_FAILED,
    POST_UNCLEAR,
    POST_MISSED,
    CHANNEL_BROKEN,
    CHANNEL_ENDING,
]
TROUBLES = [POST_FAILED.slug, POST_UNCLEAR.slug, POST_MISSED.slug]

_SCHEDULES = ["posts.schedule_post", "posts.publish_post", "posts.move_post"]
_OUTCOMES: dict[str, tuple[Kind, str]] = {
    Target.Status.FAILED: (POST_FAILED, "“{post}” could not be sent to {channel}"),
    Target.Status.NEEDS_CONFIRMATION: (POST_UNCLEAR, "“{post}” needs you on {channel}"),
    Target.Status.MISSED: (POST_MISSED, "“{post}” missed its time on {channel}"),
}


def page_of(post: Post) -> str:
    """Return the address of a post's page."""
    return reverse("posts:detail", args=[post.pk])


def answering_for(post: Post) -> list[User | None]:
    """Return who wrote a post and who gave it its time last."""
    dated = Activity.objects.filter(
        subject_type=post._meta.label_lower, subject_id=post.pk, verb__in=_SCHEDULES
    )
    last = dated.exclude(actor=None).select_related("actor").order_by("-id").first()
    return [post.created_by, last.actor if last else None]


def tell_outcome(target: Target, status: str, sentence: str) -> None:
    """Tell who answers for a post that it did not go out by itself; inside the transaction that says so."""
    if status not in _OUTCOMES:
        return
    kind, words = _OUTCOMES[status]
    notify(
        answering_for(target.post),
        kind.slug,
        subject=target.post,
        sentence=words.format(post=target.post, channel=target.place),
        words=sentence,
        url=page_of(target.post),
        by=SYSTEM,
    )


def tell_changed(target: Target, sentence: str) -> None:
    """Tell who answers for a post that somebody changed what is to go out, who may not publish it."""
    notify(
        answering_for(target.post),
        POST_AHEAD.slug,
        subject=target.post,
        sentence=f"“{target.post}” waits for you on {target.place}",
        words=sentence,
        url=page_of(target.post),
        by=SYSTEM,
    )


def tell_ahead(post: Post, at: datetime, sentence: str) -> None:
    """Tell who answers for a post that it will not go out at its time as things are; with what was found."""
    zone = current_workspace().zone
    wall = clock.wall_of(at, zone)
    notify(
        answering_for(post),
        POST_AHEAD.slug,
        subject=post,
        sentence=f"“{post}” will not go out {wall:%A} {wall.day} {wall:%B}, {wall:%H:%M} as it is",
        words=sentence,
        url=page_of(post),
        by=SYSTEM,
    )


def tell_advice(post: Post, at: datetime, sentence: str, *, more: int) -> None:
    """Tell who answers for a post what could be better before its time; it goes out as it is."""
    wall = clock.wall_of(at, current_workspace().zone)
    others = f" And {more} more." if more else ""
    notify(
        answering_for(post),
        POST_ADVICE.slug,
        subject=post,
        sentence=f"“{post}” could be better before it goes out {wall:%A} {wall.day} {wall:%B}, {wall:%H:%M}",
        words=f"{sentence}{others}",
        url=page_of(post),
        by=SYSTEM,
    )


def tell_broken(channel: Channel, problem: str) -> None:
    """Tell who manages channels, and programs, that one is not used any more until somebody has looked at it."""
    happened("channel.needs_reconnecting", [channel.pk])
    notify(
        [member.user for member in members_who_may("posts.edit_channel")],
        CHANNEL_BROKEN.slug,
        subject=channel,
        sentence=f"{channel} needs reconnecting",
        words=problem,
        url=reverse("posts:channel", args=[channel.pk]),
        by=SYSTEM,
    )


def tell_ending(channel: Channel, sentence: str, words: str) -> None:
    """Tell who manages channels that a sign-in ends before long, and what depends on it."""
    notify(
        [member.user for member in members_who_may("posts.edit_channel")],
        CHANNEL_ENDING.slug,
        subject=channel,
        sentence=f"{channel}: {sentence}",
        words=words,
        url=reverse("posts:channel", args=[channel.pk]),
        by=SYSTEM,
    )


def tell_asked(post: Post, people: Iterable[User], *, by: object) -> None:
    """Tell those who may answer that a post waits for their yes."""
    notify(
        people,
        REVIEW_ASKED.slug,
        subject=post,
        sentence=f"{by} asks you to approve “{post}”",
        url=page_of(post),
        by=by,
    )


def tell_near(post: Post, people: Iterable[User], at: datetime) -> None:
    """Remind those who may answer that the time of a post comes near."""
    wall = clock.wall_of(at, current_workspace().zone)
    notify(
        people,
        REVIEW_NEAR.slug,
        subject=post,
        sentence=f"“{post}” waits for your yes and is planned for {wall:%A} {wall.day} {wall:%B}, {wall:%H:%M}",
        url=page_of(post),
        by=SYSTEM,
    )


def tell_not_approved(post: Post, at: datetime) -> None:
    """Tell the author that the time passed and nobody had said yes."""
    wall = clock.wall_of(at, current_workspace().zone)
    settle_notices(post, [REVIEW_NEAR.slug])
    notify(
        [post.created_by],
        REVIEW_PASSED.slug,
        subject=post,
        sentence=f"“{post}” was planned for {wall:%A} {wall.day} {wall:%B}, {wall:%H:%M} and nobody has approved it",
        words="Pick another time, then ask again.",
        url=page_of(post),
        by=SYSTEM,
    )


def tell_nobody_can(post: Post, lack: Lack, *, by: object) -> None:
    """Tell owners and admins that a post waits for the yes of somebody who cannot give it any more."""
    channel = lack.rule.channel
    name = "posts.edit_channel" if channel else "workspaces.edit_workspace"
    where = reverse("posts:channel_edit", args=[channel.pk]) if channel else reverse("workspace:settings")
    notify(
        [member.user for member in members_who_may(name)],
        APPROVER_GONE.slug,
        subject=post,
        sentence=f"“{post}” waits for a yes that nobody can give",
        words=f"{lack.sentence}. Name somebody else.",
        url=where,
        by=SYSTEM,
    )


def tell_client(
    post: Post,
    people: Iterable[User | None],
    sentence: str,
    *,
    words: str,
    by: object,
    but: User | None = None,
) -> None:
    """Tell people what a client answered; `but` has been told already."""
    notify(
        [person for person in people if person != but],
        REVIEW_ANSWERED.slug,
        subject=post,
        sentence=sentence,
        words=words,
        url=page_of(post),
        by=by,
    )


def tell_answered(post: Post, sentence: str, *, words: str = "", by: object) -> None:
    """Tell the author what became of the question; it is answered for whoever else was asked."""
    settle_notices(post, [REVIEW_ASKED.slug, REVIEW_NEAR.slug])
    notify(
        [post.created_by],
        REVIEW_ANSWERED.slug,
        subject=post,
        sentence=sentence,
        words=words,
        url=page_of(post),
        by=by,
    )


def nothing_is_wrong(post: Post) -> None:
    """Take what was told of a post's troubles as read: somebody has seen to the last of them."""
    troubled = Target.objects.filter(Q(status__in=_OUTCOMES) | STOPPED, post=post)
    if not troubled.exists():
        settle_notices(post, [*TROUBLES, POST_AHEAD.slug])
