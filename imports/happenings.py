"""What programs are told of imports (workspaces.events)."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from imports.models import Import
from workspaces.events import Facts, Kind
from workspaces.operations import absolute_url, happened


def facts_of_imports(ids: Collection[uuid.UUID]) -> list[Facts]:
    """Return what is told of these imports: their figures, and none of their rows; one query."""
    return [
        {
            "id": str(source.pk),
            "url": absolute_url(source.get_absolute_url()),
            "name": source.file_name,
            "kind": source.kind,
            "status": source.status,
            "rows": source.rows,
            "brought": source.brought,
            "wrong": source.wrong,
            "problem": source.failure,
        }
        for source in Import.objects.filter(pk__in=ids).order_by("pk")
    ]


FINISHED, TAKEN_BACK, FAILED = "import.finished", "import.taken_back", "import.failed"
KINDS = [
    Kind(FINISHED, "An import is in", "Imports", facts_of_imports),
    Kind(TAKEN_BACK, "An import was taken back", "Imports", facts_of_imports),
    Kind(FAILED, "An import could not go on", "Imports", facts_of_imports),
]
_BY_STATUS: dict[str, str] = {
    Import.Status.DONE: FINISHED,
    Import.Status.UNDONE: TAKEN_BACK,
    Import.Status.FAILED: FAILED,
}


def tell_end(source: Import) -> None:
    """Tell programs that an import has ended; in the transaction that ends it."""
    if source.status in _BY_STATUS:
        happened(_BY_STATUS[source.status], [source.pk])
