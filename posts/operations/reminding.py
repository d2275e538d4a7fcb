"""Reminding whoever may approve of a post in review whose time comes near, once for each moment."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from aura.kit import clock, jobs
from posts import telling
from posts.agreement import Lack, lacking, why_not
from posts.models import Post, Reminder
from workspaces.models import User
from workspaces.operations import members_who_may

M = Reminder.Moment
AHEAD = {M.DAY: timedelta(hours=24), M.HOURS: timedelta(hours=2), M.PASSED: timedelta(0)}
"""A day is time for a change and another look; two hours is when a yes still helps; then it is late."""


def expect_reminders(post_id: uuid.UUID, *, now: datetime) -> None:
    """Write down when people are reminded of a post that waits for a yes; part of asking, and of moving it.

    A moment that is over is left out, so that asking again never reminds twice of one time.
    """
    post = Post.objects.filter(pk=post_id, review_status=Post.Review.IN_REVIEW).first()
    at = post.scheduled_at if post is not None else None
    if post is None or at is None or at <= now:
        return
    Reminder.objects.bulk_create(
        [
            Reminder(post=post, moment=moment, for_at=at, due_at=at - ahead if at - ahead > now else None)
            for moment, ahead in AHEAD.items()
        ],
        update_conflicts=True,
        unique_fields=["workspace", "post", "moment"],
        update_fields=["for_at", "due_at", "lease_until", "claim_token", "tries"],
    )


def able_to_approve(post: Post, lacks: Sequence[Lack]) -> list[User]:
    """Return the members who may give what the post lacks."""
    people = [member.user for member in members_who_may("posts.approve_post")]
    return [one for one in people if not why_not(lacks, one, is_others=one.pk != post.created_by_id)]


def remind_of_review(reminder_id: uuid.UUID, token: uuid.UUID) -> None:
    """Remind of one post, if it still waits and is still planned for that time."""
    now = clock.now()
    row = Reminder.objects.select_related("post").filter(pk=reminder_id, claim_token=token).first()
    if row is None:
        return
    post = row.post
    with transaction.atomic():
        if not jobs.record(Reminder, row.pk, token, due_at=None, tries=0):
            return
        if post.trashed_at or post.status != Post.Status.IN_REVIEW or post.scheduled_at != row.for_at:
            return
        if row.moment == M.PASSED:
            telling.tell_not_approved(post, row.for_at)
        elif row.for_at > now:
            telling.tell_near(post, able_to_approve(post, lacking(post)), row.for_at)


def set_aside(reminder_id: uuid.UUID, token: uuid.UUID) -> None:
    """Give up on a reminder that broke off every time."""
    jobs.record(Reminder, reminder_id, token, due_at=None, tries=0)
