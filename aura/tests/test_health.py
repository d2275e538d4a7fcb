"""/health and /health/ready: what they say, and what they keep to themselves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import Client

from aura import health
from aura.kit import clock
from aura.kit.ids import uuid7
from media_library.models import FileDeletion
from workspaces.models import Heartbeat


@pytest.fixture(autouse=True)
def ask_the_storage_anew() -> Iterator[None]:
    health.check_storage.forget()
    yield
    health.check_storage.forget()  # the next test may come within the seconds for which an answer is remembered


@pytest.fixture
def worker(db: None) -> Heartbeat:
    now = clock.now()
    return Heartbeat.objects.create(pk=uuid7(), kind="work", started_at=now, beat_at=now, doing="waiting")


def test_alive_asks_nobody(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    # No database mark: a query would fail this test.
    answer = client.get("/health")
    assert (answer.status_code, answer.content) == (200, b"alive\n")
    assert answer["Cache-Control"].startswith("max-age=0")
    assert client.get("/health", headers={"Accept": "application/json"}).json() == {"status": "alive"}
    assert client.post("/health").status_code == 405


def test_ready_when_all_is_there(client: Client, worker: Heartbeat) -> None:
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.content) == (200, b"ready\n")


def test_no_worker_is_named(client: Client, db: None) -> None:
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.content) == (503, b"failing: worker\n")


def test_F32_a_silent_worker_is_named(client: Client, worker: Heartbeat) -> None:
    Heartbeat.objects.update(beat_at=clock.now() - timedelta(seconds=31))
    answer = client.get("/health/ready", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()) == (503, {"status": "failing", "failing": ["worker"]})


def test_work_that_waits_too_long_is_named(client: Client, worker: Heartbeat) -> None:
    FileDeletion.objects.create(key="k", due_at=clock.now() - timedelta(seconds=100))
    assert client.get("/health/ready").status_code == 200
    FileDeletion.objects.create(key="k", due_at=clock.now() - timedelta(seconds=121))
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.content) == (503, b"failing: queue\n")


def test_a_storage_that_fails_is_named_and_asked_rarely(
    client: Client, worker: Heartbeat, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def save(name: str, content: object) -> str:
        asked.append(name)
        raise PermissionError("/var/aura/media is not yours")

    monkeypatch.setattr(health.default_storage, "save", save)
    for _ in range(3):
        answer = client.get("/health/ready")
        assert (answer.status_code, answer.content) == (503, b"failing: storage\n")
    assert len(asked) == 1


def test_a_database_that_is_away_is_named(client: Client, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(self: BaseDatabaseWrapper, *args: object) -> object:
        raise OperationalError("could not connect to 10.0.0.7")

    with monkeypatch.context() as patch:
        patch.setattr(BaseDatabaseWrapper, "cursor", away)
        answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.content.startswith(b"failing: database")
    assert b"10.0.0.7" not in answer.content


def test_the_storage_check_leaves_nothing_behind(worker: Heartbeat) -> None:
    assert health.check_storage().ok
    _, files = (
        health.default_storage.listdir(".health") if health.default_storage.exists(".health") else ([], [])
    )
    assert files == []


def test_staff_get_figures(worker: Heartbeat) -> None:
    parts = {part.name: part for part in health.report()}
    assert list(parts) == ["database", "storage", "worker", "queue"]
    assert parts["worker"].figures["workers"][0]["doing"] == "waiting"
    assert parts["queue"].figures["oldest_seconds"] == 0.0
