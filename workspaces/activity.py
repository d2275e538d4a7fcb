"""Who did what in a workspace: what its page and programs read."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from aura.kit.paging import Sort
from workspaces.models import Activity
from workspaces.sentences import said

NEWEST = Sort("newest", "Newest first")


def chosen(*, who: UUID | None = None, kind: str = "") -> QuerySet[Activity]:
    """Return the entries of the open workspace: of everybody or one person, of every app or one (`kind`)."""
    found = Activity.objects.all()
    if who:
        found = found.filter(actor=who)
    return found.filter(verb__startswith=f"{kind}.") if kind else found


def deed(entry: Activity) -> str:
    """Return what an entry says after the name: "scheduled ‘Launch day’"."""
    return said(entry, f"‘{entry.subject_name}’" if entry.subject_name else "")
