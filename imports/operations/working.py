"""The work of an import: read, judged, brought in, taken back, a slice at a time.

Killed anywhere, the next worker goes on: what a row became and that it did are written in one transaction, and every
transaction asks first whether the import is still this worker's. So no row comes in twice, and none is lost.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from itertools import islice
from typing import Any

import structlog
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F

from aura.kit import clock, jobs
from aura.kit.problems import Refused, Unavailable
from aura.kit.testing_points import failpoint
from imports.files import local
from imports.kinds import Reader
from imports.models import COMES_IN, WORKING, Import, ImportRow
from imports.operations.deciding import BY_AURA, LIMIT, WORK
from imports.operations.judging import SENTENCE_LENGTH, Judge, mark_doubles
from imports.operations.telling import tell_end
from imports.reading import Line, Shape, Unreadable, lines_of
from workspaces.narrowing import Limit, narrowed_to
from workspaces.operation import SYSTEM, Actor

log = structlog.get_logger(__name__)

S, R = Import.Status, ImportRow.Status
SLICE = 20.0  # seconds of one run: then others get their turn
READ_AT_ONCE = 500
READ_CHARACTERS = 1_000_000  # or so many, whichever comes first
JUDGED_AT_ONCE = 50
GIVEN_UP = (
    "Aura tried five times and could not go on with this import. What is in stays in. Bring the file once more, "
    "or tell whoever runs this Aura."
)
BEGAN_NOBODY = "Whoever began this import has no account any more. Begin it once more."


class _Lost(Exception):
    """The import is not this worker's any more: it was stopped, or somebody else has it."""


class _Run:
    """One slice of work on a claimed import."""

    def __init__(self, source: Import, token: uuid.UUID, now: datetime) -> None:
        self.source, self.token, self.now = source, token, now
        self.until = time.monotonic() + SLICE

    def is_over(self) -> bool:
        return time.monotonic() > self.until

    def hold(self, **changes: Any) -> None:
        """Change the import, inside the transaction that is open. Raises _Lost when it is not ours any more."""
        held = Import.objects.filter(pk=self.source.pk, claim_token=self.token, status=self.source.status)
        if held.update(**changes) != 1:
            raise _Lost

    def end(self, status: str, **changes: Any) -> None:
        with transaction.atomic():
            self.hold(
                status=status,
                due_at=None,
                claim_token=None,
                lease_until=None,
                tries=0,
                ended_at=clock.now(),
                **changes,
            )
            self.source.refresh_from_db()
            tell_end(self.source)

    def actor(self) -> Actor:
        if self.source.options.get(BY_AURA):
            return SYSTEM
        if self.source.begun_by is None:
            raise Unreadable(BEGAN_NOBODY)
        return self.source.begun_by

    def judge(self) -> Judge:
        return Judge.of(self.source, by=self.actor(), now=self.now)


def work_import(import_id: uuid.UUID, token: uuid.UUID, *, now: datetime | None = None) -> None:
    """Do a slice of the work on a claimed import; more of it is due at once, until it is done."""
    held = Import.objects.select_related("begun_by").filter(
        pk=import_id, claim_token=token, status__in=WORKING
    )
    source = held.first()
    if source is None:
        return
    run = _Run(source, token, now or clock.now())
    steps: dict[str, Callable[[_Run], bool]] = {
        S.CHECKING: _check,
        S.BRINGING: _bring_in,
        S.UNDOING: _take_back,
    }
    try:
        with _as_narrow_as_begun(source):
            is_done = steps[source.status](run)
    except _Lost:
        return
    except (Unreadable, PermissionDenied) as problem:
        try:
            run.end(S.FAILED, failure=str(problem)[:400])
        except _Lost:
            pass
        return
    except Unavailable as problem:
        log.warning("import.put_off", sentence=str(problem))
        jobs.REGISTRY[WORK].put_off(import_id, token)
        return
    if not is_done and jobs.record(Import, import_id, token, due_at=clock.now(), tries=0):
        jobs.ring(WORK, import_id)


def _as_narrow_as_begun(source: Import) -> AbstractContextManager[None]:
    """Allow no more than the credential did that set it to work."""
    kept = source.options.get(LIMIT)
    return narrowed_to(Limit.of_json(kept)) if kept else nullcontext()


def set_aside(import_id: uuid.UUID, token: uuid.UUID) -> None:
    """Give an import up that was tried too often, and say so on it."""
    gone = {"status": S.FAILED, "failure": GIVEN_UP, "due_at": None, "ended_at": clock.now()}
    with transaction.atomic():
        if jobs.record(Import, import_id, token, **gone):
            tell_end(Import.objects.select_related("begun_by").get(pk=import_id))


# Read and judged ---------------------------------------------------------------------------------------------------


def _check(run: _Run) -> bool:
    source = run.source
    if not source.is_read and not _read(run):
        return False
    source.refresh_from_db(fields=["is_read", "rows", "checked"])
    if source.rows == 0:
        raise Unreadable("There is no row below the headings. Choose another file.")
    while not run.is_over():
        pending = ImportRow.objects.filter(source=source, round__lt=source.round)
        rows = list(pending.order_by("round", "line")[:JUDGED_AT_ONCE])
        if not rows:
            run.end(S.CHECKED)
            return True
        judge = run.judge()
        for row in rows:
            judge.judge(row)
            row.round = source.round
        mark_doubles(source, rows)
        with transaction.atomic():
            run.hold(
                checked=F("checked") + len(rows),
                wrong=F("wrong") + sum(row.status == R.WRONG for row in rows),
                warned=F("warned") + sum(row.status == R.WARNED for row in rows),
            )
            ImportRow.objects.bulk_update(rows, ["status", "sentences", "shown", "key", "round"])
            failpoint("import.judged")
    return False


def _read(run: _Run) -> bool:
    """Write the rows of the file down; return whether it is read to its end."""
    source, most = run.source, int(settings.AURA_IMPORT_ROWS)
    with local(source) as path:
        lines = lines_of(path, Shape.of(source.shape), most=most + 1)
        next(lines, None)  # the headings
        lines = islice(lines, source.read_rows, None)
        for some in _batches(lines):
            if source.rows + len(some) > most:
                raise Unreadable(f"It has more than {most:,} rows, the limit of one file. Bring it in parts.")
            with transaction.atomic():
                run.hold(rows=F("rows") + len(some), read_rows=F("read_rows") + len(some))
                ImportRow.objects.bulk_create(
                    ImportRow(source=source, line=line.number, cells=line.cells, problem=line.problem)
                    for line in some
                )
                failpoint("import.read")
            source.rows += len(some)
            if run.is_over():
                return False
    with transaction.atomic():
        run.hold(is_read=True)
    return True


def _batches(lines: Iterator[Line]) -> Iterator[list[Line]]:
    some: list[Line] = []
    size = 0
    for line in lines:
        some.append(line)
        size += sum(map(len, line.cells))
        if len(some) >= READ_AT_ONCE or size > READ_CHARACTERS:
            yield some
            some, size = [], 0
    if some:
        yield some


# Brought in --------------------------------------------------------------------------------------------------------


def _bring_in(run: _Run) -> bool:
    source = run.source
    while not run.is_over():
        waiting = ImportRow.objects.filter(source=source, status__in=COMES_IN)
        rows = list(waiting.order_by("line")[:JUDGED_AT_ONCE])
        if not rows:
            run.end(S.DONE)
            return True
        judge = run.judge()
        for row in rows:
            try:
                _bring_in_row(run, judge, row)
            except Refused as problem:
                if isinstance(problem, Unavailable):
                    raise
                if _leave_out(run, row, str(problem)):
                    return False
            if run.is_over():
                break
    return False


def _bring_in_row(run: _Run, judge: Judge, row: ImportRow) -> None:
    with transaction.atomic():
        run.hold(brought=F("brought") + 1)
        if not ImportRow.objects.filter(pk=row.pk, status__in=COMES_IN).update(status=R.IN):
            raise _Lost
        made = judge.reader.bring_in(judge.cells_of(row))
        ImportRow.objects.filter(pk=row.pk).update(object_id=made.object_id, mark=made.mark)
        failpoint("import.brought_in")
    failpoint("import.after_row")


def _leave_out(run: _Run, row: ImportRow, sentence: str) -> bool:
    """Write down why a row did not come in after all; return whether everything goes back because of it."""
    goes_back = bool(run.source.options.get("only_whole"))
    with transaction.atomic():
        if goes_back:
            why = f"Row {row.line} could not come in, and you wanted all or none: {sentence}"
            run.hold(wrong=F("wrong") + 1, status=S.UNDOING, failure=why[:400])
        else:
            run.hold(wrong=F("wrong") + 1)
        ImportRow.objects.filter(pk=row.pk).update(status=R.WRONG, sentences=[sentence[:SENTENCE_LENGTH]])
    return goes_back


# Taken back --------------------------------------------------------------------------------------------------------


def _take_back(run: _Run) -> bool:
    source = run.source
    while not run.is_over():
        rows = list(ImportRow.objects.filter(source=source, status=R.IN).order_by("line")[:JUDGED_AT_ONCE])
        if not rows:
            run.end(S.UNDONE)
            return True
        reader = run.judge().reader
        for row in rows:
            _take_back_row(run, reader, row)
            if run.is_over():
                break
    return False


def _take_back_row(run: _Run, reader: Reader, row: ImportRow) -> None:
    with transaction.atomic():
        assert row.object_id is not None
        try:
            with transaction.atomic():
                why = reader.take_back(row.object_id, row.mark)
        except (Refused, PermissionDenied) as problem:
            why = str(problem)
        run.hold(
            brought=F("brought") - 1,
            **({"kept": F("kept") + 1} if why else {"taken_back": F("taken_back") + 1}),
        )
        done = ImportRow.objects.filter(pk=row.pk, status=R.IN).update(
            status=R.KEPT if why else R.UNDONE, sentences=[why[:SENTENCE_LENGTH]] if why else []
        )
        if not done:
            raise _Lost
        failpoint("import.taken_back")
