"""Rows are judged: cells become the columns of the kind, and its reader tells what would become of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from imports.kinds import Kind, Reader, Setting, get_kind
from imports.models import Import, ImportRow
from imports.reading import Unreadable
from workspaces.operation import Actor

SENTENCE_LENGTH = 400


@dataclass(slots=True)
class Judge:
    """Judges rows of one import, in one batch."""

    kind: Kind
    mapping: list[str]
    reader: Reader

    @classmethod
    def of(cls, source: Import, *, by: Actor, now: datetime) -> Judge:
        """Return the judge of an import. Raises Unreadable for a kind that this Aura does not know."""
        kind = get_kind(source.kind)
        if kind is None:
            raise Unreadable("This Aura does not know this kind of import any more. Update Aura.")
        return cls(kind, list(source.mapping), kind.open(Setting(source.options, by, now)))

    def cells_of(self, row: ImportRow) -> Mapping[str, str]:
        """Return what stands in the columns of the kind."""
        return {
            key: row.cells[number] if number < len(row.cells) else ""
            for number, key in enumerate(self.mapping)
            if key
        }

    def judge(self, row: ImportRow) -> None:
        """Write into the row, in memory, what was found out about it."""
        problem = row.problem
        if not problem and any(row.cells[len(self.mapping) :]):
            problem = "It has more cells than there are headings. Is a quotation mark missing?"
        if problem:
            row.status, row.sentences, row.shown = ImportRow.Status.WRONG, [problem], {}
            return
        found = self.reader.judge(self.cells_of(row))
        row.sentences = [sentence[:SENTENCE_LENGTH] for sentence in [*found.errors, *found.warnings]]
        row.shown = found.shown
        row.status = (
            ImportRow.Status.WRONG
            if found.errors
            else ImportRow.Status.WARNED
            if found.warnings
            else ImportRow.Status.READY
        )
