"""What the page of a thing shows of its comments and its history."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from workspaces.models import Activity, ActivitySubject, Comment, User, WorkspaceModel
from workspaces.operation import may
from workspaces.sentences import said

COMMENTS_AT_MOST = 100
ENTRIES_AT_MOST = 12


@dataclass(frozen=True)
class Said:
    """A comment, and whether this person may take it back."""

    comment: Comment
    may_delete: bool


@dataclass(frozen=True)
class Done:
    """An entry of the activity, and what it says of the thing after the name."""

    entry: Activity
    words: str


def comments_on(subject: WorkspaceModel, person: User, *, role: str) -> list[Said]:
    """Return what was said about a thing, oldest first, the newest COMMENTS_AT_MOST; one query."""
    rows = Comment.objects.filter(subject_type=subject._meta.label_lower, subject_id=subject.pk)
    newest = rows.select_related("created_by").order_by("-id")[:COMMENTS_AT_MOST]
    return [
        Said(comment, may(person, "workspaces.delete_comment", comment, role=role))
        for comment in reversed(newest)
    ]


def history_of(subject: WorkspaceModel) -> list[Done]:
    """Return what was done with a thing, alone or among many, newest first; one query."""
    kind, key = subject._meta.label_lower, subject.pk
    among = ActivitySubject.objects.filter(subject_type=kind, subject_id=key).values("activity")
    entries = Activity.objects.filter(Q(subject_type=kind, subject_id=key) | Q(pk__in=among))
    return [
        Done(entry, said(entry, "it" if entry.subject_id == key else entry.subject_name))
        for entry in entries.select_related("actor").order_by("-id")[:ENTRIES_AT_MOST]
    ]
