"""The rows of an import as its page shows them: which filter, how many, and as a file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import QuerySet

from aura.kit.paging import Sort
from imports.models import Import, ImportRow

R = ImportRow.Status
BY_LINE = Sort("line", "By row", "line", descending=False)
ROWS = 50
WRONG, WARNED, READY, IN, KEPT, ALL = "wrong", "warned", "ready", "in", "kept", "all"
STATUSES: dict[str, tuple[str, ...]] = {
    WRONG: (R.WRONG,),
    WARNED: (R.WARNED,),
    READY: (R.READY,),
    IN: (R.IN,),
    KEPT: (R.KEPT,),
    ALL: (),
}


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter of the rows."""

    key: str
    word: str
    count: int
    is_on: bool


def filters_of(source: Import, wanted: str) -> list[Filter]:
    """Return the filters that show something, the wanted one on, or the first that a person should look at."""
    begun = source.brought or source.taken_back or source.kept
    counts = [
        (KEPT, "Stay", source.kept),
        (WRONG, "Left out" if begun else "Not right", source.wrong),
        (WARNED, "Have a look", 0 if begun else source.warned),
        (READY, "Ready", 0 if begun else max(source.ready - source.warned, 0)),
        (IN, "In", source.brought),
        (ALL, "All rows", source.rows),
    ]
    there = [(key, word, count) for key, word, count in counts if count or key == ALL]
    on = wanted if wanted in {key for key, _, _ in there} else there[0][0]
    return [Filter(key, word, count, key == on) for key, word, count in there]


def rows_of(source: Import, key: str) -> QuerySet[ImportRow]:
    """Return the rows that a filter shows."""
    rows: QuerySet[ImportRow] = ImportRow.objects.filter(source=source)
    statuses = STATUSES.get(key, ())
    return rows.filter(status__in=statuses) if statuses else rows


def left_out_name(source: Import) -> str:
    """Return what the file of the rows that were left out is called."""
    return f"left-out-of-{source.file_name.rpartition('.')[0]}.csv"


def as_file(source: Import) -> Iterator[list[str]]:
    """Yield the rows that were left out with the reason of each, the headings first: to correct and bring again."""
    yield [*source.headings, "Row", "Why"]
    width = len(source.headings)
    last = 0
    while True:
        rows = list(rows_of(source, WRONG).filter(line__gt=last).order_by("line")[:500])
        if not rows:
            return
        for row in rows:
            cells = [str(cell) for cell in row.cells[:width]]
            cells += [""] * (width - len(cells))
            yield [*cells, str(row.line), " ".join(row.sentences)]
        last = rows[-1].line
