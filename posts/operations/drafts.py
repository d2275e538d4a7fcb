"""What a person writes and has not saved: kept every few seconds, taken up or thrown away, forgotten after 30 days.

No operations: it changes no post and nobody else ever sees it, and an entry every three seconds would drown the
activity. The right to write is asked here all the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, QuerySet, Subquery

from posts.models import KeptDraft, Post
from workspaces.models import User
from workspaces.operation import NOT_YOURS, may

KEPT_FOR = timedelta(days=30)


def with_draft(posts: QuerySet[Post], person: User) -> QuerySet[Post]:
    """Add what the person left unsaved of each post, for `draft_of`."""
    left = KeptDraft.objects.filter(post=OuterRef("pk"), person=person).order_by()
    return posts.annotate(
        draft_kept_at=Subquery(left.values("kept_at")[:1]), draft_fields=Subquery(left.values("fields")[:1])
    )


def draft_of(person: User, post: Post | None) -> KeptDraft | None:
    """Return what the person left unsaved of a post, or of a new one; one query, none where it came with the post."""
    if post is None or not hasattr(post, "draft_kept_at"):
        return KeptDraft.objects.filter(person=person, post=post).first()
    if post.draft_kept_at is None:
        return None
    return KeptDraft(person=person, post=post, fields=post.draft_fields, kept_at=post.draft_kept_at)  # type: ignore[attr-defined]


def keep_draft(
    post: Post | None, *, fields: Mapping[str, Sequence[str]], now: datetime, by: User
) -> KeptDraft:
    """Keep the fields of the composer as they are now, in place of what was kept before."""
    if not may(by, "posts.create_post" if post is None else "posts.edit_post", post):
        raise PermissionDenied(NOT_YOURS)
    values = {"fields": {name: list(sent) for name, sent in fields.items()}, "kept_at": now}
    draft, _ = KeptDraft.objects.update_or_create(person=by, post=post, defaults=values)
    return draft


def drop_draft(post: Post | None, *, by: User) -> None:
    """Forget what the person left unsaved of a post, or of a new one: it is saved, or thrown away."""
    KeptDraft.objects.filter(person=by, post=post).delete()


def purge_drafts(*, now: datetime) -> int:
    """Forget what nobody has taken up for 30 days in the open workspace; return how many."""
    gone, _ = KeptDraft.objects.filter(kept_at__lt=now - KEPT_FOR).delete()
    return gone
