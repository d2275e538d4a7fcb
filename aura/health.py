"""Is the instance well: `/health` says alive, `/health/ready` names what is failing, staff see figures.

The pages are for load balancers and monitors, so they need no sign-in and give no figures away (decisions.md, Health).
"""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from aura.kit import clock, jobs
from aura.kit.ids import uuid7
from workspaces.models import Heartbeat

log = structlog.get_logger(__name__)

WORKER_SILENT_AFTER = 30.0  # seconds without a heartbeat (written every 5)
STORAGE_CHECKED_EVERY = 10.0  # seconds; a check writes, reads and deletes one small object


@dataclass(frozen=True)
class Part:
    """One thing that must work: its name, whether it does, and figures for staff."""

    name: str
    ok: bool
    figures: dict[str, Any] = field(default_factory=dict)


def check_database() -> Part:
    """Ask the database for one row."""
    started = time.monotonic()
    Heartbeat.objects.exists()
    return Part("database", True, {"engine": connection.vendor, "ms": _since(started)})


class _StorageCheck:
    """Remembers the last answer of the storage for a few seconds, so that asking often costs it nothing."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked_at = float("-inf")
        self._last = Part("storage", False)

    def __call__(self) -> Part:
        """Return whether the storage takes, gives back and forgets a small object."""
        with self._lock:
            if time.monotonic() - self._asked_at >= STORAGE_CHECKED_EVERY:
                self._last = self._ask()
                self._asked_at = time.monotonic()
            return self._last

    def forget(self) -> None:
        """Ask anew the next time."""
        self._asked_at = float("-inf")

    @staticmethod
    def _ask() -> Part:
        started, words = time.monotonic(), uuid7().bytes
        try:
            name = default_storage.save(f".health/{uuid7()}", ContentFile(words))
            try:
                with default_storage.open(name) as file:
                    ok = file.read() == words
            finally:
                default_storage.delete(name)
        except Exception as problem:
            log.warning("health.storage", problem=f"{type(problem).__name__}: {problem}")
            return Part("storage", False, {"kind": settings.AURA_STORAGE})
        disk = shutil.disk_usage(settings.DATA_DIR)  # where SQLite, uploads on their way and local files are
        figures = {"kind": settings.AURA_STORAGE, "ms": _since(started)}
        return Part("storage", ok, figures | {"disk_free_bytes": disk.free, "disk_bytes": disk.total})


check_storage = _StorageCheck()


def check_worker() -> Part:
    """Has a worker written its heartbeat lately, by the database's clock?"""
    fresh = Heartbeat.objects.filter(kind="work", beat_at__gte=Now() - timedelta(seconds=WORKER_SILENT_AFTER))
    ok = fresh.exists()
    now = clock.now()
    workers = [
        {
            "kind": beat.kind,
            "host": beat.host,
            "pid": beat.pid,
            "up_seconds": round((now - beat.started_at).total_seconds()),
            "silent_seconds": max(round((now - beat.beat_at).total_seconds(), 1), 0.0),
            "doing": beat.doing,
        }
        for beat in Heartbeat.objects.all()[:20]
    ]
    return Part("worker", ok, {"workers": workers})


def check_queue() -> Part:
    """Has anything that is due been waiting for too long (AURA_READY_QUEUE_SECONDS)?"""
    ages = {name: round(due_list.age(), 1) for name, due_list in sorted(jobs.REGISTRY.items())}
    oldest = max(ages.values(), default=0.0)
    return Part(
        "queue", oldest <= settings.AURA_READY_QUEUE_SECONDS, {"oldest_seconds": oldest, "ages": ages}
    )


CHECKS: dict[str, Callable[[], Part]] = {
    "database": check_database,
    "storage": check_storage,
    "worker": check_worker,
    "queue": check_queue,
}


def report() -> list[Part]:
    """Return every part with its figures, for staff. A check that breaks is a part that fails."""
    parts = []
    for name, check in CHECKS.items():
        try:
            parts.append(check())
        except Exception as problem:
            log.warning("health.check_failed", part=name, problem=f"{type(problem).__name__}: {problem}")
            parts.append(Part(name, False))
    return parts


def _since(started: float) -> float:
    return round((time.monotonic() - started) * 1000, 1)


def _answer(request: HttpRequest, status: int, word: str, failing: list[str]) -> HttpResponse:
    """JSON for programs that ask for it, else a line of text."""
    if "application/json" in request.headers.get("Accept", ""):
        body: dict[str, Any] = {"status": word, "failing": failing} if failing else {"status": word}
        return JsonResponse(body, status=status)
    text = f"{word}: {', '.join(failing)}\n" if failing else f"{word}\n"
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")


@login_not_required
@never_cache
@require_safe
def alive(request: HttpRequest) -> HttpResponse:
    """This process answers. Touches nothing else, so that a restart is not the answer to a database that is away."""
    return _answer(request, 200, "alive", [])


@login_not_required
@never_cache
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """Everything needed is there: 200, or 503 with the names of the parts that fail."""
    failing = [part.name for part in report() if not part.ok]
    return _answer(request, 503 if failing else 200, "failing" if failing else "ready", failing)


urlpatterns = [
    path("health", alive, name="health"),
    path("health/ready", ready, name="health-ready"),
]
