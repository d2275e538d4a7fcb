"""What a person decides about an import. Aura does it afterwards, in the background (working.py)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import F

from aura.kit import clock, jobs
from imports.kinds import get_kind
from imports.looking import Look
from imports.models import WORKING, Import, ImportRow
from imports.operations.judging import Judge
from imports.recognising import guess, remember
from workspaces import narrowing
from workspaces.models import User
from workspaces.operation import NOT_YOURS, SYSTEM, Actor, Refused, may, operation

WORK = "imports.work_import"
BY_AURA = "by_aura"  # in the options: Aura itself acts, for a command
LIMIT = "limit"  # likewise: what the credential allowed that set it to work, and no more is done
S = Import.Status
BUSY = "Aura is at work on this import. Wait until it is done, or stop it."


def locked(source: Import) -> Import:
    """Return the import as it is now, held until the transaction ends."""
    return Import.objects.select_for_update(of=("self",)).get(pk=source.pk)


def _set_to_work(
    source: Import, status: str, now: datetime, options: Mapping[str, Any], *, by: Actor, **changes: Any
) -> Import:
    """Let the worker do it, with the rights that `by` has when it is done, and no more than the credential in use."""
    limit = narrowing.in_use()
    free = {
        "due_at": now,
        "tries": 0,
        "claim_token": None,
        "lease_until": None,
        "failure": "",
        "ended_at": None,
    }
    acts = {
        "begun_by": by if isinstance(by, User) else getattr(by, "user", None),
        "options": {**options, BY_AURA: by is SYSTEM, LIMIT: limit.as_json() if limit else None},
    }
    Import.objects.filter(pk=source.pk).update(status=status, **(free | acts | changes))
    jobs.ring(WORK, source.pk)
    source.refresh_from_db()
    return source


@operation
def read_as(source: Import, *, look: Look, by: Actor) -> Import:
    """Read the file in another encoding: its headings are recognised anew. Raises Refused once its rows were read."""
    stored = locked(source)
    kind = get_kind(stored.kind)
    if stored.status != S.COLUMNS or stored.read_rows or kind is None:
        raise Refused("The rows were read already. Bring the file once more to read it differently.")
    stored.shape, stored.headings = look.shape.as_json(), look.headings
    stored.mapping = guess(kind, look.headings, look.rows).mapping
    stored.save(update_fields=["shape", "headings", "mapping"])
    return stored


@operation
def set_columns(
    source: Import,
    *,
    mapping: Sequence[str],
    options: Mapping[str, Any],
    is_kept: bool = True,
    now: datetime | None = None,
    by: Actor,
) -> Import:
    """Say what the columns are, and have every row checked by that.

    `is_kept`: the next file with these headings begins with this. Raises Refused while Aura is at work on it, and when
    something has come in already.
    """
    stored = locked(source)
    if stored.status in WORKING:
        raise Refused(BUSY)
    if not stored.may_be_mapped:
        raise Refused("Part of it is in already. Take that back first, or bring the file once more.")
    if is_kept:
        remember(stored.kind, stored.headings, mapping, dict(options))
    return _set_to_work(
        stored,
        S.CHECKING,
        now or clock.now(),
        options,
        by=by,
        mapping=list(mapping),
        round=F("round") + 1,
        checked=0,
        wrong=0,
        warned=0,
    )


@operation
def change_row(row: ImportRow, *, cells: Sequence[str], now: datetime | None = None, by: Actor) -> ImportRow:
    """Write other cells into a row that is not in, and judge it again. Raises Refused while Aura is at work on it."""
    stored = locked(row.source)
    now = now or clock.now()
    if stored.status not in {S.CHECKED, S.STOPPED, S.DONE, S.FAILED} or not stored.is_judged_whole:
        raise Refused(
            BUSY if stored.status in WORKING else "This import is closed. Bring the file once more."
        )
    current = ImportRow.objects.select_for_update(of=("self",)).get(pk=row.pk)
    if current.status not in {ImportRow.Status.WRONG, ImportRow.Status.WARNED, ImportRow.Status.READY}:
        raise Refused("This row is in already. Change what it became.")
    before = current.status
    current.cells, current.problem = list(cells), ""
    Judge.of(stored, by=by, now=now).judge(current)
    current.save(update_fields=["cells", "problem", "status", "sentences", "shown", "key"])
    statuses = ImportRow.Status
    Import.objects.filter(pk=stored.pk).update(
        wrong=F("wrong") + int(current.status == statuses.WRONG) - int(before == statuses.WRONG),
        warned=F("warned") + int(current.status == statuses.WARNED) - int(before == statuses.WARNED),
    )
    return current


def _need_rights(source: Import, by: Actor) -> None:
    """Refuse at once what would be refused row by row."""
    kind = get_kind(source.kind)
    if kind is None or not isinstance(by, User):
        return
    for name in kind.needs(source.options):
        if not may(by, name):
            raise PermissionDenied(narrowing.forbids(name) or narrowing.why_not(NOT_YOURS))


@operation
def bring_in_import(
    source: Import, *, only_whole: bool = False, now: datetime | None = None, by: Actor
) -> Import:
    """Bring in the rows that are ready, as `by`. What was stopped goes on where it was.

    `only_whole`: all or none; what turns out wrong on the way takes everything back. Raises Refused when there is
    nothing to bring in, or when all have to be right and some are not; PermissionDenied for whoever may not do what
    the rows become, such as scheduling.
    """
    stored = locked(source)
    _need_rights(stored, by)
    now = now or clock.now()
    if stored.status == S.BRINGING:
        raise Refused("It is coming in already.")
    if stored.status in WORKING:
        raise Refused(BUSY)
    if not stored.may_begin:
        raise Refused(
            "No row of it can come in. Look at what is wrong with each, and bring a corrected file."
        )
    if only_whole and stored.wrong:
        raise Refused(
            f"{stored.wrong:,} {'row is' if stored.wrong == 1 else 'rows are'} not right. "
            "Correct them first, or bring in the others without them."
        )
    return _set_to_work(
        stored,
        S.BRINGING,
        now,
        {**stored.options, "only_whole": only_whole},
        by=by,
        begun_at=stored.begun_at or now,
    )


@operation
def stop_import(source: Import, *, now: datetime | None = None, by: Actor) -> Import:
    """Stop what Aura is doing with it, after the row it is at. What is in stays in."""
    stored = locked(source)
    if stored.status not in WORKING:
        raise Refused("Nothing is going on with it any more.")
    now = now or clock.now()
    # While its columns can still be said, checking leads back to them.
    status = S.COLUMNS if stored.status == S.CHECKING and not stored.is_judged_whole else S.STOPPED
    ended = {"due_at": None, "claim_token": None, "lease_until": None, "ended_at": now}
    Import.objects.filter(pk=stored.pk).update(status=status, **ended)
    stored.refresh_from_db()
    return stored


@operation
def take_back_import(source: Import, *, now: datetime | None = None, by: Actor) -> Import:
    """Take back what the import made, as far as nobody touched it since. Raises Refused when there is nothing."""
    stored = locked(source)
    if stored.status in WORKING:
        raise Refused(BUSY)
    if not stored.may_end:
        raise Refused("Nothing of it is in.")
    return _set_to_work(stored, S.UNDOING, now or clock.now(), stored.options, by=by)
