"""What a post said is kept at each save that changes it, so that there is a way back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from posts.models import Post, PostVersion
from posts.snapshot import content_of, hash_of
from workspaces.models import User

KEPT_AT_MOST = 100
"""Versions of a post that are kept, the newest."""


def keep_version(
    post: Post, before: Mapping[str, Any], *, before_at: datetime, by: User | None, now: datetime
) -> None:
    """Keep what the locked post says now, where that is other than `before`; and `before`, where nobody has.

    `before_at` is when that was saved. Two queries where nothing changed, else at most five.
    """
    content = content_of(post)
    if hash_of(content) == hash_of(dict(before)):
        return
    newest = PostVersion.objects.filter(post=post).order_by("-number").first()
    number = newest.number if newest is not None else 0
    rows = []
    if newest is None or hash_of(newest.content) != hash_of(dict(before)):
        number += 1
        first = newest is None and post.version == 2
        rows.append(
            PostVersion(
                post=post,
                number=number,
                title=before["title"],
                content=before,
                created_by=post.created_by if first else None,
                at=post.created_at if first else before_at,
            )
        )
    number += 1
    rows.append(
        PostVersion(post=post, number=number, title=post.title, content=content, created_by=by, at=now)
    )
    PostVersion.objects.bulk_create(rows)
    PostVersion.objects.filter(post=post, number__lte=number - KEPT_AT_MOST).delete()
