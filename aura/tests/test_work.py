"""`manage.py work`: finds what is due, keeps its lease, stops in time, and outlives what hangs."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.db.models import QuerySet

from aura.apps import _ring_neighbours
from aura.kit import clock, jobs
from aura.serve import keeper as keeper_module
from aura.serve.bell import Bell, ring_all
from aura.serve.keeper import Held, Keeper
from aura.serve.worker import Worker
from aura.tests.processes import ROOT, wait_for
from media_library.models import FileDeletion
from workspaces.models import Heartbeat, Lease

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder for bells whose path is short enough for a socket."""
    return tmp_path / "b"


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> dict[str, jobs.DueList]:
    """An empty registry, for the test's own due lists."""
    empty: dict[str, jobs.DueList] = {}
    monkeypatch.setattr(jobs, "REGISTRY", empty)
    monkeypatch.setattr(jobs, "CHORES", {})
    return empty


@pytest.fixture
def make_worker(folder: Path) -> Iterator[Callable[..., Worker]]:
    """Return a function that makes workers, and end them after the test."""
    made: list[Worker] = []

    def make(**options: Any) -> Worker:
        worker = Worker(threads=options.pop("threads", 4), bells=folder, **options)
        made.append(worker)
        return worker

    yield make
    for worker in made:
        worker.pool.shutdown(wait=True)
        if worker.bell is not None:
            worker.bell.close()


def rows() -> QuerySet[FileDeletion]:
    return FileDeletion.objects.filter(failure="")


def due(count: int, *, ago: float = 1.0) -> list[FileDeletion]:
    at = clock.now() - timedelta(seconds=ago)
    return FileDeletion.objects.bulk_create([FileDeletion(key=f"k/{n}", due_at=at) for n in range(count)])


def done(pk: uuid.UUID, token: uuid.UUID) -> None:
    jobs.record(FileDeletion, pk, token, due_at=None)


def idle(worker: Worker) -> bool:
    return not worker.keeper.held() and sum(worker.busy.values()) == 0


def test_a_sweep_runs_what_is_due_and_tells_that_it_lives(
    registry: dict[str, jobs.DueList], make_worker: Callable[..., Worker]
) -> None:
    ran: list[uuid.UUID] = []

    def run(pk: uuid.UUID, token: uuid.UUID) -> None:
        ran.append(pk)
        done(pk, token)

    jobs.register(jobs.DueList("tests.do", rows, run))
    made = due(3)
    worker = make_worker()
    worker.sweep()
    wait_for(lambda: idle(worker), 30, "the tasks")
    assert sorted(ran) == sorted(row.pk for row in made)
    beat = Heartbeat.objects.get(kind="work")
    assert (beat.pid, beat.host) == (os.getpid(), socket.gethostname())
    worker.sweep()
    wait_for(lambda: idle(worker), 30, "nothing")
    assert len(ran) == 3, "what is done is not done again"


def test_a_task_that_raises_is_put_off_and_tried_again_later(
    registry: dict[str, jobs.DueList], make_worker: Callable[..., Worker]
) -> None:
    def run(pk: uuid.UUID, token: uuid.UUID) -> None:
        raise RuntimeError("this one never works")

    jobs.register(jobs.DueList("tests.raise", rows, run))
    (row,) = due(1)
    worker = make_worker()
    began = clock.now()
    worker.sweep()
    wait_for(lambda: idle(worker), 30, "the task")
    row.refresh_from_db()
    assert (row.claim_token, row.lease_until, row.tries) == (None, None, 1)
    assert row.due_at is not None
    assert began + jobs.retry_delay(1) <= row.due_at <= clock.now() + jobs.retry_delay(1)


def test_after_five_failures_a_row_is_set_aside(registry: dict[str, jobs.DueList]) -> None:
    called: list[str] = []
    jobs.register(
        jobs.DueList(
            "tests.poison",
            rows,
            lambda pk, token: called.append("run"),
            set_aside=lambda pk, token: called.append("aside"),
        )
    )
    (row,) = due(1)
    for _ in range(6):
        FileDeletion.objects.filter(pk=row.pk).update(lease_until=None, claim_token=None)
        assert jobs.run_one("tests.poison", None, row.pk)
    assert called == ["run"] * 5 + ["aside"]


def test_one_thread_is_kept_for_publishing(
    registry: dict[str, jobs.DueList], make_worker: Callable[..., Worker]
) -> None:
    gate = threading.Event()
    running: list[str] = []

    def slow(pk: uuid.UUID, token: uuid.UUID) -> None:
        running.append("media")
        gate.wait(60)
        done(pk, token)

    published: list[uuid.UUID] = []

    def publish(pk: uuid.UUID, token: uuid.UUID) -> None:
        published.append(pk)
        done(pk, token)

    media = [row.pk for row in due(10)]
    jobs.register(jobs.DueList("tests.media", lambda: rows().filter(pk__in=media), slow, queue="media"))
    jobs.register(
        jobs.DueList("tests.publish", lambda: rows().exclude(pk__in=media), publish, queue="publish")
    )
    worker = make_worker()
    try:
        worker.sweep()
        wait_for(lambda: len(running) == 3, 30, "three renditions")
        (post,) = due(1)
        worker.take({"tests.publish"})
        wait_for(lambda: published == [post.pk], 30, "the post")
        assert len(running) == 3
    finally:
        gate.set()


def test_a_finished_task_makes_room_for_the_next_without_waiting_for_a_sweep(
    registry: dict[str, jobs.DueList], folder: Path
) -> None:
    ran: list[uuid.UUID] = []

    def run(pk: uuid.UUID, token: uuid.UUID) -> None:
        ran.append(pk)
        done(pk, token)

    jobs.register(jobs.DueList("tests.many", rows, run))
    due(30)
    worker = Worker(threads=2, bells=folder, every=60)
    code = run_in_thread(worker, lambda: wait_for(lambda: len(ran) == 30, 30, "all thirty"))
    assert code == 0
    assert len(set(ran)) == 30


def run_in_thread(worker: Worker, until: Callable[[], object]) -> int:
    """Run the worker's loop beside the test, without its signal handlers; stop it when `until` returns."""
    codes: list[int] = []

    def loop() -> None:
        try:
            codes.append(worker.loop())
        finally:
            connections.close_all()

    thread = threading.Thread(target=loop)
    thread.start()
    try:
        until()
    finally:
        worker.stopping = True
        worker._wake()
        thread.join(60)
    assert not thread.is_alive()
    return codes[0]


def test_the_bell_is_heard_at_once(registry: dict[str, jobs.DueList], folder: Path) -> None:
    heard = threading.Event()

    def run(pk: uuid.UUID, token: uuid.UUID) -> None:
        done(pk, token)
        heard.set()

    jobs.register(jobs.DueList("tests.rung", rows, run))
    worker = Worker(threads=1, bells=folder, every=60)

    def ring() -> None:
        wait_for(lambda: Heartbeat.objects.exists(), 30, "the first sweep")
        due(1)
        ring_all(folder, "tests.rung")
        assert heard.wait(30), "no sweep comes for a minute"

    assert run_in_thread(worker, ring) == 0


def test_a_row_due_soon_is_not_kept_waiting_for_the_next_round(
    registry: dict[str, jobs.DueList], make_worker: Callable[..., Worker]
) -> None:
    jobs.register(jobs.DueList("tests.soon", rows, done, queue="publish"))
    due(1, ago=-40)
    worker = make_worker(every=60)
    worker.sweep()
    assert 0.1 < worker.pause <= 40


def test_a_stop_lets_go_of_what_does_not_finish(
    registry: dict[str, jobs.DueList], make_worker: Callable[..., Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Event()
    codes: list[int] = []

    def end(code: int) -> None:
        codes.append(code)
        gate.set()

    def hold(pk: uuid.UUID, token: uuid.UUID) -> None:
        gate.wait(60)

    jobs.register(jobs.DueList("tests.slow", rows, hold, lease=600))
    (row,) = due(1)
    monkeypatch.setattr("aura.serve.worker.STOP_WITHIN", 0.2)
    monkeypatch.setattr("aura.serve.worker.os._exit", end)
    worker = make_worker(threads=1)
    worker.sweep()
    wait_for(worker.keeper.held, 30, "the task")
    try:
        worker.end()
    finally:
        gate.set()
    assert codes == [0]
    row.refresh_from_db()
    assert row.lease_until is not None
    assert (row.lease_until - clock.now()).total_seconds() < 10, "somebody else may have it soon"
    assert not Heartbeat.objects.exists()


def test_only_the_leader_of_several_fills_the_queues(
    registry: dict[str, jobs.DueList], make_worker: Callable[..., Worker]
) -> None:
    class Queues:
        def __init__(self, works: bool) -> None:
            self.works = works
            self.filled: list[str] = []

        def fill(self, due_list: jobs.DueList) -> bool:
            self.filled.append(due_list.name)
            return self.works

    ran: list[uuid.UUID] = []
    jobs.register(jobs.DueList("tests.carried", rows, lambda pk, token: ran.append(pk)))
    due(1)
    now = clock.now()
    Heartbeat.objects.create(pk=uuid.uuid4(), kind="celery", started_at=now, beat_at=now)
    first, second = Queues(True), Queues(True)
    one, two = make_worker(queues=first), make_worker(queues=second)
    one.sweep()
    two.sweep()
    assert (first.filled, second.filled, ran) == (["tests.carried"], [], [])
    Lease.give_up("sweep", one.me)
    two.sweep()
    assert second.filled == ["tests.carried"]

    silent = make_worker(queues=Queues(False))
    Lease.give_up("sweep", two.me)
    silent.sweep()
    wait_for(lambda: len(ran) == 1, 30, "the work that the broker does not carry")

    Heartbeat.objects.filter(kind="celery").update(beat_at=now - timedelta(seconds=16))
    (other,) = due(1)
    Lease.give_up("sweep", silent.me)
    one.sweep()
    wait_for(lambda: ran[1:] == [other.pk], 30, "the work that no Celery worker takes")


def test_a_chore_is_done_once_in_its_time_by_whoever_leads(
    registry: dict[str, jobs.DueList], make_worker: Callable[..., Worker]
) -> None:
    ran: list[int] = []
    jobs.register_chore(jobs.Chore("tests.clean_up", 3600, lambda: ran.append(1)))
    one, two = make_worker(), make_worker()
    for worker in (one, two, one):
        worker.sweep()
        wait_for(lambda w=worker: idle(w), 30, "the chore")  # type: ignore[misc]
    assert ran == [1]
    Lease.objects.filter(name="chore tests.clean_up").update(until=clock.now() - timedelta(seconds=1))
    one.sweep()
    wait_for(lambda: ran == [1, 1], 30, "the next time")


# Leases and deadlines ------------------------------------------------------------------------------------------------


def test_a_running_task_keeps_its_lease(registry: dict[str, jobs.DueList]) -> None:
    due_list = jobs.DueList("tests.long", rows, done, lease=5)
    (row,) = due(1)
    token = due_list.claim([row.pk])[row.pk]

    def until() -> datetime:
        row.refresh_from_db()
        assert row.lease_until is not None
        return row.lease_until

    first = until()
    with Keeper().holding(Held("tests.long", 60, due_list, row.pk, token)):
        wait_for(lambda: until() > first, 30, "the lease was renewed")
        assert due_list.claim([row.pk]) == {}


def test_a_task_past_its_deadline_ends_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    codes: list[int] = []
    monkeypatch.setattr(keeper_module.os, "_exit", codes.append)
    told: list[Held] = []
    held = Held("tests.hang", 10, started=time.monotonic() - 11)
    Keeper()._check_deadlines([held], time.monotonic())
    assert codes == [keeper_module.HUNG]

    held = Held("tests.hang", 10, started=time.monotonic() - 11)
    patient = Keeper(told.append)
    patient._check_deadlines([held], time.monotonic())
    patient._check_deadlines([held], time.monotonic())
    assert (told, len(codes)) == ([held], 1), "told once; the others get their time"
    patient._check_deadlines([held], time.monotonic() + 15)
    assert len(codes) == 2


HANGING = """
import os, sys, time
import django
django.setup()
from aura.kit import jobs
from aura.serve.worker import Worker
from media_library.models import FileDeletion
from pathlib import Path

def hang(pk, token):
    print("hanging", flush=True)
    time.sleep(600)

jobs.REGISTRY.clear()
jobs.register(jobs.DueList("tests.hang", FileDeletion.objects.all, hang, deadline=2, lease=30))
sys.exit(Worker(threads=2, bells=Path(sys.argv[1])).run())
"""


def database_url() -> str:
    """Return the address of the test's own database, for another process."""
    about = connections["default"].settings_dict
    if about["ENGINE"].endswith("sqlite3"):
        return f"sqlite:///{about['NAME']}"
    return f"postgres://{about['USER']}:{about['PASSWORD']}@{about['HOST']}:{about['PORT']}/{about['NAME']}"


def test_F31_a_worker_whose_task_hangs_ends_by_itself(folder: Path) -> None:
    (row,) = due(1)
    process = subprocess.Popen(
        [sys.executable, "-c", HANGING, str(folder)],
        cwd=ROOT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "aura.settings", "DATABASE_URL": database_url()},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.wait(60) == keeper_module.HUNG
    finally:
        process.kill()
    row.refresh_from_db()
    assert row.lease_until is not None
    assert (row.lease_until - clock.now()).total_seconds() <= 5, "it is free again soon"


def test_a_worker_stops_on_TERM_within_its_time(folder: Path) -> None:
    env = os.environ | {"DJANGO_SETTINGS_MODULE": "aura.settings", "DATABASE_URL": database_url()}
    process = subprocess.Popen([sys.executable, "manage.py", "work"], cwd=ROOT, env=env)
    try:
        wait_for(lambda: Heartbeat.objects.filter(pid=process.pid).exists(), 60, "the heartbeat")
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    finally:
        process.kill()
    assert not Heartbeat.objects.filter(pid=process.pid).exists()


# The bell ------------------------------------------------------------------------------------------------------------


def test_a_bell_without_listeners_costs_nothing(folder: Path) -> None:
    assert ring_all(folder, "x") == 0
    ears = [Bell(folder), Bell(folder)]
    assert ring_all(folder, "posts.publish_target") == 2
    assert [ear.heard() for ear in ears] == [{"posts.publish_target"}] * 2
    ears[0].sock.close()  # as if its process had been killed
    assert ring_all(folder, "x") == 1
    assert [path.name for path in folder.iterdir()] == [ears[1].path.name], "the dead one's socket is gone"
    ears[1].close()
    assert not list(folder.iterdir())


def test_a_full_ear_does_not_hold_up_who_rings(folder: Path) -> None:
    ear = Bell(folder)
    for _ in range(2000):  # a bell that waited for room would wait here for ever
        ring_all(folder, "x")
    assert ear.heard() == {"x"}
    ear.close()


def test_what_an_operation_rings_reaches_the_workers_of_this_machine(
    settings: Any, folder: Path, registry: dict[str, jobs.DueList]
) -> None:
    jobs.register(jobs.DueList("tests.rung", rows, done))
    settings.DATA_DIR = folder.parent
    ear = Bell(folder.parent / "bells")
    try:
        _ring_neighbours("tests.rung", None, uuid.uuid4())
        assert ear.heard() == {"tests.rung"}
    finally:
        ear.close()
    assert len(jobs._bells) == 1, "one bell is connected, to the broker or to the neighbours"
