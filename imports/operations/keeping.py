"""Files and rows of imports are not kept for ever: after 90 days only the line stays that says who brought what."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core.files.storage import default_storage
from django.db.models import Q

from aura.kit import clock
from aura.kit.files import asking_storage
from imports.models import WORKING, Import, ImportRow
from workspaces.models import Workspace
from workspaces.scope import current_workspace, use_workspace

KEPT_FOR = timedelta(days=90)
ARRIVES_WITHIN = timedelta(days=1)
ROWS_AT_ONCE = 1000


def forget_old(*, now: datetime) -> int:
    """Delete files and rows of the open workspace's old imports, and what broke off arriving; return how many.

    The file goes first: killed in between, the next run finds the row and goes on.
    """
    old = Q(created_at__lt=now - KEPT_FOR) & ~Q(file_key="") & ~Q(status__in=WORKING)
    broken = Q(status=Import.Status.ARRIVING, created_at__lt=now - ARRIVES_WITHIN)
    gone = 0
    for source in Import.objects.filter(old | broken)[:100]:
        with asking_storage():
            if source.file_key and default_storage.exists(source.file_key):
                default_storage.delete(source.file_key)
        while rows := list(
            ImportRow.objects.filter(source=source).values_list("pk", flat=True)[:ROWS_AT_ONCE]
        ):
            ImportRow.objects.filter(pk__in=rows).delete()
        if source.status == Import.Status.ARRIVING:
            source.delete()
        else:
            closed = Import.Status.UNDONE if source.status == Import.Status.UNDONE else Import.Status.DONE
            if not source.brought and closed == Import.Status.DONE:
                source.delete()
            else:
                Import.objects.filter(pk=source.pk).update(
                    file_key="", headings=[], mapping=[], status=closed
                )
        gone += 1
    return gone + _sweep(now)


def _sweep(now: datetime) -> int:
    """Delete files that no import has needed for a day: what a killed process left half-written; return how many."""
    folder, swept = f"{current_workspace().pk}/imports", 0
    with asking_storage():
        try:
            names = default_storage.listdir(folder)[1]
        except FileNotFoundError:
            return 0
        known = set(Import.objects.exclude(file_key="").values_list("file_key", flat=True))
        for key in (f"{folder}/{name}" for name in names):
            if key not in known and now - default_storage.get_modified_time(key) > ARRIVES_WITHIN:
                default_storage.delete(key)
                swept += 1
    return swept


def forget_everywhere() -> None:
    """Forget old imports in every workspace, as the leading worker does once a day."""
    for workspace in Workspace.objects.filter(trashed_at=None):
        with use_workspace(workspace):
            forget_old(now=clock.now())
