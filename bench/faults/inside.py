"""What runs inside Aura for the kill test, in processes of its own: `seed`, `nursery` and `check`.

The nursery imports Aura once and forks workers on request, each with its own failpoint: a kill costs milliseconds
instead of a start. It speaks JSON, one object a line, on stdin and stdout.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.core.files.storage import default_storage  # noqa: E402
from django.db import connection, connections  # noqa: E402
from django.urls import get_resolver  # noqa: E402

from aura.kit import clock, secrets, testing_points  # noqa: E402
from aura.serve.parent import follow_parent  # noqa: E402
from bench.faults.networks import FAKES, MARK  # noqa: E402
from campaigns.models import Brand, Campaign  # noqa: E402
from media_library.models import Asset, StoredFile  # noqa: E402
from posts.models import Attempt, Channel, Post, SandboxPost, Target  # noqa: E402
from posts.networks import connectable  # noqa: E402
from posts.networks.standin import read_journal  # noqa: E402
from posts.networks.webhook import Webhook  # noqa: E402
from posts.operations.settle import arm, status_of  # noqa: E402
from workspaces.models import Membership, User, Workspace  # noqa: E402
from workspaces.scope import every_workspace, use_workspace  # noqa: E402

T = Target.Status
SLUG, EMAIL, PASSWORD = "faults", "faults@example.com", "a long enough password"
NETWORK_SECONDS = 2  # how long a hanging network is waited for, so that a run stays short


def say(**answer: Any) -> None:
    """Answer the controller."""
    sys.stdout.write(json.dumps(answer, default=str) + "\n")
    sys.stdout.flush()


def seed(hook: str, posts: int, network: str) -> None:
    """Make a workspace with a sandbox and a channel that leads to the network, and posts for both that are due."""
    workspace = Workspace.objects.create(name="Faults", slug=SLUG, zone="UTC")
    user = User.objects.create_user(EMAIL, PASSWORD, name="Faults")
    Membership.objects.create(workspace=workspace, user=user, role="owner")
    with use_workspace(workspace):
        brand = Brand.objects.create(name="Faults")
        campaign = Campaign.objects.create(brand=brand, name="Faults", status=Campaign.Status.IN_PROGRESS)
        known, credential = {"url": hook}, Webhook().new_credential()
        if network != "webhook":
            known, credential = FAKES[network].channel(hook.removesuffix("/hook"))
        slug = FAKES[network].network if network in FAKES else network
        sealed = secrets.seal_dict(credential)
        channels = [
            Channel.objects.create(network="sandbox", name="Sandbox"),
            Channel.objects.create(network=slug, name="Network", settings=known, secret=sealed),
        ]
        now = clock.now()
        for number in range(posts):
            words = f"Bread, slowly: rye{number:012x}."
            post = Post.objects.create(campaign=campaign, title=f"Seeded {number}", caption=words)
            for channel in channels:
                Target.objects.create(post=post, channel=channel)
            arm(post, now, now=now)
        say(campaign=campaign.pk, channels=[channel.pk for channel in channels])


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
    """Fork workers, tell which have died, and how much is left to do, as the controller asks."""
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
            connections.close_all()


def left() -> dict[str, Any]:
    """Return how many targets stand where, and whether nothing is left to do without a person."""
    with every_workspace("the kill test counts everything"):
        statuses = Counter(Target.objects.values_list("status", flat=True))
        busy = statuses[T.SCHEDULED] + statuses[T.SENDING]
        whole = (
            StoredFile.Status.READY
        )  # an upload that broke off is dropped after a day; nobody was told yes
        pictures = Asset.objects.filter(
            status=Asset.Status.PENDING, current__stored_file__status=whole
        ).count()
    return {"busy": busy, "pictures": pictures, "statuses": dict(statuses)}


def check(journal: str, client: str, network: str, marks: str) -> None:
    """Put the journals beside the database and say what does not fit; `marks` is what a fake network has."""
    received = read_journal(Path(journal)) if Path(journal).exists() else []
    with use_workspace(Workspace.objects.get(slug=SLUG)):
        live = Counter[str]()
        if network == "webhook":
            live.update(json.loads(one.body)["data"]["id"] for one in received if one.post)
        else:
            targets = {
                mark.group(): str(target.pk)
                for target in Target.objects.exclude(channel__network="sandbox").select_related("post")
                if (mark := MARK.search(target.post.caption))
            }
            live.update(targets[mark] for mark in json.loads(Path(marks).read_text()))
        live.update(key.split(".")[0] for key in SandboxPost.objects.values_list("key", flat=True))
        problems: dict[str, list[str]] = {
            name: [] for name in ("twice", "lost", "unfinished", "untrue", "unsettled", "open_lines")
        }
        unclear, quarantined = 0, 0
        rows = list(Target.objects.select_related("post", "channel"))
        for target in rows:
            name, count = f"{target.post.title} on {target.channel.name}", live[str(target.pk)]
            if count > 1:
                problems["twice"].append(name)
            if target.status == T.PUBLISHED and count == 0:
                problems["lost"].append(name)
            if target.status in {T.SCHEDULED, T.SENDING, T.PENDING, T.MISSED}:
                problems["unfinished"].append(f"{name}: {target.status} {target.sentence}")
            if target.status == T.FAILED and count:
                problems["untrue"].append(name)
            unclear += target.status == T.NEEDS_CONFIRMATION
            quarantined += target.status == T.FAILED and "gave up" in target.sentence
        problems["unsettled"] = unsettled(rows)
        problems["open_lines"] = [
            str(line) for line in Attempt.objects.filter(outcome=Attempt.Outcome.STARTED)
        ]
        problems |= check_client(client)
        listed = Post.objects.filter(status=Post.Status.NEEDS_CONFIRMATION).count()
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA integrity_check")
            found = cursor.fetchone()[0]
            problems["database"] = [] if found == "ok" else [found]
    say(
        problems=problems,
        targets=Counter(target.status for target in rows),
        unclear=unclear,
        unclear_posts_listed=listed,
        quarantined=quarantined,
        requests=len(received),
        posts_on_the_network=sum(live.values()),
    )


def unsettled(rows: list[Target]) -> list[str]:
    """Return the posts whose status is not what their targets say."""
    by_post: dict[Any, list[str]] = {}
    for target in rows:
        by_post.setdefault(target.post_id, []).append(target.status)
    return [
        f"{post.title}: {post.status}"
        for post in Post.objects.all()
        if post.status != status_of(post.review_status, by_post.get(post.pk, []))
    ]


def check_client(client: str) -> dict[str, list[str]]:
    """What the web server said yes to has to be there, byte by byte; and no stored file may be torn."""
    said = (
        [json.loads(line) for line in Path(client).read_text().splitlines()] if Path(client).exists() else []
    )
    titles = set(Post.objects.values_list("title", flat=True))
    stored = {row.sha256: row for row in StoredFile.objects.filter(status=StoredFile.Status.READY)}
    missing = [line["title"] for line in said if line["what"] == "post" and line["title"] not in titles]
    gone = [line["sha256"] for line in said if line["what"] == "upload" and line["sha256"] not in stored]
    torn = []
    for row in stored.values():
        try:
            with default_storage.open(row.key) as file:
                whole = hashlib.sha256(file.read()).hexdigest() == row.sha256
        except FileNotFoundError:
            whole = False
        if not whole:
            torn.append(row.key)
    return {"acknowledged_posts_missing": missing, "acknowledged_uploads_missing": gone, "torn_files": torn}


if __name__ == "__main__":
    command, *rest = sys.argv[1:]
    if command == "seed":
        seed(rest[0], int(rest[1]), rest[2])
    elif command == "nursery":
        nursery()
    else:
        check(*rest)
