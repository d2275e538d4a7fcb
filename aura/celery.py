"""Celery: carries the ids of due rows to workers on any number of machines.

Redis is only a bell (house.md, Work rows). Every registered due list is a task of its own name on its own queue; a task
claims its row, so a message that comes twice does nothing twice, and one that is lost is sent again by the sweep of
`manage.py work`. Retries wait in the row, never here.

    celery --app aura worker --queues publish,media,imports,mail,default --without-gossip --without-mingle
"""

from __future__ import annotations

import os
import queue
import signal
import threading
import time
import uuid
from datetime import datetime
from typing import Any

import django
import kombu.exceptions
import redis
import structlog
from celery import Celery, Task, signals
from django.apps import apps
from django.utils import timezone

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aura.settings")
if not apps.ready:
    django.setup()

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db import connections

from aura.kit import jobs
from aura.kit.requests import set_request_id
from aura.serve.keeper import Held, Keeper
from aura.serve.parent import follow_parent
from workspaces.scope import NoWorkspace

log = structlog.get_logger(__name__)

QUEUES = ("publish", "media", "imports", "mail", "default")
BELLS_WAITING = 1000  # more than this are dropped: the sweep finds the rows
BREAK_FOR = 5.0  # seconds without a try after the broker failed
LONG_QUEUE = 200  # ids waiting in a queue from which on the sweep adds none
SENT_AGAIN_AFTER = 15.0  # seconds until the sweep sends an id a second time, unless the queue has run empty
# How a broker that is away shows itself.
BROKER_AWAY: tuple[type[Exception], ...] = (
    OSError,
    redis.exceptions.RedisError,
    kombu.exceptions.OperationalError,
)
_LONGEST_LEASE = 3600.0  # seconds; the broker must not hand a task out again while it may still run


class WorkspaceTask(Task):
    """A task that carries its caller's workspace and runs in that scope or in none."""

    abstract = True

    def apply_async(self, args: Any = None, kwargs: Any = None, **options: Any) -> Any:  # type: ignore[override]
        """Send the task, with the workspace that is open now in its headers."""
        scope = jobs.current_scope()
        headers = {"workspace": str(scope) if scope else None} | (options.pop("headers", None) or {})
        return super().apply_async(args, kwargs, headers=headers, **options)

    def workspace_id(self) -> uuid.UUID | None:
        """Return the workspace that came with the message. Raises ValueError when it is not an id."""
        request = self.request
        given = (request.headers or {}).get("workspace") or getattr(request, "workspace", None)
        return uuid.UUID(given) if given else None


class Config:
    """Celery's options; each against a loss or a stall that was seen (libraries.md, Work without a lost job)."""

    broker_url = settings.REDIS_URL or "memory://"
    broker_connection_retry_on_startup = True
    broker_connection_max_retries = None
    broker_pool_limit = 4
    broker_transport_options = {
        "max_retries": 0,
        "interval_start": 0,
        "interval_step": 0,
        "visibility_timeout": _LONGEST_LEASE,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        "socket_timeout": 3,
        "socket_connect_timeout": 2,
        "socket_keepalive": True,
        "health_check_interval": 25,
    }
    task_publish_retry = False
    task_serializer = "json"
    accept_content = ["json"]
    task_ignore_result = True
    result_backend = None
    task_acks_late = True
    task_reject_on_worker_lost = True
    task_create_missing_queues = True
    task_default_queue = "default"
    worker_prefetch_multiplier = 1
    worker_max_tasks_per_child = 500
    worker_soft_shutdown_timeout = 8.0
    worker_hijack_root_logger = False
    worker_redirect_stdouts = False
    worker_send_task_events = False
    enable_utc = True
    timezone = "UTC"


app = Celery("aura", task_cls=WorkspaceTask, set_as_current=True)
app.config_from_object(Config)
keeper = Keeper()


def _task_for(due_list: jobs.DueList) -> None:
    """Make the Celery task of one due list."""

    def run(self: WorkspaceTask, row_id: str) -> None:
        set_request_id(self.request.id or "")
        try:
            workspace_id, pk = self.workspace_id(), uuid.UUID(row_id)
        except (ValueError, AttributeError, TypeError):
            log.warning("task.refused", task=due_list.name, row=str(row_id)[:80], why="not an id")
            return
        work(due_list, workspace_id, pk)

    # The keeper ends the child at the deadline; Celery's own limit is for one that cannot even do that.
    limit = due_list.deadline + 5
    options: dict[str, Any] = {
        "name": due_list.name,
        "queue": due_list.queue,
        "time_limit": limit,
        "shared": False,
    }
    app.task(bind=True, **options)(run)


def work(due_list: jobs.DueList, workspace_id: uuid.UUID | None, pk: uuid.UUID) -> bool:
    """Claim one row in its workspace and run its task; return whether it was ours to run. Never raises."""
    try:
        token = jobs.claim_in(due_list.name, workspace_id, pk)
    except (ObjectDoesNotExist, NoWorkspace) as problem:
        log.warning("task.refused", task=due_list.name, row=str(pk), why=type(problem).__name__)
        return False
    except Exception:
        log.exception("task.not_claimed", task=due_list.name, row=str(pk))
        _drop_broken_connections()
        return False
    if token is None:
        return False
    try:
        with keeper.holding(Held(due_list.name, due_list.deadline, due_list, pk, token)):
            jobs.run_claimed(due_list.name, workspace_id, pk, token)
    except Exception:
        log.exception("task.failed", task=due_list.name, row=str(pk))
        _drop_broken_connections()
        try:
            due_list.put_off(pk, token)
        except Exception:
            log.exception("task.not_put_off", task=due_list.name, row=str(pk))
    return True


def _drop_broken_connections() -> None:
    """Let go of database connections that an error has spoiled, so that what follows gets a new one."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()


for _due_list in jobs.REGISTRY.values():
    _task_for(_due_list)


# Sending -----------------------------------------------------------------------------------------------------------


class Breaker:
    """Remembers that the broker failed, so that nobody waits for it again and again."""

    def __init__(self, seconds: float = BREAK_FOR) -> None:
        self.seconds = seconds
        self._until = float("-inf")
        self._said = False

    def is_open(self) -> bool:
        """Tell whether it is too early to try again."""
        return time.monotonic() < self._until

    def failed(self, problem: BaseException) -> None:
        """Note a failure; the first of a row is logged."""
        self._until = time.monotonic() + self.seconds
        if not self._said:
            log.warning("broker.unreachable", problem=f"{type(problem).__name__}: {problem}")
        self._said = True

    def worked(self) -> None:
        """Note that the broker is there."""
        if self._said:
            log.info("broker.back")
        self._said = False


def send(name: str, workspace_id: uuid.UUID | None, row_id: uuid.UUID) -> None:
    """Put one id into its queue. Raises what the broker raises, within its timeouts."""
    headers: Any = {"workspace": str(workspace_id) if workspace_id else None}
    app.tasks[name].apply_async((str(row_id),), headers=headers, retry=False)


class Ringer:
    """Rings from a thread of its own: the caller hands over and goes on, whatever the broker does."""

    def __init__(self, limit: int = BELLS_WAITING) -> None:
        self.breaker = Breaker()
        self._waiting: queue.Queue[tuple[str, uuid.UUID | None, uuid.UUID]] = queue.Queue(limit)
        self._lock = threading.Lock()
        self._pid = 0

    def ring(self, name: str, workspace_id: uuid.UUID | None, row_id: uuid.UUID) -> None:
        """Hand one id over; dropped when the broker is away or too many wait."""
        if self.breaker.is_open():
            return
        self._start()
        try:
            self._waiting.put_nowait((name, workspace_id, row_id))
        except queue.Full:
            pass

    def _start(self) -> None:
        with self._lock:
            if self._pid != os.getpid():  # a fork leaves threads behind
                self._pid = os.getpid()
                threading.Thread(target=self._send_all, name="bell", daemon=True).start()

    def _send_all(self) -> None:
        while True:
            item = self._waiting.get()
            if self.breaker.is_open():
                continue
            try:
                send(*item)
                self.breaker.worked()
            except Exception as problem:
                self.breaker.failed(problem)


_ringer = Ringer()
ring = _ringer.ring


class BrokerQueues:
    """The sweep's way to the broker: fills queues that are not long already (aura.serve.worker.Queues)."""

    def __init__(self) -> None:
        self._redis = redis.Redis.from_url(
            settings.REDIS_URL,
            socket_timeout=3,
            socket_connect_timeout=2,
            retry=None,
            health_check_interval=25,
        )
        self._breaker = Breaker()
        self._sent: dict[tuple[str, uuid.UUID], float] = {}

    def fill(self, due_list: jobs.DueList) -> bool:
        """Send what is due and was not sent a moment ago; return False when the broker is out of reach."""
        if self._breaker.is_open():
            return False
        now = time.monotonic()
        try:
            waiting = int(self._redis.llen(due_list.queue))  # type: ignore[arg-type]
            self._breaker.worked()
            if waiting >= LONG_QUEUE:
                return True
            if waiting == 0:  # all taken, or all lost
                self._forget(due_list.name)
            for workspace_id, pk in due_list.find(LONG_QUEUE - waiting):
                if now - self._sent.get((due_list.name, pk), float("-inf")) >= SENT_AGAIN_AFTER:
                    send(due_list.name, workspace_id, pk)
                    self._sent[due_list.name, pk] = now
        except BROKER_AWAY as problem:
            self._breaker.failed(problem)
            return False
        self._sent = {key: at for key, at in self._sent.items() if now - at < SENT_AGAIN_AFTER}
        return True

    def _forget(self, name: str) -> None:
        self._sent = {key: at for key, at in self._sent.items() if key[0] != name}


# The life of a worker ------------------------------------------------------------------------------------------------

_me = uuid.uuid4()
_started_at: datetime = timezone.now()
_beat_at = float("-inf")


@signals.setup_logging.connect
def _keep_our_logging(**kwargs: Any) -> None:
    """Django has set logging up; Celery leaves it alone when this signal has a receiver."""


@signals.worker_process_init.connect
def _follow_the_worker(**kwargs: Any) -> None:
    """A pool process goes at once when its worker is killed, and opens its own connections."""
    follow_parent(os.getppid(), signal.SIGKILL)
    connections.close_all()


@signals.heartbeat_sent.connect
def _beat(**kwargs: Any) -> None:
    """Write the worker's sign of life into the database, every five seconds."""
    global _beat_at
    if time.monotonic() - _beat_at < 5:
        return
    _beat_at = time.monotonic()
    from aura.serve.worker import beat

    try:
        beat(_me, kind="celery", started_at=_started_at, doing="")
    except Exception as problem:
        log.warning("worker.no_heartbeat", problem=type(problem).__name__)
    finally:
        connections.close_all()
