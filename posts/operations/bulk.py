"""The same for many posts at once: one operation, one transaction, one entry in the activity.

A post that does not allow it is left alone, with the reason; all others are changed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F

from aura.kit import clock
from campaigns.models import Campaign
from posts.checks import why_not_schedulable
from posts.forms.bulk import AT_MOST, TOO_MANY
from posts.models import Post, Target
from posts.models.target import NO_PART
from posts.operations import review, scheduling, trash
from posts.operations.settle import hold_for_change
from posts.operations.writing import IN_TRASH, index_post
from workspaces.operation import Actor, Many, Refused, operation, those_allowed
from workspaces.scope import current_workspace

NO_TIME = "It has no time yet."
NOT_YOURS = "Somebody else made it; an editor can do this."


@dataclass(frozen=True)
class Done(Many[Post]):
    """As `Many`, with why each of the posts was left alone that were."""

    why: Sequence[str] = ()

    @property
    def reasons(self) -> list[str]:
        """A sentence for each post that was left alone, with its name."""
        return [f"“{post}”: {why}" for post, why in zip(self.left, self.why, strict=True)]


@operation
def move_posts(
    posts: Sequence[Post], *, days: int = 0, at: time | None = None, now: datetime | None = None, by: Actor
) -> Done:
    """Move each by so many days, and to that time of day where one is given; else it keeps its own, by its clocks.

    One that would come at a time that clocks skip, or that comes twice, is left alone, as is one without a time.
    """
    now = now or clock.now()

    def move(post: Post) -> None:
        if post.scheduled_at is None:
            raise Refused(NO_TIME)
        zone = current_workspace().zone
        wall = clock.wall_of(post.scheduled_at, zone) + timedelta(days=days)
        if at is not None:
            wall = datetime.combine(wall.date(), at)
        try:
            instant = clock.instant_of(wall, zone)
        except clock.WallTimeProblem as problem:
            raise Refused(str(problem)) from None
        _plainly(scheduling.move_post)(post, at=instant, now=now, by=by)

    return _each(posts, move)


@operation
def cancel_posts(posts: Sequence[Post], *, now: datetime | None = None, by: Actor) -> Done:
    """Call off what is not out yet of each."""

    def cancel(post: Post) -> None:
        if post.status in {Post.Status.CANCELLED, Post.Status.PUBLISHED}:
            raise Refused("It is called off already." if post.published_at is None else "It is out already.")
        _plainly(scheduling.cancel_post)(post, now=now, by=by)

    return _each(posts, cancel)


@operation
def unschedule_posts(posts: Sequence[Post], *, now: datetime | None = None, by: Actor) -> Done:
    """Take each off the schedule."""

    def unschedule(post: Post) -> None:
        if post.scheduled_at is None:
            raise Refused(NO_TIME)
        _plainly(scheduling.unschedule_post)(post, now=now, by=by)

    return _each(posts, unschedule)


@operation
def put_into_campaign(
    campaign: Campaign, *, posts: Sequence[Post], now: datetime | None = None, by: Actor
) -> Done:
    """Let these belong to another campaign. Raises Refused where nothing of that one can be scheduled.

    What is out stays where it was, and so does what goes to a channel of another brand.
    """
    reason = why_not_schedulable(campaign)
    if reason:
        raise Refused(reason)
    now = now or clock.now()

    def put(post: Post) -> None:
        stored = hold_for_change(post.pk)
        if stored.trashed_at:
            raise Refused(IN_TRASH)
        if stored.campaign_id == campaign.pk:
            raise Refused("It is there already.")
        for target in (
            Target.objects.filter(post=stored).exclude(status__in=NO_PART).select_related("channel")
        ):
            if not target.channel.speaks_for(campaign):
                raise Refused(f"{target.channel} only speaks for another brand.")
        Post.objects.filter(pk=stored.pk).update(campaign=campaign, version=F("version") + 1, updated_at=now)
        index_post(Post.objects.select_related("campaign").get(pk=stored.pk))

    return _each(posts, put)


@operation
def approve_posts(posts: Sequence[Post], *, now: datetime | None = None, by: Actor) -> Done:
    """Approve each as it is now."""

    def approve(post: Post) -> None:
        try:
            _plainly(review.approve_post)(post, now=now, by=by)
        except PermissionDenied as problem:  # their own, where the workspace asks for somebody else
            raise Refused(str(problem)) from None

    return _each(posts, approve)


@operation
def trash_posts(posts: Sequence[Post], *, now: datetime | None = None, by: Actor) -> Done:
    """Put each in the trash that `by` may put there alone."""
    mine = {post.pk for post in those_allowed(by, "posts.trash_post", posts)}

    def put(post: Post) -> None:
        if post.pk not in mine:
            raise Refused(NOT_YOURS)
        _plainly(trash.trash_post)(post, now=now, by=by)

    return _each(posts, put)


@operation
def restore_posts(posts: Sequence[Post], *, by: Actor) -> Done:
    """Bring each back from the trash that `by` may bring back alone."""
    mine = {post.pk for post in those_allowed(by, "posts.restore_post", posts)}

    def bring(post: Post) -> None:
        if post.pk not in mine:
            raise Refused(NOT_YOURS)
        _plainly(trash.restore_post)(post, by=by)

    return _each(posts, bring)


def _plainly(verb: Callable[..., Any]) -> Callable[..., Any]:
    """Return what an operation does, without its right, transaction and entry: those come once, for all of them."""
    plain: Callable[..., Any] = verb.__wrapped__  # type: ignore[attr-defined]
    return plain


def _each(posts: Sequence[Post], change: Callable[[Post], object]) -> Done:
    """Change one after the other, each wholly or not at all; in the order of their ids, as everybody locks them."""
    if len(posts) > AT_MOST:
        raise Refused(TOO_MANY)
    changed, left, why = [], [], []
    for post in sorted(posts, key=lambda one: one.pk):
        try:
            with transaction.atomic():
                change(post)
            changed.append(post)
        except Refused as problem:
            left.append(post)
            why.append(str(problem))
    return Done(changed, left, why)
