"""Who did what in a workspace: what its page and programs read."""

from __future__ import annotations

import re
from functools import cache
from uuid import UUID

from django.apps import apps
from django.db.models import QuerySet

from aura.kit.paging import Sort
from workspaces.models import Activity, Membership
from workspaces.sentences import said

NEWEST = Sort("newest", "Newest first")


def chosen(*, who: UUID | None = None, kind: str = "") -> QuerySet[Activity]:
    """Return the entries of the open workspace: of everybody or one person, of every app or one (`kind`)."""
    found = Activity.objects.all()
    if who:
        found = found.filter(actor=who)
    return found.filter(verb__startswith=f"{kind}.") if kind else found


@cache
def kind_of(label: str) -> str:
    """Return in a word what an entry is about, by the label of its model: "webhook_endpoint", "member"."""
    if label == Membership._meta.label_lower:
        return "member"
    try:
        name = apps.get_model(label).__name__
    except (LookupError, ValueError):  # what there was once, or nothing
        return label.rpartition(".")[2]
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def deed(entry: Activity) -> str:
    """Return what an entry says after the name: "scheduled ‘Launch day’"."""
    return said(entry, f"‘{entry.subject_name}’" if entry.subject_name else "")
