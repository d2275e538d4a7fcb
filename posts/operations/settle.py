"""Where a post stands: its one status, computed from its targets here and nowhere else.

Whatever changes a target or a review calls `settle` in the same transaction. Rows are locked in one order
everywhere, so that nobody waits in a circle: the post, then the channel, then its targets.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from contextlib import suppress
from datetime import datetime
from functools import partial

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from aura.kit import clock, jobs
from campaigns.models import Campaign
from campaigns.operations import start_campaign
from posts.happenings import by_status
from posts.models import Post, Target
from posts.operations import following
from posts.operations.looking_ahead import expect_looks
from workspaces.models import Workspace
from workspaces.operation import SYSTEM, Refused
from workspaces.operations import happened
from workspaces.scope import current_workspace, use_workspace

S, T, R = Post.Status, Target.Status, Post.Review

_OF_REVIEW: dict[str, Post.Status] = {
    R.NONE: S.DRAFT,
    R.IN_REVIEW: S.IN_REVIEW,
    R.CHANGES_REQUESTED: S.CHANGES_REQUESTED,
    R.APPROVED: S.APPROVED,
}
LIVE = frozenset({T.SENDING, T.PUBLISHED, T.NEEDS_CONFIRMATION})
"""A target in one of these is out, may be out, or is on its way: its words can no longer be changed."""


def status_of(review_status: str, targets: Collection[str]) -> Post.Status:
    """Return the status of a post from its review and the statuses of its targets (decisions.md, Post status).

    needs_confirmation > publishing > failed, missed or partly_published > scheduled > published; with nothing
    under way: cancelled when every target is, else what the review says.
    """
    found = set(targets) - {T.TAKEN_OUT}
    if T.NEEDS_CONFIRMATION in found:
        return S.NEEDS_CONFIRMATION
    if T.SENDING in found:
        return S.PUBLISHING
    if found & {T.FAILED, T.MISSED}:
        if T.PUBLISHED in found:
            return S.PARTLY_PUBLISHED
        return S.FAILED if T.FAILED in found else S.MISSED
    if T.SCHEDULED in found:
        return S.SCHEDULED
    if T.PUBLISHED in found:
        return S.PUBLISHED if found == {T.PUBLISHED} else S.PARTLY_PUBLISHED
    if found == {T.CANCELLED}:
        return S.CANCELLED
    return _OF_REVIEW[review_status]


def lock_post(post_id: uuid.UUID) -> Post | None:
    """Return the post as it is now, locked until the transaction ends, or None when it is gone.

    Call it before touching the post's targets. On SQLite the write transaction itself is the lock.
    """
    return Post.objects.select_for_update(no_key=True, of=("self",)).filter(pk=post_id).first()


def hold_for_change(post_id: uuid.UUID) -> Post:
    """Lock a post whose words, media, targets or time are about to change, and return it as it is now.

    Raises Refused when part of it is being sent, is out, or may be out (an edit is honoured until the second of
    sending, and never after), Post.DoesNotExist when it is gone.
    """
    post = lock_post(post_id)
    if post is None:
        raise Post.DoesNotExist
    live = set(Target.objects.filter(post=post, status__in=LIVE).values_list("status", flat=True))
    if T.SENDING in live:
        raise Refused(_why_held(post))
    if T.NEEDS_CONFIRMATION in live:
        raise Refused("Part of this post may be live already. Say whether it is, then change it.")
    if T.PUBLISHED in live:
        raise Refused("This post is out already. Duplicate it to say something new.")
    return post


def settle(post_id: uuid.UUID) -> Post.Status | None:
    """Bring `Post.status` and `published_at` in line with the review and the targets; return the status.

    The only writer of both. Waits for others that settle the same post, so the last one sees every change.
    None when the post is gone.
    """
    with transaction.atomic():
        post = lock_post(post_id)
        if post is None:
            return None
        rows = list(Target.objects.filter(post=post).values_list("status", "published_at"))
        status = status_of(post.review_status, [row[0] for row in rows])
        published_at = first_out(rows)
        stale = ~Q(status=status) | Q(published_at__isnull=published_at is not None)
        Post.objects.filter(stale, pk=post_id).update(status=status, published_at=published_at)
        if event := by_status(post.status, status):
            happened(event, [post_id])
        if published_at is not None and post.published_at is None:
            # Afterwards: a campaign is locked before its posts, never after them.
            transaction.on_commit(
                partial(_start_campaign, current_workspace(), post.campaign_id, published_at), robust=True
            )
        return status


def _start_campaign(workspace: Workspace, campaign_id: uuid.UUID, at: datetime) -> None:
    """Start the campaign of a post that is out, where nobody has."""
    with use_workspace(workspace), suppress(Refused):
        campaign = Campaign.objects.filter(pk=campaign_id, started_at=None).first()
        if campaign is not None:
            start_campaign(campaign, now=at, is_out=True, by=SYSTEM)


def settle_many(post_ids: Collection[uuid.UUID]) -> None:
    """As `settle`, for many posts in a fixed number of statements; call it inside a transaction."""
    ids = sorted(post_ids)
    posts = Post.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=ids).order_by("pk")
    rows = {pk: (review, before) for pk, review, before in posts.values_list("pk", "review_status", "status")}
    found: dict[uuid.UUID, list[tuple[str, datetime | None]]] = {pk: [] for pk in rows}
    for pk, status, at in Target.objects.filter(post__in=ids).values_list(
        "post_id", "status", "published_at"
    ):
        found[pk].append((status, at))
    grouped: dict[Post.Status, list[uuid.UUID]] = {}
    events: dict[str, list[uuid.UUID]] = {}
    for pk, targets in found.items():
        review, before = rows[pk]
        status = status_of(review, [row[0] for row in targets])
        grouped.setdefault(status, []).append(pk)
        if event := by_status(before, status):
            events.setdefault(event, []).append(pk)
    for status, group in grouped.items():
        Post.objects.filter(pk__in=group).exclude(status=status).update(status=status)
    for event, group in events.items():
        happened(event, group)


def _why_held(post: Post) -> str:
    """Return why a post, part of which may be on its way, stays as it is, and until when."""
    sending = Target.objects.filter(post=post, status=T.SENDING)
    due_at = sending.filter(claim_token=None).aggregate(last=Max("due_at"))["last"]
    if due_at is None:
        return f"“{post}” is being sent right now. Wait a moment and try again."
    wall = clock.wall_of(due_at, current_workspace().zone)
    return (
        f"Nobody can tell yet whether “{post}” is out. Aura looks again {wall:%a} {wall.day} {wall:%b %H:%M}: "
        "try again after that."
    )


def disarm_many(targets: QuerySet[Target], *, sentence: str = "") -> list[uuid.UUID]:
    """Take back every scheduled target of `targets`, as `disarm` does; return the ids of their posts.

    A fixed number of statements; call it inside a transaction. Raises Refused, with the name of a post, when one of
    them is being sent at this second.
    """
    wanted = targets.filter(post__trashed_at=None)
    ids = sorted(set(wanted.filter(status=T.SCHEDULED).values_list("post_id", flat=True)))
    held = Post.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=ids).order_by("pk")
    list(held.values_list("pk", flat=True))
    sending = wanted.filter(status=T.SENDING).select_related("post").first()
    if sending is not None:
        raise Refused(_why_held(sending.post))
    mine = list(wanted.filter(status=T.SCHEDULED, post__in=ids).values_list("pk", flat=True))
    Target.objects.filter(pk__in=mine, status=T.SCHEDULED).update(
        status=T.PENDING, due_at=None, sentence=sentence, **_FREE
    )
    settle_many(ids)
    promised = Target.objects.filter(post=OuterRef("pk"), status__in=[T.SCHEDULED, *LIVE])
    Post.objects.filter(~Exists(promised), pk__in=ids).update(scheduled_at=None)
    return ids


def first_out(rows: Collection[tuple[str, datetime | None]]) -> datetime | None:
    """Return when the first of `(status, published_at)` targets went out, None while none is out."""
    return min((at for status, at in rows if status == T.PUBLISHED and at is not None), default=None)


WAITS = frozenset({T.PENDING, T.SCHEDULED, T.FAILED, T.MISSED, T.CANCELLED})
"""A target in one of these is certainly not out and can be given a time."""
_FREE = {"lease_until": None, "claim_token": None, "tries": 0, "checks": 0}


def arm(post: Post, at: datetime, *, now: datetime | None = None) -> int:
    """Promise every target that is not out for the instant `at` (UTC); return how many.

    Writes `Post.scheduled_at`, the targets and the post's status; wall time and zone are the caller's. A claim that a
    worker holds on one of them is void from here on. Raises Refused when a target is being sent or waits for
    somebody's answer, or when nothing is left to send.
    """
    now = now or clock.now()
    with transaction.atomic():
        lock_post(post.pk)
        found = set(Target.objects.filter(post=post).values_list("status", flat=True))
        if T.SENDING in found:
            raise Refused(_why_held(post))
        if T.NEEDS_CONFIRMATION in found:
            raise Refused("Part of this post may be live already. Say whether it is, then pick a time.")
        free = Target.objects.filter(post=post, status__in=WAITS, channel__trashed_at=None)
        ids = list(free.values_list("pk", flat=True))
        if not ids:
            if T.PUBLISHED in found:
                raise Refused("This post is out on every channel already.")
            raise Refused("Choose at least one channel, then pick a time.")
        Target.objects.filter(pk__in=ids).update(
            status=T.SCHEDULED, due_at=at, promised_at=at, sentence="", **_FREE
        )
        first = set(ids) - _wait_their_turn(post, at)
        Post.objects.filter(pk=post.pk).update(scheduled_at=at)
        post.scheduled_at = at
        expect_looks(post, at, now=now)
        post.status = settle(post.pk) or post.status
        happened("post.scheduled", [post.pk])
        if at <= now:
            for pk in ids:
                if pk in first:
                    jobs.ring("posts.publish_target", pk)
        return len(ids)


def _wait_their_turn(post: Post, at: datetime) -> set[uuid.UUID]:
    """Put off those scheduled targets that follow one which is not out; return their ids. One query where none is."""
    later = set()
    for target in Target.objects.filter(post=post, status=T.SCHEDULED, position__gt=0):
        due_at = following.first_look(target, at)
        if due_at > at:
            Target.objects.filter(pk=target.pk).update(due_at=due_at)
            later.add(target.pk)
    return later


def disarm(post: Post, *, to: str = T.PENDING, sentence: str = "") -> int:
    """Take back what is promised and not sent yet: scheduled targets become `to`; return how many.

    `to` is pending (unschedule, trash) or cancelled. `Post.scheduled_at` goes, unless something is out; wall time and
    zone stay as a suggestion. Raises Refused when a target is being sent at this second.
    """
    with transaction.atomic():
        lock_post(post.pk)
        targets = Target.objects.filter(post=post)
        if targets.filter(status=T.SENDING).exists():
            raise Refused(_why_held(post))
        given_back = targets.filter(status=T.SCHEDULED).update(
            status=to, due_at=None, sentence=sentence, **_FREE
        )
        post.status = settle(post.pk) or post.status
        if not targets.filter(status__in=LIVE).exists():
            Post.objects.filter(pk=post.pk).update(scheduled_at=None)
            post.scheduled_at = None
        return given_back
