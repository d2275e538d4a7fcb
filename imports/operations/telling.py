"""Whoever began something with an import is told how it ended: they may have left the page long ago."""

from __future__ import annotations

from imports import happenings
from imports.kinds import get_kind
from imports.models import Import
from workspaces.notices import Kind as Notice
from workspaces.operation import SYSTEM
from workspaces.operations import notify

IMPORT_ENDED = Notice(
    "import_ended", "An import of mine is in, or could not go on", icon="sheet", by_mail=False, order=90
)
MANY = 500  # rows that take long enough to check that somebody will have left
S = Import.Status


def tell_end(source: Import) -> None:
    """Tell whoever began it, and programs, that a step of the import has ended; in the transaction that ends it."""
    happenings.tell_end(source)
    sentence = _sentence_of(source)
    if sentence:
        notify(
            [source.begun_by],
            IMPORT_ENDED.slug,
            subject=source,
            sentence=sentence,
            words=source.failure,
            url=source.get_absolute_url(),
            by=SYSTEM,
        )


def _sentence_of(source: Import) -> str:
    kind = get_kind(source.kind)
    name = f"“{source.file_name}”"
    if kind is None or source.status == S.FAILED:
        return f"The import of {name} could not go on"
    if source.status == S.DONE:
        left = f", {source.wrong:,} left out" if source.wrong else ""
        return f"{name} is in: {kind.counted(source.brought)}{left}"
    if source.status == S.UNDONE:
        stay = f", {source.kept:,} stay" if source.kept else ""
        return f"{name} is taken back{stay}"
    if source.status == S.CHECKED and source.rows >= MANY:
        return f"{name} is checked: {source.ready:,} of {source.rows:,} rows are ready"
    return ""
