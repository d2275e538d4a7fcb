"""What people say about targets: live, again, leave it, retry; who may; and what a double click does."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connections

from aura.kit import clock
from posts.models import Attempt, Channel, Post, SandboxPost, Target
from posts.operations.confirming import cancel_target, confirm_target, resend_target, retry_target
from posts.operations.scheduling import publish_post
from posts.tests import _engine as engine
from workspaces.models import Activity, User, Workspace
from workspaces.operation import Refused
from workspaces.scope import use_workspace

S, T = Post.Status, Target.Status
pytestmark = pytest.mark.django_db(transaction=True)
VERBS: list[Callable[..., Target]] = [confirm_target, resend_target, cancel_target]


@pytest.fixture(autouse=True)
def opened(scope: Workspace) -> Workspace:
    return scope


def unclear(network: str = "sandbox") -> Target:
    post = engine.due_post(engine.channel(network))
    Target.objects.filter(post=post).update(
        status=T.NEEDS_CONFIRMATION, due_at=None, key="first", sentence="No clear answer."
    )
    from posts.operations.settle import settle

    settle(post.pk)
    return engine.target_of(post)


def test_it_is_live_publishes_with_its_link(bob: User) -> None:
    target = confirm_target(unclear(), url=" https://example.com/p/1 ", by=bob)
    assert (target.status, target.remote_url) == (T.PUBLISHED, "https://example.com/p/1")
    assert engine.fresh(target.post).status == S.PUBLISHED
    line = target.attempts.get()
    assert (line.kind, line.outcome, line.by) == ("person", "accepted", "Bob Cullen")
    assert Activity.objects.filter(verb="posts.confirm_target").count() == 1


def test_the_link_may_be_left_out(bob: User) -> None:
    assert confirm_target(unclear(), by=bob).status == T.PUBLISHED


@pytest.mark.parametrize("url", ["javascript:alert(1)", "example.com/p/1", "//example.com", "https://"])
def test_a_link_that_is_none_is_refused(bob: User, url: str) -> None:
    target = unclear()
    with pytest.raises(Refused, match="whole link"):
        confirm_target(target, url=url, by=bob)
    assert engine.target_of(target.post).status == T.NEEDS_CONFIRMATION


def test_not_there_sends_again_under_a_new_key(bob: User) -> None:
    target = resend_target(unclear(), by=bob)
    assert target.status == T.SCHEDULED
    again = engine.publish(target.post)
    assert again.status == T.PUBLISHED
    assert again.key != "first"
    assert SandboxPost.objects.count() == 1
    assert [kind for kind, _ in engine.ledger_of(again)] == ["person", "publish"]


def test_leave_it_cancels_the_target(bob: User) -> None:
    target = cancel_target(unclear("by_hand"), by=bob)
    assert target.status == T.CANCELLED
    assert engine.fresh(target.post).status == S.CANCELLED


@pytest.mark.parametrize("status", [T.FAILED, T.MISSED])
def test_retry_sends_now_or_later(bob: User, status: str) -> None:
    post = engine.due_post(engine.channel())
    Target.objects.filter(post=post).update(status=status, due_at=None, tries=5)
    at = clock.now() + timedelta(hours=2)
    later = retry_target(engine.target_of(post), at=at, by=bob)
    assert (later.status, later.due_at, later.tries) == (T.SCHEDULED, at, 0)
    Target.objects.filter(post=post).update(status=status, due_at=None)
    now = retry_target(engine.target_of(post), by=bob)
    assert engine.publish(now.post).status == T.PUBLISHED


def test_retry_in_the_past_is_refused(bob: User) -> None:
    post = engine.due_post(engine.channel())
    Target.objects.filter(post=post).update(status=T.FAILED)
    with pytest.raises(Refused, match="passed"):
        retry_target(engine.target_of(post), at=clock.now() - timedelta(minutes=1), by=bob)


@pytest.mark.parametrize("verb", VERBS)
def test_what_was_answered_is_not_answered_again(bob: User, verb: Callable[..., Target]) -> None:
    target = unclear()
    confirm_target(target, by=bob)
    with pytest.raises(Refused, match="answered this already"):
        verb(target, by=bob)
    assert Attempt.objects.count() == 1


@pytest.mark.parametrize("verb", [resend_target])
def test_nothing_is_sent_again_on_a_channel_that_is_not_in_use(
    bob: User, verb: Callable[..., Target]
) -> None:
    target = unclear()
    Channel.objects.update(status=Channel.Status.PAUSED)
    with pytest.raises(Refused, match="Resume"):
        verb(target, by=bob)


def test_nothing_unapproved_is_sent_again(bob: User, scope: Workspace) -> None:
    target = unclear()
    scope.approval = "anyone"
    scope.save()
    with use_workspace(scope), pytest.raises(Refused, match="not approved"):
        resend_target(target, by=bob)


@pytest.mark.parametrize("verb", [*VERBS, retry_target])
@pytest.mark.parametrize(("who", "may"), [("alice", 1), ("bob", 1), ("carol", 0), ("mallory", 0)])
def test_R1_who_may_answer(
    request: pytest.FixtureRequest, verb: Callable[..., Target], who: str, may: int
) -> None:
    target = unclear()
    if verb is retry_target:
        Target.objects.update(status=T.FAILED)
    person = request.getfixturevalue(who)
    if may:
        assert verb(target, by=person)
        return
    with pytest.raises(PermissionDenied):
        verb(target, by=person)
    assert not Attempt.objects.exists()


def race(count: int, call: Callable[[], Any]) -> list[Any]:
    workspace = Workspace.objects.get(slug="barrow-rye")
    start, results = threading.Barrier(count), []

    def work() -> None:
        with use_workspace(workspace):
            start.wait()
            try:
                results.append(call())
            except Refused as problem:
                results.append(problem)
            finally:
                connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == count
    return results


@pytest.mark.race
@pytest.mark.parametrize("verb", VERBS)
def test_F14_many_clicks_are_one_answer(bob: User, verb: Callable[..., Target]) -> None:
    target = unclear()
    results = race(12, lambda: verb(target, by=bob))
    assert sum(isinstance(result, Target) for result in results) == 1
    assert Attempt.objects.count() == 1


@pytest.mark.race
def test_F14_publish_now_from_many_tabs_is_one_publication(bob: User) -> None:
    post = engine.post(engine.channel())

    def click() -> None:
        publish_post(post, by=bob)
        engine.run(engine.PUBLISH, engine.target_of(post))

    race(16, click)
    for _ in range(3):
        engine.publish(post)
    assert SandboxPost.objects.count() == 1
    assert engine.target_of(post).status == T.PUBLISHED
