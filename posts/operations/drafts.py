"""What a person writes and has not saved: kept every few seconds, taken up or thrown away, forgotten after 30 days.

No operations: it changes no post and nobody else ever sees it, and an entry every three seconds would drown the
activity. The right to write is asked here all the same.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, QuerySet, Subquery

from posts.models import KeptDraft, Post
from workspaces.models import User
from workspaces.operation import NOT_YOURS, may

KEPT_FOR = timedelta(days=30)
NEW_AT_MOST = 20
"""New posts that one person began and did not save; the oldest above it is forgotten."""
UNNAMED = uuid.UUID(int=0)
"""What a page writes that does not say which new post it is."""


def with_draft(posts: QuerySet[Post], person: User) -> QuerySet[Post]:
    """Add what the person left unsaved of each post, for `drafts_of`."""
    left = KeptDraft.objects.filter(post=OuterRef("pk"), person=person).order_by()
    return posts.annotate(
        draft_kept_at=Subquery(left.values("kept_at")[:1]), draft_fields=Subquery(left.values("fields")[:1])
    )


def drafts_of(person: User, post: Post | None) -> list[KeptDraft]:
    """Return what the person left unsaved of a post, or of new ones, newest first.

    One query, none where it came with the post.
    """
    if post is None or not hasattr(post, "draft_kept_at"):
        return list(
            KeptDraft.objects.filter(person=person, post=post).order_by("-kept_at", "-id")[:NEW_AT_MOST]
        )
    if post.draft_kept_at is None:
        return []
    return [KeptDraft(person=person, post=post, fields=post.draft_fields, kept_at=post.draft_kept_at)]  # type: ignore[attr-defined]


def keep_draft(
    post: Post | None,
    *,
    fields: Mapping[str, Sequence[str]],
    writing: uuid.UUID = UNNAMED,
    now: datetime,
    by: User,
) -> KeptDraft:
    """Keep the fields of the composer as they are now, in place of what was kept of the same post before."""
    if not may(by, "posts.create_post" if post is None else "posts.edit_post", post):
        raise PermissionDenied(NOT_YOURS)
    values = {"fields": {name: list(sent) for name, sent in fields.items()}, "kept_at": now}
    if post is not None:
        return KeptDraft.objects.update_or_create(person=by, post=post, defaults=values)[0]
    draft, is_new = KeptDraft.objects.update_or_create(person=by, post=None, writing=writing, defaults=values)
    if is_new:
        kept = KeptDraft.objects.filter(person=by, post=None).order_by("-kept_at", "-id")
        KeptDraft.objects.filter(pk__in=list(kept.values_list("pk", flat=True)[NEW_AT_MOST:])).delete()
    return draft


def drop_draft(post: Post | None, *, writing: uuid.UUID = UNNAMED, by: User) -> None:
    """Forget what the person left unsaved of a post, or of one new one: it is saved, or thrown away."""
    named = {"post": post} if post is not None else {"post": None, "writing": writing}
    KeptDraft.objects.filter(person=by, **named).delete()


def purge_drafts(*, now: datetime) -> int:
    """Forget what nobody has taken up for 30 days in the open workspace; return how many."""
    gone, _ = KeptDraft.objects.filter(kept_at__lt=now - KEPT_FOR).delete()
    return gone
