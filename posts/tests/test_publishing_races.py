"""F4 and F13: killed at every failpoint, and changed in the very second of sending."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection, connections

from aura.kit import clock, jobs
from posts.models import Attempt, Post, SandboxPost, Target
from posts.operations import review, scheduling, trash, writing
from posts.operations.publishing import FAILPOINTS
from posts.operations.settle import arm
from posts.tests import _engine as engine
from workspaces.models import User, Workspace
from workspaces.operation import Refused
from workspaces.scope import use_workspace

T = Target.Status
ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.django_db(transaction=True)

WORKER = """
import sys, uuid, django
django.setup()
from django.conf import settings
from aura.kit import jobs
jobs.run_one(sys.argv[1], uuid.UUID(sys.argv[2]), uuid.UUID(sys.argv[3]))
"""


@pytest.fixture(autouse=True)
def opened(scope: Workspace) -> Workspace:
    return scope


def run_in_a_process(name: str, target: Target, failpoint: str, **more: str) -> int:
    """Run a task on a row in a process of its own, on the tests' database; return how it ended.

    `more`: variables that lead it to a network.
    """
    database = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        url = f"sqlite:///{database}"
    else:
        given = connection.settings_dict
        where = f"{given['HOST'] or 'localhost'}:{given['PORT'] or 5432}"
        url = f"postgres://{given['USER']}:{given['PASSWORD']}@{where}/{database}"
    env = os.environ | {
        "DATABASE_URL": url,
        "AURA_FAILPOINTS": f"{failpoint}:kill",
        "DJANGO_SETTINGS_MODULE": "aura.settings",
        **more,
    }
    argv = [sys.executable, "-c", WORKER, name, str(target.workspace_id), str(target.pk)]
    return subprocess.run(argv, env=env, cwd=ROOT, timeout=180, capture_output=True).returncode


@pytest.mark.parametrize("failpoint", FAILPOINTS)
def test_F4_killed_anywhere_it_is_out_once(failpoint: str) -> None:
    post = engine.due_post(engine.channel())
    target = engine.target_of(post)
    assert run_in_a_process(engine.PUBLISH, target, failpoint) == -signal.SIGKILL
    for _ in range(3):  # whoever comes next finds the lease run out
        Target.objects.exclude(claim_token=None).update(lease_until=clock.now() - timedelta(seconds=1))
        engine.run(engine.PUBLISH, target)
        engine.run(engine.RECONCILE, target)
    done = engine.target_of(post)
    assert done.status == T.PUBLISHED
    assert SandboxPost.objects.count() == 1
    assert engine.fresh(post).status == Post.Status.PUBLISHED
    assert not Attempt.objects.filter(outcome="started").exists()


def test_F4_killed_after_the_call_it_is_not_taken_before_the_lease_runs_out() -> None:
    target = engine.target_of(engine.due_post(engine.channel()))
    assert run_in_a_process(engine.PUBLISH, target, "publish.after_call") == -signal.SIGKILL
    assert engine.target_of(target.post).status == T.SENDING
    assert not engine.run(engine.RECONCILE, target)
    assert jobs.REGISTRY[engine.RECONCILE].find(10) == []


def edit(post: Post, by: User) -> object:
    typed = Post.objects.get(pk=post.pk)
    typed.caption = "New words."
    words = {target.channel: "" for target in typed.targets.select_related("channel")}
    return writing.edit_post(typed, words=words, pictures=[], version=post.version, by=by)


CHANGES: dict[str, Callable[[Post, User], object]] = {
    "edit": edit,
    "edit_approved": edit,
    "cancel": lambda post, by: scheduling.cancel_post(post, by=by),
    "unschedule": lambda post, by: scheduling.unschedule_post(post, by=by),
    "trash": lambda post, by: trash.trash_post(post, by=by),
    "move": lambda post, by: scheduling.move_post(post, at=clock.now() + timedelta(days=1), by=by),
}


@pytest.mark.race
@pytest.mark.parametrize("what", CHANGES)
def test_F13_a_change_in_the_second_of_sending_wins_or_is_refused(
    what: str, bob: User, scope: Workspace
) -> None:
    channel = engine.channel(approval="anyone" if what == "edit_approved" else "none")
    random.seed(4)
    for number in range(8):
        post = engine.post(channel, title=f"{what} {number}")
        if what == "edit_approved":
            review.submit_post(post, by=bob)
            review.approve_post(post, by=bob)
        arm(engine.fresh(post), clock.now())
        post = engine.fresh(post)
        target = engine.target_of(post)
        start, said = threading.Barrier(2), list[str]()

        def send(target: Target = target, start: threading.Barrier = start) -> None:
            with use_workspace(scope):
                start.wait()
                engine.run(engine.PUBLISH, target)
            connections.close_all()

        worker = threading.Thread(target=send)
        worker.start()
        start.wait()
        time.sleep(random.uniform(0, 0.02))
        try:
            CHANGES[what](post, bob)
            said.append("yes")
        except Refused as problem:
            said.append(str(problem))
        worker.join()
        engine.run(engine.PUBLISH, target)
        out = [row.payload["text"] for row in SandboxPost.objects.filter(key__startswith=str(target.pk))]
        after = engine.target_of(post)
        if said == ["yes"] and what == "edit":
            assert out == ["New words."]
        elif said == ["yes"] and after.status != T.PUBLISHED:
            assert out == []
            assert after.status in {T.PENDING, T.CANCELLED, T.SCHEDULED}
        else:
            assert out == ["Bread, slowly."]
            assert after.status == T.PUBLISHED
            # Throwing away what is out already takes nothing back, and the page says so.
            assert said != ["yes"] or what == "trash"
