"""Celery carries ids: to the right queue, in the right workspace, without ever holding up who rings."""

from __future__ import annotations

import os
import signal
import socket
import threading
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from aura import celery
from aura.kit import clock, jobs
from aura.tests.processes import Running, wait_for
from aura.tests.test_work import database_url
from media_library.models import Asset, FileDeletion
from workspaces.models import Heartbeat, Workspace
from workspaces.scope import every_workspace, use_workspace

needs_redis = pytest.mark.skipif(not settings.REDIS_URL, reason="REDIS_URL is not set")


def test_every_due_list_is_a_task_on_its_own_queue() -> None:
    for name, due_list in jobs.REGISTRY.items():
        task: Any = celery.app.tasks[name]
        assert task.queue == due_list.queue
        assert due_list.queue in celery.QUEUES
        assert due_list.deadline < task.time_limit
        assert (
            due_list.deadline < due_list.lease <= celery.Config.broker_transport_options["visibility_timeout"]
        )


def test_nothing_is_acknowledged_before_it_is_done() -> None:
    conf = celery.app.conf
    assert conf.task_acks_late
    assert conf.task_reject_on_worker_lost
    assert conf.worker_prefetch_multiplier == 1
    assert not conf.task_publish_retry
    assert conf.accept_content == ["json"]


def test_T7_an_id_of_another_workspace_is_not_run(
    workspace: Workspace, other_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[uuid.UUID] = []
    due_list = jobs.DueList("tests.scoped", Asset.objects.all, lambda pk, token: ran.append(pk))
    monkeypatch.setitem(jobs.REGISTRY, "tests.scoped", due_list)
    with use_workspace(other_workspace):
        theirs = Asset.objects.create(title="theirs", due_at=clock.now() - timedelta(seconds=1))
    assert not celery.work(due_list, workspace.pk, theirs.pk)
    assert not celery.work(due_list, None, theirs.pk), "no workspace, no tenant row"
    assert not celery.work(due_list, uuid.uuid4(), theirs.pk), "no such workspace"
    assert ran == []
    with every_workspace("looking at the row"):
        assert Asset.objects.get(pk=theirs.pk).tries == 0
    assert celery.work(due_list, other_workspace.pk, theirs.pk)
    assert ran == [theirs.pk]


def test_a_task_that_raises_is_put_off(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(pk: uuid.UUID, token: uuid.UUID) -> None:
        raise RuntimeError("no")

    due_list = jobs.DueList("tests.fail", FileDeletion.objects.all, fail)
    monkeypatch.setitem(jobs.REGISTRY, "tests.fail", due_list)
    row = FileDeletion.objects.create(key="k", due_at=clock.now() - timedelta(seconds=1))
    assert celery.work(due_list, None, row.pk)
    row.refresh_from_db()
    assert row.claim_token is None
    assert row.due_at is not None
    assert row.due_at > clock.now()


@pytest.fixture
def senders(monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """The threads that talk to the broker: whoever rings must not be among them."""
    seen: set[int] = set()
    honest = celery.send

    def send(name: str, workspace_id: uuid.UUID | None, row_id: uuid.UUID) -> None:
        seen.add(threading.get_ident())
        honest(name, workspace_id, row_id)

    monkeypatch.setattr(celery, "send", send)
    return seen


@pytest.fixture
def black_hole() -> Iterator[str]:
    """A server that accepts connections and never says a word."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen(50)
        yield f"redis://127.0.0.1:{sock.getsockname()[1]}/0"


def test_F22_ringing_into_a_black_hole_costs_the_caller_nothing(
    black_hole: str, senders: set[int], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(celery, "app", made_for(black_hole))
    ringer = celery.Ringer(limit=50)
    for _ in range(500):
        ringer.ring("media_library.delete_file", None, uuid.uuid4())
    assert not ringer.breaker.is_open(), (
        "all have rung before the broker is given up, which takes three seconds"
    )
    wait_for(ringer.breaker.is_open, 60, "the breaker")
    assert senders
    assert threading.get_ident() not in senders
    ringer.ring("media_library.delete_file", None, uuid.uuid4())
    assert sum("broker.unreachable" in record.getMessage() for record in caplog.records) == 1, "said once"


def test_F20_ringing_when_nobody_listens_costs_the_caller_nothing(
    senders: set[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as sock:  # taken, so that nobody else gets it, and not listening
        sock.bind(("127.0.0.1", 0))
        monkeypatch.setattr(celery, "app", made_for(f"redis://127.0.0.1:{sock.getsockname()[1]}/0"))
        ringer = celery.Ringer()
        ringer.ring("media_library.delete_file", None, uuid.uuid4())
        wait_for(ringer.breaker.is_open, 60, "the breaker")
    assert len(senders) == 1
    assert threading.get_ident() not in senders


def made_for(url: str) -> Any:
    """Return a Celery application like ours with another broker."""
    app = celery.Celery("elsewhere", task_cls=celery.WorkspaceTask, set_as_current=False)
    app.config_from_object(type("Elsewhere", (celery.Config,), {"broker_url": url}))

    @app.task(name="media_library.delete_file", queue="media", shared=False)
    def delete_file(row_id: str) -> None:
        """Do nothing; only sent, never run."""

    return app


def test_a_breaker_closes_again() -> None:
    breaker = celery.Breaker(seconds=600)
    breaker.failed(OSError("gone"))
    assert breaker.is_open()
    breaker.seconds = 0.05
    breaker.failed(OSError("gone"))
    wait_for(lambda: not breaker.is_open(), 30, "the end of the break")


# With a real Redis and a real worker process -------------------------------------------------------------------------


def files(count: int) -> list[FileDeletion]:
    """Store files and queue their deletion."""
    keys = [default_storage.save(f"check/{uuid.uuid4()}", ContentFile(b"x")) for _ in range(count)]
    return FileDeletion.queue(keys)


@pytest.fixture
def celery_worker(transactional_db: None, tmp_path: Path) -> Iterator[Running]:
    """A Celery worker on the test's own database and queues."""
    import redis

    redis.Redis.from_url(settings.REDIS_URL).flushdb()
    passed = {name: value for name, value in os.environ.items() if name.startswith(("AURA_", "REDIS_"))}
    env = passed | {"DATABASE_URL": database_url(), "REMAP_SIGTERM": "SIGQUIT"}
    argv = (
        "-m",
        "celery",
        "--app",
        "aura",
        "worker",
        "--queues",
        ",".join(celery.QUEUES),
        "--concurrency",
        "2",
    )
    with Running(*argv, "--without-gossip", "--without-mingle", "--loglevel", "WARNING", **env) as running:
        wait_for(
            lambda: Heartbeat.objects.filter(kind="celery").exists(), 60, "the Celery worker's heartbeat"
        )
        yield running
        running.process.send_signal(signal.SIGTERM)
        running.process.wait(60)


@needs_redis
@pytest.mark.redis
def test_a_rung_id_is_run_by_the_worker_at_once(celery_worker: Running) -> None:
    (row,) = files(1)
    celery.send("media_library.delete_file", None, row.pk)
    wait_for(lambda: not FileDeletion.objects.filter(pk=row.pk).exists(), 30, "the deletion")
    assert not default_storage.exists(row.key)


@needs_redis
@pytest.mark.redis
def test_F21_what_redis_forgets_the_sweep_brings_again(celery_worker: Running) -> None:
    import redis

    server = redis.Redis.from_url(settings.REDIS_URL)
    queues = celery.BrokerQueues()
    due_list = jobs.REGISTRY["media_library.delete_file"]
    children = celery_worker.children()
    for child in [celery_worker.process, *children]:
        os.kill(child.pid, signal.SIGSTOP)  # so that the queue is full when it is lost
    files(40)
    assert queues.fill(due_list)
    waiting = int(server.llen("media"))  # type: ignore[arg-type]
    assert waiting >= 38, "all but what a worker had already asked for when it was stopped"
    assert queues.fill(due_list)
    assert int(server.llen("media")) == waiting, "what was sent a moment ago is not sent again"  # type: ignore[arg-type]
    server.flushdb()
    for child in [*children, celery_worker.process]:
        os.kill(child.pid, signal.SIGCONT)

    def swept() -> bool:
        queues.fill(due_list)
        return not FileDeletion.objects.exists()

    wait_for(swept, 60, "all forty")


@needs_redis
@pytest.mark.redis
def test_a_killed_worker_leaves_no_process_behind_and_loses_nothing(celery_worker: Running) -> None:
    assert len(celery_worker.children()) >= 2
    celery_worker.process.kill()
    wait_for(lambda: not celery_worker.left(), 30, "the pool to go")
    files(3)
    assert celery.BrokerQueues().fill(jobs.REGISTRY["media_library.delete_file"])
    assert FileDeletion.objects.count() == 3


@needs_redis
@pytest.mark.redis
def test_a_message_that_is_no_id_is_refused(celery_worker: Running) -> None:
    celery.app.tasks["media_library.delete_file"].apply_async(("../../etc/passwd",))
    celery.app.tasks["media_library.delete_file"].apply_async(
        (str(uuid.uuid4()),), headers={"workspace": "x"}
    )
    wait_for(lambda: celery_worker.output.count("task.refused") == 2, 60, "two refusals")
    assert celery_worker.process.poll() is None
