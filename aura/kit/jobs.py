"""The row is the job: what is due, who claims it, and the bell that shortens the wait.

An app keeps its work in ordinary rows (WorkRow) and registers a due list for each kind (`register`, from
`apps.py`). `manage.py work` or a Celery worker asks for due ids and runs the task with one of them. A task
claims its row by one conditional UPDATE, works outside any transaction, and records with its token; a stale
holder's record changes nothing. Running a task twice is normal.
"""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol

from django.db import models, transaction
from django.db.models import Expression, F, Max, Min, Q, UUIDField, Window
from django.db.models.functions import Now, RowNumber

from aura.kit import clock
from aura.kit.testing_points import failpoint

STOCK = 200  # ids found at once (claim_some)
STOCK_LASTS = 1.0  # seconds until they are found anew
CLAIM_AT_MOST = 20  # ids in one claiming UPDATE (decisions.md, Work)
QUARANTINE_AFTER = 5  # failures before a row is set aside for a person (house.md, Work rows)


class WorkRow(models.Model):
    """Abstract: a row that may need work.

    `due_at` says when it next wants attention (None: never), `lease_until` and `claim_token` who works on it
    now, `tries` how often it was claimed since it last succeeded.
    """

    due_at = models.DateTimeField(null=True, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    claim_token = models.UUIDField(null=True, blank=True, editable=False)
    tries = models.PositiveSmallIntegerField(default=0, editable=False)

    class Meta:
        abstract = True


FREE = Q(lease_until__isnull=True) | Q(lease_until__lt=Now())
DUE = Q(due_at__lte=Now())


class _TokenByRow(Expression):
    """A `CASE id WHEN … THEN …`: Django's own Case of twenty lookups takes longer to build than the UPDATE to run."""

    def __init__(self, tokens: dict[uuid.UUID, uuid.UUID]) -> None:
        super().__init__(output_field=UUIDField())
        self.tokens = tokens

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        prepare = self.output_field.get_db_prep_value
        pairs = [prepare(value, connection) for pair in self.tokens.items() for value in pair]
        column = compiler.quote_name_unless_alias(compiler.query.get_meta().pk.column)
        return f"CASE {column} {'WHEN %s THEN %s ' * len(self.tokens)}END", tuple(pairs)


def claim(
    rows: models.QuerySet[Any], ids: Sequence[uuid.UUID], *, lease: float, point: str = "", **changes: Any
) -> dict[uuid.UUID, uuid.UUID]:
    """Claim those of `ids` that `rows` still contains and nobody holds; return {id: token} of what was won.

    `rows` is a queryset that states what makes a row claimable (its status); `lease` is in seconds by the
    database's clock; `changes` are further columns to set, `point` names the failpoint before the commit. One UPDATE,
    right on SQLite and PostgreSQL.
    """
    tokens = {pk: uuid.uuid4() for pk in list(ids)[:CLAIM_AT_MOST]}
    if not tokens:
        return {}
    with transaction.atomic():
        # Locked first, in one order: two claimers of overlapping batches never deadlock, nor wait (skip_locked is
        # a no-op on SQLite, where one writer at a time does the same).
        free = (
            rows.filter(FREE, pk__in=tokens).order_by("pk").select_for_update(skip_locked=True, of=("self",))
        )
        won = {pk: tokens[pk] for pk in free.values_list("pk", flat=True)}
        if won:
            changed = rows.filter(FREE, pk__in=won).update(
                claim_token=_TokenByRow(won),
                lease_until=clock.db_after(lease),
                tries=F("tries") + 1,
                **changes,
            )
            if changed != len(won):
                raise RuntimeError("A locked row was changed by somebody else: the database does not lock.")
        if point:
            failpoint(point)
        return won


def renew(model: type[models.Model], pk: uuid.UUID, token: uuid.UUID, *, lease: float) -> bool:
    """Extend a lease that is still ours; return False when it was lost."""
    held = model._default_manager.filter(pk=pk, claim_token=token)
    return held.update(lease_until=clock.db_after(lease)) == 1


def record(model: type[models.Model], pk: uuid.UUID, token: uuid.UUID, **changes: Any) -> bool:
    """Write a result and give the row back, if the token still holds it; return whether it did.

    Sets `claim_token` and `lease_until` to None together with `changes`. A stale holder changes nothing.
    """
    held = model._default_manager.filter(pk=pk, claim_token=token)
    return held.update(claim_token=None, lease_until=None, **changes) == 1


def retry_delay(tries: int) -> timedelta:
    """Return how long to wait after the `tries`-th failure: 10 s doubling to at most an hour."""
    return timedelta(seconds=min(10 * 2 ** max(tries - 1, 0), 3600))


@dataclass(frozen=True)
class Line:
    """Rows that go one after the other: of each line, only the first that is due may be taken.

    `by` names the column that says which line, `order` those that put it in order. `gates` are instants (null: open)
    until which a whole line rests; to keep the order, a row that has to wait for its line's gate keeps its `due_at`.
    """

    by: str
    order: tuple[str, ...]
    gates: tuple[str, ...] = ()

    def heads(self, due: models.QuerySet[Any]) -> models.QuerySet[Any]:
        """Return the first of each line of `due` whose gates are open and of which nobody holds a row."""
        for gate in self.gates:
            due = due.filter(Q(**{gate: None}) | Q(**{f"{gate}__lte": Now()}))
        line = F(self.by)
        place = Window(RowNumber(), partition_by=line, order_by=[F(name).asc() for name in self.order])
        held = Window(Max("lease_until"), partition_by=line)
        return due.annotate(place=place, held=held).filter(Q(held=None) | Q(held__lt=Now()), place=1)

    def opens(self, due: models.QuerySet[Any], until: datetime) -> datetime | None:
        """Return when the next gate opens that keeps back something due, None when none does before `until`."""
        opening = [
            due.filter(**{f"{gate}__gt": Now(), f"{gate}__lte": until}).aggregate(at=Min(gate))["at"]
            for gate in self.gates
        ]
        return min((at for at in opening if at), default=None)


@dataclass(frozen=True)
class DueList:
    """One kind of work.

    `name` is "app.verb_noun" and names the task everywhere. `rows` returns the queryset of rows whose state makes
    them claimable (due time and lease are added here). `run(id, token)` does one claimed row, in the row's own
    workspace, and records with the token. `queue` is one of publish, media, imports, mail, default. `lease` and
    `deadline` are in seconds, the deadline the shorter; a run that exceeds it is killed. `set_aside(id, token)`, if
    given, is called instead of `run` for a row that was claimed more than QUARANTINE_AFTER times without success
    (a task that raises, hangs or kills its process every time); it must say so in words on the row. `line`: rows that
    may not overtake each other.
    """

    name: str
    rows: Callable[[], models.QuerySet[Any]]
    run: Callable[[uuid.UUID, uuid.UUID], None]
    queue: str = "default"
    lease: float = 120.0
    deadline: float = 100.0
    set_aside: Callable[[uuid.UUID, uuid.UUID], None] | None = None
    line: Line | None = None
    _stock: list[tuple[uuid.UUID | None, uuid.UUID]] = field(
        default_factory=list, init=False, compare=False, repr=False
    )
    _found_at: list[float] = field(default_factory=lambda: [0.0], init=False, compare=False, repr=False)

    def find(self, limit: int) -> list[tuple[uuid.UUID | None, uuid.UUID]]:
        """Return due `(workspace id or None, row id)` pairs, fair between workspaces, oldest first."""
        with every_scope():
            due = self.rows().filter(DUE)
            due = due.filter(FREE) if self.line is None else self.line.heads(due)
            if not _has_workspace(due.model):
                return [(None, pk) for pk in due.order_by("due_at").values_list("pk", flat=True)[:limit]]
            turn = Window(RowNumber(), partition_by=F("workspace_id"), order_by=F("due_at").asc())
            fair = due.annotate(turn=turn).order_by("turn", "due_at")
            return list(fair.values_list("workspace_id", "pk")[:limit])

    def claim(self, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, uuid.UUID]:
        """Claim what is still due of `ids`, of any workspace; return {id: token} of what was won."""
        with every_scope():
            return claim(
                self.rows().filter(DUE), ids, lease=self.lease, point=f"{self.queue}.before_claim_commit"
            )

    def claim_some(self, limit: int) -> list[tuple[uuid.UUID | None, uuid.UUID, uuid.UUID]]:
        """Claim up to `limit` due rows; return `(workspace id or None, row id, token)` of each that was won.

        Finding fairly costs more than claiming, so ids are found a stock at a time, and handed out for a moment; a
        row that somebody else took meanwhile is simply not won. For one thread of each process.
        """
        won: list[tuple[uuid.UUID | None, uuid.UUID, uuid.UUID]] = []
        searched = False
        while len(won) < limit:
            if not self._stock or time.monotonic() - self._found_at[0] > STOCK_LASTS:
                if searched and self.line is not None:
                    break  # the first of every line was asked for; whoever is next is so only when that one is done
                searched = True
                found = self.find(STOCK)
                if len(found) > limit:
                    random.shuffle(found)  # workers that found the same rows do not all begin with the same
                self._stock[:] = reversed(found)
                self._found_at[0] = time.monotonic()
                if not found:
                    break
            some = [self._stock.pop() for _ in range(min(limit - len(won), CLAIM_AT_MOST, len(self._stock)))]
            tokens = self.claim([pk for _, pk in some])
            won += [(workspace_id, pk, tokens[pk]) for workspace_id, pk in some if pk in tokens]
        return won

    def renew(self, pk: uuid.UUID, token: uuid.UUID) -> bool:
        """Extend the lease of a row that is being worked on; return False when it was lost."""
        with every_scope():
            return renew(self.rows().model, pk, token, lease=self.lease)

    def give_back(self, pk: uuid.UUID, token: uuid.UUID) -> bool:
        """Free a claimed row that was not begun, as if it had never been claimed."""
        with every_scope():
            return record(self.rows().model, pk, token, tries=F("tries") - 1)

    def put_off(self, pk: uuid.UUID, token: uuid.UUID) -> bool:
        """After a run that raised: free the row and let it wait for its next try, longer each time."""
        with every_scope():
            model = self.rows().model
            tries = (
                model._default_manager.filter(pk=pk, claim_token=token)
                .values_list("tries", flat=True)
                .first()
            )
            return tries is not None and record(model, pk, token, due_at=clock.now() + retry_delay(tries))

    def let_go(self, pk: uuid.UUID, token: uuid.UUID, *, seconds: float) -> bool:
        """Shorten the lease to `seconds`: this process is about to end, somebody else may soon have the row."""
        with every_scope():
            return renew(self.rows().model, pk, token, lease=seconds)

    def is_worn_out(self, pk: uuid.UUID, token: uuid.UUID) -> bool:
        """Tell whether the claimed row has had all the tries it gets."""
        with every_scope():
            held = self.rows().model._default_manager.filter(
                pk=pk, claim_token=token, tries__gt=QUARANTINE_AFTER
            )
            return held.exists()

    def wait(self, within: float) -> float | None:
        """Return the seconds until the next row is due, or None when none is due in the next `within` seconds."""
        now = clock.now()
        until = now + timedelta(seconds=within)
        soon = Q(due_at__gt=now, due_at__lte=until)
        with every_scope():
            next_due = self.rows().filter(FREE, soon).aggregate(next=Min("due_at"))["next"]
            opens = self.line.opens(self.rows().filter(FREE, DUE), until) if self.line else None
        soonest = min((at for at in (next_due, opens) if at), default=None)
        return max((soonest - now).total_seconds(), 0.0) if soonest else None

    def age(self) -> float:
        """Return for how many seconds the oldest due row has been waiting; 0 when nothing is due."""
        with every_scope():
            oldest = self.rows().filter(FREE, DUE).aggregate(oldest=Min("due_at"))["oldest"]
        return max((clock.now() - oldest).total_seconds(), 0.0) if oldest else 0.0


def _has_workspace(model: type[models.Model]) -> bool:
    return any(field.name == "workspace" for field in model._meta.concrete_fields)


REGISTRY: dict[str, DueList] = {}


def register(due_list: DueList) -> None:
    """Make a kind of work known; called from `apps.py`. Raises ValueError when the name is taken."""
    if due_list.name in REGISTRY:
        raise ValueError(f"The due list {due_list.name} is registered twice.")
    REGISTRY[due_list.name] = due_list


class OpenScope(Protocol):
    """Opens the workspace with this id (None: no workspace) for the length of a block."""

    def __call__(self, workspace_id: uuid.UUID | None) -> AbstractContextManager[Any]:
        """Open it."""
        ...


open_scope: OpenScope
current_scope: Callable[[], uuid.UUID | None]
every_scope: Callable[[], AbstractContextManager[Any]]


def use_scopes(
    opener: OpenScope,
    current: Callable[[], uuid.UUID | None],
    every: Callable[[], AbstractContextManager[Any]],
) -> None:
    """Tell this module how workspaces are opened and named; called once by the app that owns them."""
    global open_scope, current_scope, every_scope
    open_scope, current_scope, every_scope = opener, current, every


def run_claimed(name: str, workspace_id: uuid.UUID | None, row_id: uuid.UUID, token: uuid.UUID) -> None:
    """Run the task `name` on a row claimed with `token`. What it raises is the caller's to log and put off."""
    due_list = REGISTRY[name]
    with open_scope(workspace_id):
        if due_list.set_aside is not None and due_list.is_worn_out(row_id, token):
            due_list.set_aside(row_id, token)
        else:
            due_list.run(row_id, token)


def claim_in(name: str, workspace_id: uuid.UUID | None, row_id: uuid.UUID) -> uuid.UUID | None:
    """Claim one row inside that workspace only; return its token, or None when it is not to be had there.

    An id that came over a broker is not trusted to be of the workspace that came with it (trust T7).
    """
    due_list = REGISTRY[name]
    with open_scope(workspace_id):
        point = f"{due_list.queue}.before_claim_commit"
        return claim(due_list.rows().filter(DUE), [row_id], lease=due_list.lease, point=point).get(row_id)


def run_one(name: str, workspace_id: uuid.UUID | None, row_id: uuid.UUID) -> bool:
    """Claim one row and run its task; return False when it was not due or somebody else has it."""
    token = claim_in(name, workspace_id, row_id)
    if token is None:
        return False
    run_claimed(name, workspace_id, row_id, token)
    return True


@dataclass(frozen=True)
class Chore:
    """Something an instance does every so often, whoever leads: `name` is "app.verb_noun", `every` in seconds.

    `run` takes nothing, may be run twice, opens the scopes it needs, and ends within `deadline` seconds.
    """

    name: str
    every: float
    run: Callable[[], object]
    deadline: float = 600.0


CHORES: dict[str, Chore] = {}


def register_chore(chore: Chore) -> None:
    """Make a chore known; called from `apps.py`. Raises ValueError when the name is taken."""
    if chore.name in CHORES:
        raise ValueError(f"The chore {chore.name} is registered twice.")
    CHORES[chore.name] = chore


Bell = Callable[[str, "uuid.UUID | None", uuid.UUID], None]
_bells: list[Bell] = []


def add_bell(bell: Bell) -> None:
    """Register something that is told of new work after commit: it must return at once and never raise."""
    _bells.append(bell)


def _ring_now(name: str, workspace_id: uuid.UUID | None, row_id: uuid.UUID) -> None:
    for bell in _bells:
        bell(name, workspace_id, row_id)


def ring(name: str, row_id: uuid.UUID) -> None:
    """Say, once the transaction commits, that there is work now; the sweep finds it anyway within seconds."""
    if name not in REGISTRY:
        raise ValueError(f"There is no due list called {name}.")
    transaction.on_commit(partial(_ring_now, name, current_scope(), row_id), robust=True)
