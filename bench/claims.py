"""How many due posts four processes claim in a second, beside a bare UPDATE loop doing the same writes.

    .venv/bin/python -m bench.claims                                         SQLite in a temporary folder
    bin/with-services --only postgres -- .venv/bin/python -m bench.claims    PostgreSQL

10,000 targets in 20 workspaces are due at once. Each process does what a worker does: ask the due list for 20, claim
them, and again. The bare loop asks and updates by hand, without fairness, scope or tokens that are read back: the
least that a claim could cost on this machine. Every target has to be claimed exactly once. Target: at most 10 s.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import tempfile
import time
import uuid
from typing import Any

_folder = tempfile.TemporaryDirectory(prefix="aura-bench-") if __name__ == "__main__" else None
if _folder is not None:
    os.environ |= {"AURA_DATA_DIR": _folder.name, "AURA_ENV": "test", "AURA_LOG_LEVEL": "WARNING"}
    os.environ["AURA_PUBLISH_LEASE_SECONDS"] = "3600"  # nothing claimed comes back while we count
    os.environ["DJANGO_SETTINGS_MODULE"] = "aura.settings"

import django  # noqa: E402

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import OperationalError, connection, connections, transaction  # noqa: E402
from django.db.models import F  # noqa: E402

from aura.kit import clock, jobs  # noqa: E402
from campaigns.models import Brand, Campaign  # noqa: E402
from posts.models import Channel, Post, Target  # noqa: E402
from workspaces.models import Workspace  # noqa: E402
from workspaces.scope import every_workspace, use_workspace  # noqa: E402

AT_ONCE = jobs.CLAIM_AT_MOST
LEASE = 3600.0


def seed(targets: int, workspaces: int) -> None:
    """Make due targets, evenly over workspaces."""
    now = clock.now()
    for number in range(workspaces):
        workspace = Workspace.objects.create(name=f"W{number}", slug=f"w{number}")
        with use_workspace(workspace):
            brand = Brand.objects.create(name="B")
            campaign = Campaign.objects.create(name="C", brand=brand)
            channel = Channel.objects.create(network="sandbox", name="S")
            share = range(targets // workspaces)
            posts = Post.objects.bulk_create(
                [Post(campaign=campaign, title=str(n), scheduled_at=now, status="scheduled") for n in share]
            )
            Target.objects.bulk_create(
                [
                    Target(post=post, channel=channel, status="scheduled", due_at=now, promised_at=now)
                    for post in posts
                ]
            )


def free_all() -> None:
    """Give every claim back."""
    with every_workspace("the benchmark starts over"):
        Target.objects.update(lease_until=None, claim_token=None, tries=0)


def claim_as_a_worker() -> int:
    """Claim one batch through the due list; return how many were won, or -1 when nothing was due."""
    return len(jobs.REGISTRY["posts.publish_target"].claim_some(AT_ONCE)) or -1


def claim_bare() -> int:
    """Claim one batch with a SELECT and an UPDATE, and nothing else; as `claim_as_a_worker` answers."""
    with every_workspace("the benchmark's bare loop"), transaction.atomic():
        due = Target.objects.filter(jobs.FREE, jobs.DUE, status="scheduled").order_by("due_at")
        ids = list(due.select_for_update(skip_locked=True).values_list("pk", flat=True)[:AT_ONCE])
        rows = Target.objects.filter(jobs.FREE, pk__in=ids)
        won = rows.update(lease_until=clock.db_after(LEASE), claim_token=uuid.uuid4(), tries=F("tries") + 1)
        return won if ids else -1


def work(how: str, start: Any, results: Any) -> None:
    """Claim until nothing is left; report how many were won and how often the database was too busy."""
    connections.close_all()
    claim = {"worker": claim_as_a_worker, "bare": claim_bare}[how]
    won, busy, empty = 0, 0, 0
    start.wait()
    while empty < 3:
        try:
            got = claim()
        except OperationalError:
            busy += 1
            continue
        empty = empty + 1 if got < 0 else 0
        won += max(got, 0)
    results.put((won, busy))
    connections.close_all()


def measure(how: str, processes: int) -> tuple[float, int, int]:
    """Run one kind of claiming in parallel; return seconds, claims won, and errors of a busy database."""
    free_all()
    connections.close_all()
    fork = multiprocessing.get_context("fork")
    start, results = fork.Barrier(processes + 1), fork.Queue()
    children = [fork.Process(target=work, args=(how, start, results)) for _ in range(processes)]
    for child in children:
        child.start()
    start.wait()
    began = time.perf_counter()
    done = [results.get() for _ in children]
    seconds = time.perf_counter() - began
    for child in children:
        child.join()
    return seconds, sum(won for won, _ in done), sum(busy for _, busy in done)


def main() -> None:
    """Measure both and print the ratio; exit 1 when a target was claimed twice, never, or too slowly."""
    parser = argparse.ArgumentParser(prog="python -m bench.claims", description=__doc__)
    parser.add_argument("--targets", type=int, default=10_000)
    parser.add_argument("--workspaces", type=int, default=20)
    parser.add_argument("--processes", type=int, default=4)
    options = parser.parse_args()
    call_command("migrate", verbosity=0)
    seed(options.targets, options.workspaces)
    taken: dict[str, float] = {}
    held = True
    for how in ("bare", "worker", "worker", "bare"):
        seconds, won, busy = measure(how, options.processes)
        with every_workspace("the benchmark counts"):
            once = Target.objects.filter(tries=1).count()
        held = held and won == once == options.targets
        taken[how] = min(seconds, taken.get(how, seconds))
        print(
            f"{how:7} {seconds:6.2f} s  {won / seconds:8.0f} claims/s  {once} once  {busy} busy", flush=True
        )
    vendor = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[connection.vendor]
    print(
        f"{vendor}: {options.targets:,} due posts claimed by {options.processes} processes in "
        f"{taken['worker']:.2f} s; {taken['worker'] / taken['bare']:.1f} times the bare loop's {taken['bare']:.2f} s"
    )
    sys.exit(0 if held and taken["worker"] <= 10 else 1)


if __name__ == "__main__":
    main()
