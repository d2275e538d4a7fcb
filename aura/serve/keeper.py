"""Watches over tasks that are running in this process: renews their leases, and ends the process when one hangs.

A thread cannot be killed, a process can. So a task that is past its deadline costs the process: whoever supervises it
(`manage.py run`, Celery, the container) starts a new one, and the row is claimed again when its lease runs out.
"""

from __future__ import annotations

import faulthandler
import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import structlog
from django.db import connections

from aura.kit import jobs

log = structlog.get_logger(__name__)

HUNG = 70  # exit code of a process that ends because a task hangs (EX_SOFTWARE of sysexits.h)
_LOOK_EVERY = 1.0  # seconds
_FROZEN = 60.0  # seconds without a look: something holds the interpreter itself
_AFTER_DEADLINE = 15.0  # seconds that others get to finish before the process ends in any case


@dataclass(eq=False)
class Held:
    """A task in progress: what it is, by which token, since when (monotonic seconds)."""

    name: str
    deadline: float
    due_list: jobs.DueList | None = None
    pk: uuid.UUID | None = None
    token: uuid.UUID | None = None
    started: float = field(default_factory=time.monotonic)
    renewed: float = field(default_factory=time.monotonic)
    overdue: bool = False


class Keeper:
    """Keeps the leases of this process. `on_overdue` is told once of each task that passes its deadline.

    Without `on_overdue` the process ends at the deadline; with it, at the latest 15 seconds after.
    """

    def __init__(self, on_overdue: Callable[[Held], None] | None = None) -> None:
        self.on_overdue = on_overdue
        self._held: set[Held] = set()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._pid = 0

    @contextmanager
    def holding(self, held: Held) -> Iterator[None]:
        """Watch over `held` for the length of the block."""
        self.start()
        with self._lock:
            self._held.add(held)
        try:
            yield
        finally:
            with self._lock:
                self._held.discard(held)

    def held(self) -> list[Held]:
        """Return what is running now."""
        with self._lock:
            return list(self._held)

    def start(self) -> None:
        """Start the watching thread, if this process has none yet (a fork leaves threads behind)."""
        with self._lock:
            if self._pid == os.getpid():
                return
            self._pid = os.getpid()
            self._held.clear()
            self._thread = threading.Thread(target=self._watch, name="keeper", daemon=True)
            self._thread.start()

    def _watch(self) -> None:
        while True:
            # Written in C and needing no interpreter lock: ends even a process whose lock is held for ever.
            faulthandler.dump_traceback_later(_FROZEN, exit=True)
            time.sleep(_LOOK_EVERY)
            held = self.held()
            self._check_deadlines(held, time.monotonic())
            if held:
                self._renew(held, time.monotonic())

    def _check_deadlines(self, tasks: list[Held], now: float) -> None:
        for held in tasks:
            late = now - held.started - held.deadline
            if late > 0 and not held.overdue:
                held.overdue = True
                log.error(
                    "task.overdue", task=held.name, row=str(held.pk), seconds=round(now - held.started, 1)
                )
                if self.on_overdue is not None:
                    self.on_overdue(held)
            if late > (0 if self.on_overdue is None else _AFTER_DEADLINE):
                os._exit(HUNG)

    def _renew(self, tasks: list[Held], now: float) -> None:
        """Renew leases of which a third has passed. A database that is away is left for the next look."""
        used = False
        for held in tasks:
            due_list = held.due_list
            if due_list is None or held.pk is None or held.token is None or held.overdue:
                continue
            if now - held.renewed < due_list.lease / 3:
                continue
            used = True
            try:
                if not due_list.renew(held.pk, held.token):
                    log.warning("task.lease_lost", task=held.name, row=str(held.pk))
                held.renewed = now
            except Exception as problem:
                log.warning("task.lease_not_renewed", task=held.name, problem=type(problem).__name__)
                connections.close_all()
        if used:
            connections.close_all()
