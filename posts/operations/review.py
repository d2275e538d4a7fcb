"""Whether a post may go out: asked for, approved, or sent back. An approval is bound to exactly what was approved."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db.models import F

from aura.kit import clock
from posts import telling
from posts.models import Post
from posts.operations.settle import lock_post, settle
from posts.operations.writing import IN_TRASH, author
from posts.snapshot import content_hash
from workspaces.models import User
from workspaces.operation import Actor, Refused, StaleVersion, may, operation
from workspaces.operations import members_who_may
from workspaces.scope import current_workspace

NOTE_LENGTH = 500
NOBODY_ASKS = "Nobody asks for an answer on this post any more."
_CAN_BE_ASKED = {Post.Status.DRAFT, Post.Status.CHANGES_REQUESTED}


@operation
def submit_post(post: Post, *, now: datetime | None = None, by: Actor) -> Post:
    """Ask for a review. Raises Refused for a post that is further on than a draft."""
    stored = _held(post)
    if stored.status not in _CAN_BE_ASKED:
        raise Refused("Only a draft can be sent to review. This post is further on already.")
    asked = _write(stored, now, review_status=Post.Review.IN_REVIEW, review_note="")
    members = members_who_may("posts.approve_post")
    telling.tell_asked(asked, [m.user for m in members if may_approve(m.user, asked, role=m.role)], by=by)
    return asked


@operation
def approve_post(post: Post, *, version: int | None = None, now: datetime | None = None, by: Actor) -> Post:
    """Approve what the post says now. `version`, where given, is the one the person has read.

    A post that was scheduled before the workspace asked for approvals is approved where it stands. Raises
    PermissionDenied for one's own post where the workspace asks for somebody else, StaleVersion when it was changed
    meanwhile, Refused when nobody asked.
    """
    stored = _as_read(post, version)
    if not waits_for_yes(stored):
        raise Refused(NOBODY_ASKS)
    if not is_somebody_else(by, stored):
        raise PermissionDenied("Somebody else has to approve what you wrote.")
    approved = _write(
        stored,
        now,
        review_status=Post.Review.APPROVED,
        approved_hash=content_hash(stored),
        approved_by=author(by),
        review_note="",
    )
    telling.tell_answered(approved, f"{by} approved “{approved}”", by=by)
    return approved


@operation
def request_changes(
    post: Post, *, note: str, version: int | None = None, now: datetime | None = None, by: Actor
) -> Post:
    """Send a post back with a note that says what to change (at most 500 characters). Raises as `approve_post`."""
    stored = _as_read(post, version)
    if stored.status != Post.Status.IN_REVIEW:
        raise Refused(NOBODY_ASKS)
    note = note.strip()
    if not note:
        raise Refused("Say what should change.")
    if len(note) > NOTE_LENGTH:
        raise Refused(f"Keep the note to {NOTE_LENGTH} characters.")
    sent_back = _write(stored, now, review_status=Post.Review.CHANGES_REQUESTED, review_note=note)
    telling.tell_answered(sent_back, f"{by} asks for changes to “{sent_back}”", words=note, by=by)
    return sent_back


def waits_for_yes(post: Post) -> bool:
    """Tell whether an approval is missing: asked for, or needed by what is scheduled already."""
    if post.status == Post.Status.SCHEDULED:
        return current_workspace().approval_required and post.review_status != Post.Review.APPROVED
    return post.status == Post.Status.IN_REVIEW


def is_somebody_else(by: Actor, post: Post) -> bool:
    """Tell whether this actor may judge the post: anybody, or, where the workspace says so, not its author."""
    return not current_workspace().approval_by_other or author(by) is None or author(by) != post.created_by


def may_approve(user: User, post: Post, *, role: str | None = None) -> bool:
    """Tell a page whether to offer the two answers to this person."""
    return is_somebody_else(user, post) and may(user, "posts.approve_post", post, role=role)


def _held(post: Post) -> Post:
    stored = lock_post(post.pk)
    if stored is None or stored.trashed_at:
        raise Refused(IN_TRASH)
    return stored


def _as_read(post: Post, version: int | None) -> Post:
    stored = _held(post)
    if version is not None and version != stored.version:
        raise StaleVersion("It was changed while you were reading. Read it again, then answer.")
    return stored


def _write(stored: Post, now: datetime | None, **changes: object) -> Post:
    Post.objects.filter(pk=stored.pk).update(
        version=F("version") + 1, updated_at=now or clock.now(), **changes
    )
    settle(stored.pk)
    stored.refresh_from_db()
    return stored
