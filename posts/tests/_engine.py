"""What the tests of the publishing engine start from: a webhook channel that leads to a stand-in network."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

from django.db import connections

from aura.kit import clock, jobs, secrets
from aura.kit.testing import just_now
from campaigns.models import Brand, Campaign
from posts.models import Channel, Post, Target
from posts.networks import get_network
from posts.networks.standin import StandIn
from posts.operations.settle import arm
from workspaces.models import Workspace
from workspaces.scope import use_workspace

PUBLISH, RECONCILE = "posts.publish_target", "posts.reconcile_target"


def campaign() -> Campaign:
    brand = Brand.objects.filter(name="Barrow & Rye").first() or Brand.objects.create(name="Barrow & Rye")
    return Campaign.objects.filter(brand=brand).first() or Campaign.objects.create(name="Rye", brand=brand)


def channel(network: str = "sandbox", name: str = "", **fields: Any) -> Channel:
    sealed = secrets.seal_dict(get_network(network).new_credential())
    return Channel.objects.create(network=network, name=name or network, secret=sealed, **fields)


def webhook(stand_in: StandIn, **fields: Any) -> Channel:
    return channel("webhook", settings={"url": stand_in.url}, **fields)


def post(*channels: Channel, title: str = "Rye", **fields: Any) -> Post:
    made = Post.objects.create(campaign=campaign(), title=title, **{"caption": "Bread, slowly.", **fields})
    for one in channels:
        Target.objects.create(post=made, channel=one)
    return made


def due_post(*channels: Channel, late: float = 0.0, **fields: Any) -> Post:
    """A post whose time came `late` seconds ago."""
    made = post(*channels, **fields)
    arm(made, clock.now() - timedelta(seconds=late))
    return fresh(made)


def target_of(made: Post) -> Target:
    return Target.objects.select_related("post", "channel").get(post=made)


def run(name: str, target: Target) -> bool:
    """Run one task on one row as a worker does."""
    return jobs.run_one(name, target.workspace_id, target.pk)


def publish(made: Post) -> Target:
    """Run the publishing task once on each target of a post that has one; return it as it is then."""
    run(PUBLISH, target_of(made))
    return target_of(made)


def reconcile(target: Target) -> Target:
    """Let the next look be due now, and take it."""
    Target.objects.filter(pk=target.pk).update(due_at=just_now())
    run(RECONCILE, target)
    return target_of(target.post)


def fresh(made: Post) -> Post:
    return Post.objects.get(pk=made.pk)


def ledger_of(target: Target) -> list[tuple[str, str]]:
    return list(target.attempts.values_list("kind", "outcome"))


def in_threads(calls: list[Any]) -> None:
    workspace = Workspace.objects.get(slug="barrow-rye")
    problems: list[BaseException] = []
    start = threading.Barrier(len(calls))

    def work(call: Any) -> None:
        try:
            with use_workspace(workspace):
                start.wait()
                call()
        except BaseException as problem:
            problems.append(problem)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems, problems
