"""What people say about one thing: said, answered, changed, taken back, settled, and gone when the thing goes."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import models

from aura.kit import clock
from workspaces import mentions, talk
from workspaces.models import Comment, Notification, User, WorkspaceModel
from workspaces.notices import COMMENT, MENTION, REPLY
from workspaces.operation import Actor, Refused, System, operation
from workspaces.operations.notices import forget_notices, notify

ONLY_THEIRS = "Only who wrote it can change it. Answer it instead."
GONE = "This conversation is gone. Reload the page, then begin a new one."


@operation
def add_comment(
    subject: WorkspaceModel,
    *,
    body: str,
    parent: Comment | None = None,
    place: str = "",
    quote: str = "",
    quote_at: int | None = None,
    by: Actor,
) -> Comment:
    """Say something judged about a thing of the open workspace, or answer what was said; an answer opens it again.

    `quote` are the words of the thing that it is about, `place` the text they stand in, `quote_at` where. Whoever is
    mentioned is told, and so are those in the conversation and whoever made the thing. Raises Refused when what it
    answers is gone.
    """
    first = None
    if parent is not None:
        about = Comment.objects.filter(subject_type=subject._meta.label_lower, subject_id=subject.pk)
        first = about.select_for_update(of=("self",)).filter(pk=parent.parent_id or parent.pk).first()
        if first is None:
            raise Refused(GONE)
        if first.resolved_at is not None:
            Comment.objects.filter(pk=first.pk).update(resolved_at=None, resolved_by=None)
    found = mentions.mentioned_in(body)
    comment = Comment(
        subject_type=subject._meta.label_lower,
        subject_id=subject.pk,
        parent=first,
        body=body,
        place="" if first else place,
        quote="" if first else talk.flat(quote),
        quote_at=None if first else quote_at,
        mentions=mentions.kept(found),
        author_name=str(by)[:100],
        created_by=by if isinstance(by, User) else None,
    )
    comment.save(force_insert=True)
    _tell(comment, subject, found.values(), by=by)
    return comment


@operation
def edit_comment(comment: Comment, *, body: str, now: datetime | None = None, by: Actor) -> Comment:
    """Say it in other words; who is mentioned only now is told. Raises PermissionDenied for what others said."""
    stored = _held(comment)
    _only_their_own(stored, by)
    if stored.removed_at is not None:
        raise Refused(GONE)
    before, found = mentions.ids_in(stored.mentions), mentions.mentioned_in(body)
    stored.body, stored.mentions, stored.edited_at = body, mentions.kept(found), now or clock.now()
    stored.save(update_fields=["body", "mentions", "edited_at"])
    _notices_of(stored).update(words=talk.flat(body)[:200])
    kind = talk.kind_of(stored)
    subject = kind.model.objects.filter(pk=stored.subject_id).first()
    if subject is not None:
        new = [user for user in found.values() if user.pk not in before]
        _tell(stored, subject, new, by=by, only_mentions=True)
    return stored


@operation
def delete_comment(comment: Comment, *, now: datetime | None = None, by: Actor) -> Comment:
    """Take back a comment; Aura keeps what it said nowhere. What has answers stays as an empty place above them."""
    stored = _held(comment)
    _notices_of(stored).delete()
    if stored.replies.exists():
        nothing: dict[str, Any] = {"body": "", "place": "", "quote": "", "quote_at": None, "mentions": []}
        Comment.objects.filter(pk=stored.pk).update(removed_at=now or clock.now(), **nothing)
        return comment
    key, first = stored.pk, stored.parent
    stored.delete()
    if first is not None and first.removed_at is not None and not first.replies.exists():
        forget_notices(first)
        first.delete()
    stored.pk = key  # for the activity entry
    return stored


@operation
def resolve_comment(comment: Comment, *, now: datetime | None = None, by: Actor) -> Comment:
    """Say that a conversation is settled. Raises Refused for an answer, which is no conversation of its own."""
    stored = _first(comment)
    if stored.resolved_at is None:
        stored.resolved_at = now or clock.now()
        stored.resolved_by = by if isinstance(by, User) else None
        stored.save(update_fields=["resolved_at", "resolved_by"])
    return stored


@operation
def reopen_comment(comment: Comment, *, by: Actor) -> Comment:
    """Say that a conversation is not settled after all. Raises Refused for an answer."""
    stored = _first(comment)
    stored.resolved_at = stored.resolved_by = None
    stored.save(update_fields=["resolved_at", "resolved_by"])
    return stored


def forget_talk(model: type[WorkspaceModel], ids: Collection[uuid.UUID]) -> None:
    """Delete what was said and told about things that are deleted for good; part of that operation."""
    of_these = {"subject_type": model._meta.label_lower, "subject_id__in": list(ids)}
    comments = Comment.objects.filter(**of_these)
    of_talk = {"subject_type": Comment._meta.label_lower, "subject_id__in": comments.values("pk")}
    Notification.objects.filter(**of_talk).delete()
    Notification.objects.filter(**of_these).delete()
    comments.delete()


def forget_comments(subject: WorkspaceModel) -> None:
    """As `forget_talk`, about one thing."""
    forget_talk(type(subject), [subject.pk])


def _held(comment: Comment) -> Comment:
    """Return a comment as it is now, locked. Raises Refused when somebody has taken it back."""
    stored = Comment.objects.select_for_update(of=("self",)).filter(pk=comment.pk).first()
    if stored is None:
        raise Refused(GONE)
    return stored


def _first(comment: Comment) -> Comment:
    stored = _held(comment)
    if stored.parent_id is not None:
        raise Refused("This is an answer. Settle the conversation it belongs to.")
    return stored


def _only_their_own(comment: Comment, by: Actor) -> None:
    if isinstance(by, System) or (isinstance(by, User) and comment.created_by_id == by.pk):
        return
    raise PermissionDenied(ONLY_THEIRS)


def _anchor(comment: Comment) -> str:
    return f"#comment-{comment.pk}"


def _notices_of(comment: Comment) -> models.QuerySet[Notification]:
    """Return what people were told of this very comment."""
    return Notification.objects.filter(
        subject_type=comment._meta.label_lower,
        subject_id=comment.parent_id or comment.pk,
        url__endswith=_anchor(comment),
    )


def _tell(
    comment: Comment,
    subject: WorkspaceModel,
    mentioned: Iterable[User],
    *,
    by: Actor,
    only_mentions: bool = False,
) -> None:
    """Tell each of those concerned once: who is mentioned, who takes part, who made the thing."""
    if not talk.is_known(subject):
        return
    first = comment.parent or comment
    url = f"{talk.kind_of(subject).url(subject)}{_anchor(comment)}"
    told: set[object] = set()

    def tell(people: Iterable[User | None], kind: str, sentence: str) -> None:
        new = {user.pk: user for user in people if user is not None and user.pk not in told}
        told.update(new)
        notify(new.values(), kind, subject=first, sentence=sentence, words=comment.body, url=url, by=by)

    tell(mentioned, MENTION.slug, f"{by} mentions you on “{subject}”")
    if only_mentions:
        return
    if comment.parent is not None:
        others = first.replies.exclude(created_by=None).select_related("created_by")
        taking_part = [first.created_by, *(one.created_by for one in others)]
        tell(taking_part, REPLY.slug, f"{by} answers on “{subject}”")
    tell([getattr(subject, "created_by", None)], COMMENT.slug, f"{by} comments on “{subject}”")
