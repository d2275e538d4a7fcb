"""What runs inside Aura for the kill test: the nursery, which also seeds and judges.

The nursery imports Aura once and forks workers on request, each with its own failpoint: a kill costs milliseconds
instead of a start. It speaks JSON, one object a line, on stdin and stdout.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connections  # noqa: E402
from django.urls import get_resolver  # noqa: E402

from aura.kit import testing_points  # noqa: E402
from aura.serve.parent import follow_parent  # noqa: E402
from bench.faults.judging import judge, waits_for_person  # noqa: E402
from bench.faults.seeding import seed  # noqa: E402
from media_library.models import Asset, StoredFile  # noqa: E402
from posts.models import Target  # noqa: E402
from posts.networks import connectable  # noqa: E402
from workspaces.scope import every_workspace  # noqa: E402

T = Target.Status
OUT = os.fdopen(os.dup(1), "w")  # for answers alone; what is logged goes to a file
NETWORK_SECONDS = 2  # how long a hanging network is waited for, so that a run stays short


def say(**answer: Any) -> None:
    """Answer the controller."""
    OUT.write(json.dumps(answer, default=str) + "\n")
    OUT.flush()


def work(failpoints: str) -> None:
    """Be a worker, in a process that was just forked, until killed."""
    os.environ["AURA_FAILPOINTS"] = failpoints
    os.environ["AURA_FAILPOINTS_LOG"] = str(settings.DATA_DIR / "failpoints.log")
    testing_points._armed.cache_clear()
    sys.stdin.close()
    with Path(settings.DATA_DIR / "worker.log").open("ab") as out:
        os.dup2(out.fileno(), 1)
        os.dup2(out.fileno(), 2)
    from aura.serve.worker import Worker

    queues: Any = None
    if settings.REDIS_URL:
        from aura.celery import BrokerQueues

        queues = BrokerQueues()
    Worker(threads=4, bells=settings.DATA_DIR / "bells", queues=queues, every=0.5).run()


def celery(failpoints: str) -> None:
    """Be a Celery worker with a pool of four, in a process that was just forked, until killed."""
    os.environ["AURA_FAILPOINTS"] = failpoints
    os.environ["AURA_FAILPOINTS_LOG"] = str(settings.DATA_DIR / "failpoints.log")
    testing_points._armed.cache_clear()
    with Path(settings.DATA_DIR / "celery.log").open("ab") as out:
        os.dup2(out.fileno(), 1)
        os.dup2(out.fileno(), 2)
    from aura.celery import QUEUES, app

    app.worker_main(
        [
            *("worker", "--queues", ",".join(QUEUES), "--concurrency", "4", "--loglevel", "WARNING"),
            *("--without-gossip", "--without-mingle", "--without-heartbeat"),
        ]
    )


def nursery() -> None:
    """Seed, fork workers, tell which have died and how much is left to do, and judge, as the controller asks."""
    with Path(settings.DATA_DIR / "nursery.log").open("ab") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    for network in connectable():
        type(network).timeout_seconds = NETWORK_SECONDS
    list(get_resolver().url_patterns)  # imported once here, not by every child
    me, alive = os.getpid(), set[int]()
    for line in sys.stdin:
        asked = json.loads(line)
        if asked["do"] in ("work", "celery"):
            connections.close_all()
            pid = os.fork()
            if pid == 0:
                try:
                    follow_parent(me, 9)
                    (work if asked["do"] == "work" else celery)(asked["failpoints"])
                finally:
                    os._exit(1)
            alive.add(pid)
            say(pid=pid)
        elif asked["do"] == "dead":
            dead = []
            for pid in sorted(alive):
                found, status = os.waitpid(pid, os.WNOHANG)
                if found:
                    alive.discard(pid)
                    dead.append(
                        [pid, os.WTERMSIG(status) if os.WIFSIGNALED(status) else -os.WEXITSTATUS(status)]
                    )
            say(dead=dead)
        elif asked["do"] == "left":
            say(**left())
        elif asked["do"] == "seed":
            say(**seed(**asked["of"]))
        elif asked["do"] == "judge":
            say(**judge(**asked["of"]))
        connections.close_all()


def left() -> dict[str, Any]:
    """Return how many targets stand where, and whether nothing is left to do without a person."""
    with every_workspace("the kill test counts everything"):
        rows = list(Target.objects.only("post_id", "channel_id", "position", "status"))
        busy = sum(one.status in {T.SCHEDULED, T.SENDING} and not waits_for_person(one, rows) for one in rows)
        # An upload that broke off is dropped after a day, and nobody was told yes: only whole files are waited for.
        whole = StoredFile.Status.READY
        pictures = Asset.objects.filter(
            status=Asset.Status.PENDING, current__stored_file__status=whole
        ).count()
    return {"busy": busy, "pictures": pictures, "statuses": dict(Counter(one.status for one in rows))}


if __name__ == "__main__":
    nursery()
