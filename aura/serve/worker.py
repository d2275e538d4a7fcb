"""The loop of `manage.py work`: finds what is due, and runs it in threads or hands its id to the broker.

Without a broker every worker claims and runs; claims keep them apart. With one, the worker that holds the lease `sweep`
puts ids into Celery's queues, and nobody runs anything here, unless the broker cannot be reached or no Celery worker
is connected to it: then the work is done here all the same.
"""

from __future__ import annotations

import math
import os
import selectors
import signal
import socket
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

import structlog
from django.db import connections
from django.db.models.functions import Now
from django.utils import timezone

from aura.kit import jobs
from aura.kit.requests import set_request_id
from aura.serve.bell import Bell
from aura.serve.keeper import HUNG, Held, Keeper
from workspaces.models import Heartbeat, Lease

log = structlog.get_logger(__name__)

SWEEP_EVERY = 5.0  # seconds (decisions.md, Work)
LOOK_EVERY = (
    0.25  # seconds between two looks at publishing while posts go out: a line's next is due once one is done
)
LEAD_FOR = 15.0  # seconds the lease to sweep lasts
STOP_WITHIN = 8.0  # seconds from TERM to the end; the supervisor kills after 10
CARRIER_SILENT_AFTER = 15.0  # seconds without a Celery worker after which the work is done here
LET_GO = 5.0  # seconds until a row that was cut off may be claimed again
FORGET_AFTER = timedelta(days=1)  # heartbeats of workers that are long gone
_FIRST = ("publish", "mail", "default", "imports", "media")  # the order in which queues are asked


class Queues(Protocol):
    """The sending side of a broker, as far as the sweep needs it."""

    def fill(self, due_list: jobs.DueList) -> bool:
        """Put due ids of `due_list` into its queue unless it is long already; return False when it is out of reach."""
        ...


class Worker:
    """One worker process; `run` returns the exit code."""

    def __init__(
        self,
        *,
        threads: int,
        bells: Path,
        queues: Queues | None = None,
        every: float = SWEEP_EVERY,
        kind: str = "work",
    ) -> None:
        self.threads = threads
        self.every = every
        self.kind = kind
        self.queues = queues
        self.me = uuid.uuid4()
        self.started_at = timezone.now()
        self.keeper = Keeper(self._overdue)
        self.pool = ThreadPoolExecutor(threads, thread_name_prefix="work")
        self.busy: dict[str, int] = {}  # queue -> tasks running
        self.more: set[str] = set()  # due lists that had more than we could take
        self.stopping = False
        self.hung = False
        self.lag = 0.0  # seconds the last sweep came late
        self.pause = every  # seconds to the next sweep
        self.leading = False  # this worker fills the broker's queues
        self.next_look = math.inf  # when to look at publishing before the next sweep
        self._lock = threading.Lock()
        self._done: set[str] = set()
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)
        try:
            self.bell: Bell | None = Bell(bells)
        except OSError as problem:
            log.warning("worker.no_bell", problem=str(problem))
            self.bell = None

    # The loop --------------------------------------------------------------------------------------------------

    def run(self) -> int:
        """Work until TERM or INT; 0 after a clean stop, 70 when a task hung."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._told_to_stop)
        signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        return self.loop()

    def loop(self) -> int:
        """Work until `stopping` or `hung` is set; return the exit code."""
        self.keeper.start()
        log.info("worker.started", threads=self.threads, broker=self.queues is not None)
        next_sweep = time.monotonic()
        with selectors.DefaultSelector() as selector:
            selector.register(self._reader, selectors.EVENT_READ)
            if self.bell is not None:
                selector.register(self.bell, selectors.EVENT_READ)
            while not (self.stopping or self.hung):
                now = time.monotonic()
                if now >= next_sweep:
                    self.lag = now - next_sweep
                    self._safely(self.sweep)
                    next_sweep = time.monotonic() + self.pause
                elif now >= self.next_look:
                    self._safely(self.look)
                pause = min(next_sweep, self.next_look) - time.monotonic()
                selector.select(max(min(pause, self.every), 0.0))
                rung = self._woken()
                if rung and not self.stopping:
                    self._safely(lambda rung=rung: self.take(rung))  # type: ignore[misc]
        return self.end()

    def _told_to_stop(self, number: int, frame: object) -> None:
        self.stopping = True

    def _woken(self) -> set[str]:
        """Return the due lists worth a look now: those rung, and those a finished task made room for."""
        try:
            while self._reader.recv(4096):
                pass
        except BlockingIOError:
            pass
        with self._lock:
            done, self._done = self._done, set()
        if any(name in jobs.REGISTRY and jobs.REGISTRY[name].line for name in done):
            self.next_look = min(self.next_look, time.monotonic() + LOOK_EVERY)
        rung = self.bell.heard() if self.bell is not None and self.queues is None else set()
        if self.bell is not None and self.queues is not None:
            self.bell.heard()  # with a broker the bell rings there
        return (rung | (self.more if done else set())) & set(jobs.REGISTRY)

    def _safely(self, step: Callable[[], object]) -> None:
        """Do one step; a database that is away costs this round, not the worker."""
        try:
            step()
        except Exception:
            log.exception("worker.round_failed")
        finally:
            connections.close_all()

    # Finding and taking ----------------------------------------------------------------------------------------

    def sweep(self) -> None:
        """One round: a sign of life, the chores, then everything that is due."""
        self.pause = self.every
        self.beat()
        self.leading = leading = Lease.take("sweep", self.me, seconds=LEAD_FOR)
        if leading:
            self._start_chores()
        if self.queues is None:
            self.take(set(jobs.REGISTRY))
        elif leading:
            heard = self._celery_is_there()
            silent = {
                name
                for name, due_list in jobs.REGISTRY.items()
                if not self.queues.fill(due_list) or not heard
            }
            self.take(silent)
        self.pause = self._until_next_due()
        self.next_look = math.inf

    def look(self) -> None:
        """Between two sweeps: take what has become the first of its line, and see when the next one will."""
        self.next_look = math.inf
        lines = {name for name, due_list in jobs.REGISTRY.items() if due_list.line is not None}
        if self.queues is None:
            self.take(lines)
        elif self.leading:
            for name in lines:
                self.queues.fill(jobs.REGISTRY[name])
        waits = [jobs.REGISTRY[name].wait(self.every) for name in lines]
        soonest = min((wait for wait in waits if wait is not None), default=None)
        if soonest is not None:
            self.next_look = time.monotonic() + max(soonest, LOOK_EVERY)

    @staticmethod
    def _celery_is_there() -> bool:
        """Tell whether a Celery worker is connected to the broker: only then does it write its heartbeat."""
        lately = Now() - timedelta(seconds=CARRIER_SILENT_AFTER)
        return Heartbeat.objects.filter(kind="celery", beat_at__gte=lately).exists()

    def _until_next_due(self) -> float:
        """Return the seconds to the next sweep: sooner than usual when a post is due before that."""
        soonest = self.every
        for due_list in jobs.REGISTRY.values():
            if due_list.queue == "publish" and (wait := due_list.wait(self.every)) is not None:
                soonest = min(soonest, wait)
        return max(soonest, 0.1)

    def take(self, names: set[str]) -> None:
        """Claim and start what is due in the due lists `names`, as far as there is room."""
        self.more -= names
        for due_list in sorted((jobs.REGISTRY[name] for name in names), key=self._turn):
            while (room := self._room(due_list.queue)) > 0:
                won = due_list.claim_some(room)
                for workspace_id, pk, token in won:
                    self._start(due_list, workspace_id, pk, token)
                if len(won) < room:
                    break
            else:
                self.more.add(due_list.name)

    def _turn(self, due_list: jobs.DueList) -> tuple[int, int]:
        """Order: publishing first, then by how little of that queue is running."""
        rank = _FIRST.index(due_list.queue) if due_list.queue in _FIRST else len(_FIRST)
        return (0 if rank == 0 else 1 + self.busy.get(due_list.queue, 0), rank)

    def _room(self, queue: str) -> int:
        """How many tasks of that queue may start now. One thread is kept for publishing, if there are several."""
        running = sum(self.busy.values())
        free = self.threads - running
        if queue != "publish" and self.threads > 1:
            others = running - self.busy.get("publish", 0)
            free = min(free, self.threads - 1 - others)
        return min(free, jobs.CLAIM_AT_MOST)

    def _start_chores(self) -> None:
        for chore in jobs.CHORES.values():
            # The lease of a chore is never given up: that it is held means it was done not long ago.
            if self._room("default") > 0 and Lease.take(
                f"chore {chore.name}"[:40], uuid.uuid4(), seconds=chore.every
            ):
                self._submit("default", Held(chore.name, chore.deadline), chore.run)

    def _start(
        self, due_list: jobs.DueList, workspace_id: uuid.UUID | None, pk: uuid.UUID, token: uuid.UUID
    ) -> None:
        held = Held(due_list.name, due_list.deadline, due_list, pk, token)

        def work() -> None:
            try:
                jobs.run_claimed(due_list.name, workspace_id, pk, token)
            except Exception:
                log.exception("task.failed", task=due_list.name, row=str(pk))
                connections.close_all()
                due_list.put_off(pk, token)

        self._submit(due_list.queue, held, work)

    def _submit(self, queue: str, held: Held, work: Callable[[], object]) -> None:
        with self._lock:
            self.busy[queue] = self.busy.get(queue, 0) + 1

        def run() -> None:
            set_request_id(str(uuid.uuid4()))
            try:
                with self.keeper.holding(held):
                    work()
            except Exception:
                log.exception("task.failed", task=held.name, row=str(held.pk))
            finally:
                connections.close_all()
                with self._lock:
                    self.busy[queue] -= 1
                    self._done.add(held.name)
                self._wake()

        self.pool.submit(run)

    def _wake(self) -> None:
        try:
            self._writer.send(b".")
        except OSError:
            pass  # full: it is awake already; closed: it is ending

    # Signs of life, and the end --------------------------------------------------------------------------------

    def beat(self) -> None:
        """Write the heartbeat row: when (by the database's clock), and what is going on."""
        running: dict[str, int] = {}
        for held in self.keeper.held():
            running[held.name] = running.get(held.name, 0) + 1
        doing = ", ".join(f"{name} ×{n}" for name, n in sorted(running.items())) or "waiting"
        if self.lag > 1:
            doing += f"; {self.lag:.0f} s late"
        beat(self.me, kind=self.kind, started_at=self.started_at, doing=doing)

    def _overdue(self, held: Held) -> None:
        self.hung = True
        self._wake()

    def end(self) -> int:
        """Take nothing more, let what runs finish, and let go of the rest."""
        log.info("worker.stopping", running=len(self.keeper.held()))
        until = time.monotonic() + STOP_WITHIN
        while any(not held.overdue for held in self.keeper.held()) and time.monotonic() < until:
            time.sleep(0.05)
        left = self.keeper.held()
        for held in left:
            if held.due_list is not None and held.pk is not None and held.token is not None:
                # Not freed at once: the thread still runs until the process ends a moment from now.
                self._safely(lambda h=held: h.due_list.let_go(h.pk, h.token, seconds=LET_GO))  # type: ignore[misc]
                log.warning("task.cut_off", task=held.name, row=str(held.pk))
        self._safely(lambda: Lease.give_up("sweep", self.me))
        self._safely(lambda: Heartbeat.objects.filter(pk=self.me).delete())
        if self.bell is not None:
            self.bell.close()
        log.info("worker.stopped", cut_off=len(left))
        if left:
            os._exit(HUNG if self.hung else 0)  # a running thread would hold the interpreter back
        self.pool.shutdown(wait=True)
        return HUNG if self.hung else 0


def beat(me: uuid.UUID, *, kind: str, started_at: datetime, doing: str) -> None:
    """Write one worker's heartbeat, and clear away those of workers long gone."""
    signs = {"beat_at": Now(), "doing": doing[:200]}
    if Heartbeat.objects.filter(pk=me).update(**signs) == 0:
        Heartbeat.objects.filter(beat_at__lt=timezone.now() - FORGET_AFTER).delete()
        Heartbeat.objects.create(
            pk=me,
            kind=kind,
            host=socket.gethostname()[:100],
            pid=os.getpid(),
            started_at=started_at,
            **signs,
        )
