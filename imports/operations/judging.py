"""Rows are judged: cells become the columns of the kind, and its reader tells what would become of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from imports.kinds import Kind, Reader, Setting, get_kind
from imports.models import COMES_IN, Import, ImportRow
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
            row.status, row.sentences, row.shown, row.key = ImportRow.Status.WRONG, [problem], {}, ""
            return
        found = self.reader.judge(self.cells_of(row))
        row.sentences = [sentence[:SENTENCE_LENGTH] for sentence in [*found.errors, *found.warnings]]
        row.shown, row.key = found.shown, found.key
        row.status = (
            ImportRow.Status.WRONG
            if found.errors
            else ImportRow.Status.WARNED
            if found.warnings
            else ImportRow.Status.READY
        )


def mark_doubles(source: Import, rows: list[ImportRow]) -> None:
    """Say of rows just judged which row above them says the same; one query."""
    keys = {row.key for row in rows if row.key}
    if not keys:
        return
    judged = ImportRow.objects.filter(source=source, key__in=keys, round=source.round)
    first: dict[str, int] = {}
    for key, line in [*judged.values_list("key", "line"), *((row.key, row.line) for row in rows)]:
        first[key] = min(line, first.get(key, line))
    for row in rows:
        if row.key and first[row.key] < row.line and row.status in COMES_IN:
            row.sentences = [
                *row.sentences,
                f"Row {first[row.key]} says the same. Take one of them out of the file.",
            ]
            row.status = ImportRow.Status.WARNED
