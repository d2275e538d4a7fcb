"""Whether a post may go out: asked for, approved, or sent back. An approval is bound to exactly what was approved."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db.models import F

from aura.kit import clock
from posts import telling
from posts.agreement import Lack, channels_of, lacking, said, why_not
from posts.models import Approval, Post
from posts.models.review_link import NOTE_LENGTH
from posts.operations.reminding import able_to_approve, expect_reminders
from posts.operations.settle import lock_post, settle
from posts.operations.writing import IN_TRASH, author
from posts.snapshot import content_hash, content_of, hash_of
from workspaces.models import User
from workspaces.operation import Actor, Refused, StaleVersion, may, operation

NOBODY_ASKS = "Nobody asks for an answer on this post any more."
_CAN_BE_ASKED = {Post.Status.DRAFT, Post.Status.CHANGES_REQUESTED}


@operation
def submit_post(post: Post, *, now: datetime | None = None, by: Actor) -> Post:
    """Ask for a review: whoever may give the yes that is missing is told, and admins where nobody can any more.

    Raises Refused for a post that is further on than a draft, unless it was approved and lacks a yes by now.
    """
    stored = held(post)
    if not can_be_asked(stored):
        raise Refused("Only a draft can be sent to review. This post is further on already.")
    asked = _write(stored, now, review_status=Post.Review.IN_REVIEW, review_note="")
    ask_for_yes(asked, by=by)
    expect_reminders(asked.pk, now=now or clock.now())
    return asked


def can_be_asked(post: Post, *, exactly: bool = True) -> bool:
    """Tell whether a review of the post can be asked for; `exactly` as `posts.agreement.lacking`."""
    if post.status == Post.Status.APPROVED:
        return bool(lacking(post, exactly=exactly))
    return post.status in _CAN_BE_ASKED


def ask_for_yes(post: Post, *, by: Actor) -> None:
    """Tell whoever may give the yes that the post lacks; where the person asked for cannot any more, tell admins."""
    lacks = lacking(post)
    telling.tell_asked(post, able_to_approve(post, lacks), by=by)
    for lack in lacks:
        if not lack.is_able:
            telling.tell_nobody_can(post, lack, by=by)


@operation
def approve_post(post: Post, *, version: int | None = None, now: datetime | None = None, by: Actor) -> Post:
    """Approve what the post says now. `version`, where given, is the one the person has read.

    A post that was scheduled before anybody asked for approvals is approved where it stands. Where several people
    have to say yes, it is approved with the last of them. Raises PermissionDenied where a yes of this actor is not
    what is asked for, StaleVersion when it was changed meanwhile, Refused when nobody asked.
    """
    stored = _as_read(post, version)
    if not waits_for_yes(stored):
        raise Refused(NOBODY_ASKS)
    refusal = _why_not(author(by), stored, lacking(stored))
    if refusal:
        raise PermissionDenied(refusal)
    person = author(by)
    note_yes(stored, person, str(by), is_others=_is_others(person, stored), now=now)
    return settle_yes(stored, f"{by} approved “{stored}”", person, now=now, by=by)


def note_yes(
    stored: Post, person: User | None, name: str, *, is_others: bool, now: datetime | None = None
) -> Approval:
    """Keep a yes with what the post says; the one before of the same person ends."""
    now = now or clock.now()
    content = content_of(stored)
    given = Approval.objects.filter(post=stored, ended_at=None)
    if person is not None:
        given.filter(by=person).update(ended_at=now)
    return Approval.objects.create(
        post=stored,
        by=person,
        by_name=name[:100],
        is_others=is_others,
        content=content,
        content_hash=hash_of(content),
        at=now,
    )


def settle_yes(
    stored: Post, sentence: str, person: User | None, *, now: datetime | None = None, by: Actor
) -> Post:
    """Let the post be approved where nothing is lacking any more, else ask whoever is left; its author is told."""
    missing = lacking(stored)
    if missing and stored.status == Post.Status.IN_REVIEW:
        waiting = _write(stored, now)
        telling.tell_answered(waiting, sentence, words=said(missing), by=by)
        ask_for_yes(waiting, by=by)
        return waiting
    changes = {
        "review_status": Post.Review.APPROVED,
        "approved_hash": content_hash(stored),
        "approved_by": person,
        "review_note": "",
    }
    approved = _write(stored, now, **changes)
    telling.tell_answered(approved, sentence, words=said(missing), by=by)
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
    return send_back(stored, note, by=by, now=now)


def send_back(stored: Post, note: str, *, by: Actor, now: datetime | None = None) -> Post:
    """Send a post back to its author, who is told; every yes that it had ends."""
    Approval.objects.filter(post=stored, ended_at=None).update(ended_at=now or clock.now())
    sent_back = _write(stored, now, review_status=Post.Review.CHANGES_REQUESTED, review_note=note)
    telling.tell_answered(sent_back, f"{by} asks for changes to “{sent_back}”", words=note, by=by)
    return sent_back


def waits_for_yes(post: Post, *, exactly: bool = True) -> bool:
    """Tell whether an approval is missing: asked for, or needed by what is approved or scheduled already."""
    if post.status == Post.Status.PARTLY_PUBLISHED:  # the rest of a thread that was changed
        return bool(channels_of(post)) and bool(lacking(post, exactly=exactly))
    if post.status in (Post.Status.SCHEDULED, Post.Status.APPROVED):
        return bool(lacking(post, exactly=exactly))
    return post.status == Post.Status.IN_REVIEW


def may_approve(user: User, post: Post, lacks: Sequence[Lack], *, role: str | None = None) -> bool:
    """Tell a page whether to offer the two answers to this person; `lacks` is what the post lacks."""
    return not _why_not(user, post, lacks) and may(user, "posts.approve_post", post, role=role)


def _why_not(person: User | None, post: Post, lacks: Sequence[Lack]) -> str:
    return why_not(lacks, person, is_others=_is_others(person, post))


def _is_others(person: User | None, post: Post) -> bool:
    return person is None or person.pk != post.created_by_id


def held(post: Post) -> Post:
    """Return the post, locked. Raises Refused for one in the trash."""
    stored = lock_post(post.pk)
    if stored is None or stored.trashed_at:
        raise Refused(IN_TRASH)
    return stored


def _as_read(post: Post, version: int | None) -> Post:
    stored = held(post)
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
