"""Posts that somebody threw away: trashed, brought back, and after 30 days gone."""

from __future__ import annotations

from datetime import datetime, timedelta

from aura.kit import clock
from aura.kit.ids import uuid7
from media_library import uses
from posts.models import Post, PostMedia, Target, TargetMedia
from posts.operations.settle import disarm, lock_post
from posts.operations.writing import index_post
from workspaces import search
from workspaces.operation import SYSTEM, Actor, Refused, operation
from workspaces.operations import forget_comments

KEPT_FOR = timedelta(days=30)


@operation
def trash_post(post: Post, *, now: datetime | None = None, by: Actor) -> Post:
    """Put a post in the trash. What was scheduled is not sent.

    Raises Refused while part of it is being sent, or may be live without anybody having said so.
    """
    stored = lock_post(post.pk)
    if stored is None or stored.trashed_at:
        raise Refused("This post is in the trash already.")
    targets = Target.objects.filter(post=stored)
    if targets.filter(status=Target.Status.NEEDS_CONFIRMATION).exists():
        raise Refused("Part of this post may be live already. Say whether it is, then delete it.")
    if targets.filter(status__in=[Target.Status.SCHEDULED, Target.Status.SENDING]).exists():
        disarm(stored)
    stored.trashed_at, stored.trashed_with = now or clock.now(), uuid7()
    stored.save(update_fields=["trashed_at", "trashed_with"])
    search.forget("post", [stored.pk])
    return stored


@operation
def restore_post(post: Post, *, by: Actor) -> Post:
    """Bring a post back from the trash; what was scheduled stays unscheduled.

    Raises Refused where its campaign is in the trash itself.
    """
    stored = lock_post(post.pk)
    if stored is None or not stored.trashed_at:
        raise Refused("This post is not in the trash.")
    if stored.campaign.trashed_at:
        raise Refused(f"{stored.campaign} is in the trash. Restore the campaign, then its posts.")
    stored.trashed_at = stored.trashed_with = None
    stored.save(update_fields=["trashed_at", "trashed_with"])
    index_post(stored)
    return stored


@operation
def purge_post(post: Post, *, by: Actor) -> Post:
    """Delete a trashed post for good, with its targets and attempts. Its pictures stay in the library."""
    stored = lock_post(post.pk)
    if stored is None or not stored.trashed_at:
        raise Refused("Only a post in the trash can be deleted for good.")
    search.forget("post", [stored.pk])
    pictures = set(PostMedia.objects.filter(post=stored).values_list("asset_id", flat=True))
    pictures |= set(TargetMedia.objects.filter(target__post=stored).values_list("asset_id", flat=True))
    forget_comments(stored)
    stored.delete()
    uses.recount(pictures, now=clock.now())
    return post


def purge_expired(*, now: datetime, limit: int = 500) -> int:
    """Delete for good what has been in the open workspace's trash for 30 days; return how many, at most `limit`."""
    expired = list(Post.objects.filter(trashed_at__lt=now - KEPT_FOR).order_by("trashed_at")[:limit])
    for post in expired:
        purge_post(post, by=SYSTEM)
    return len(expired)
