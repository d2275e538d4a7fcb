"""What programs are told of posts and channels (workspaces.events): thin facts, without the words of a post."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any

from django.urls import reverse

from posts.models import Channel, Post, Target
from workspaces.events import Facts, Kind
from workspaces.operations import absolute_url

TARGETS_AT_MOST = 20
"""Channels and parts that are listed; a body has to stay small."""


def _at(instant: Any) -> str | None:
    return instant.isoformat() if instant else None


def facts_of_posts(ids: Collection[uuid.UUID]) -> list[Facts]:
    """Return what is told of these posts: where each stands, and on which channel; two queries."""
    found: dict[uuid.UUID, list[Facts]] = {}
    targets = Target.objects.filter(post__in=ids).exclude(status=Target.Status.TAKEN_OUT)
    for target in targets.select_related("channel").order_by("pk"):
        found.setdefault(target.post_id, []).append(_facts_of_target(target))
    posts = Post.objects.filter(pk__in=ids).select_related("campaign").order_by("pk")
    return [
        {
            "id": str(post.pk),
            "url": absolute_url(reverse("posts:detail", args=[post.pk])),
            "name": post.title,
            "status": post.status,
            "review_status": post.review_status,
            "campaign": {"id": str(post.campaign_id), "name": post.campaign.name},
            "scheduled_at": _at(post.scheduled_at),
            "published_at": _at(post.published_at),
            "version": post.version,
            "targets_total": len(found.get(post.pk, [])),
            "targets": found.get(post.pk, [])[:TARGETS_AT_MOST],
        }
        for post in posts
    ]


def _facts_of_target(target: Target) -> Facts:
    return {
        "id": str(target.pk),
        "channel": {
            "id": str(target.channel_id),
            "name": target.channel.name,
            "network": target.channel.network,
        },
        "part": target.part,
        "status": target.status,
        "sentence": target.sentence[:200],
        "published_at": _at(target.published_at),
        "remote_url": target.remote_url,
    }


def facts_of_channels(ids: Collection[uuid.UUID]) -> list[Facts]:
    """Return what is told of these channels; one query."""
    return [
        {
            "id": str(channel.pk),
            "url": absolute_url(reverse("posts:channel", args=[channel.pk])),
            "name": channel.name,
            "network": channel.network,
            "status": channel.status,
            "problem": channel.problem,
        }
        for channel in Channel.objects.filter(pk__in=ids).order_by("pk")
    ]


def _post(name: str, label: str, *after: str, review: str = "") -> Kind:
    holds = (lambda facts: facts["review_status"] == review) if review else None
    return Kind(f"post.{name}", label, "Posts", facts_of_posts, after, holds)


_YES = ("posts.approve_post", "posts.approve_posts", "posts.approve_as_client")
KINDS = [
    _post("created", "A post was written", "posts.create_post", "posts.duplicate_post"),
    _post("submitted", "Approval of a post was asked for", "posts.submit_post"),
    _post("approved", "A post was approved", *_YES, review=Post.Review.APPROVED),
    _post(
        "changes_requested",
        "Changes to a post were asked for",
        "posts.request_changes",
        "posts.request_changes_as_client",
        review=Post.Review.CHANGES_REQUESTED,
    ),
    _post("scheduled", "A post was scheduled, or moved"),
    _post("unscheduled", "A post was taken off the schedule"),
    _post("published", "A post is out on every channel"),
    _post("partly_published", "A post is out on some channels only"),
    _post("failed", "A post could not be sent"),
    _post("missed", "A post missed its time"),
    _post("needs_confirmation", "A post needs somebody"),
    _post("cancelled", "A post was called off"),
    Kind("channel.needs_reconnecting", "A channel needs reconnecting", "Channels", facts_of_channels),
]

S = Post.Status
_BY_STATUS: dict[str, str] = {
    status: f"post.{status}"
    for status in (S.PUBLISHED, S.PARTLY_PUBLISHED, S.FAILED, S.MISSED, S.NEEDS_CONFIRMATION, S.CANCELLED)
}
_WAITING = frozenset({S.DRAFT, S.IN_REVIEW, S.CHANGES_REQUESTED, S.APPROVED})


def by_status(before: str, now: str) -> str:
    """Return what happened to a post whose status has changed, "" where that is nothing to tell.

    That it is scheduled is told where its time is promised, so that another time is told as well.
    """
    if before == now:
        return ""
    if before == S.SCHEDULED and now in _WAITING:
        return "post.unscheduled"
    return _BY_STATUS.get(now, "")
