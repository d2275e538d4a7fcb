"""Work rows: a claim is won once, a stale holder changes nothing, and no workspace starves another."""

from __future__ import annotations

import threading
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import QuerySet

from aura.kit import clock, jobs
from campaigns.models import Brand, Campaign
from posts.models import Channel, Post, Target
from workspaces.models import Workspace
from workspaces.scope import current_workspace, every_workspace, use_workspace


def scheduled() -> QuerySet[Target]:
    return Target.objects.filter(status="scheduled")


LIST = jobs.DueList("tests.send", scheduled, lambda pk, token: None, lease=60)


def make_targets(count: int, *, minutes_ago: float = 1) -> list[Target]:
    """Make due targets in the open workspace."""
    brand, _ = Brand.objects.get_or_create(name="Rye")
    campaign, _ = Campaign.objects.get_or_create(brand=brand, name="Spring")
    channel, _ = Channel.objects.get_or_create(name="Sandbox", network="sandbox")
    due = clock.now() - timedelta(minutes=minutes_ago)
    posts = Post.objects.bulk_create([Post(campaign=campaign, title=f"Post {n}") for n in range(count)])
    return Target.objects.bulk_create(
        [Target(post=p, channel=channel, status="scheduled", due_at=due) for p in posts]
    )


def test_a_row_is_claimed_once_and_again_only_when_given_back(scope: Workspace) -> None:
    (target,) = make_targets(1)
    token = LIST.claim([target.pk])[target.pk]
    assert LIST.claim([target.pk]) == {}
    assert LIST.find(10) == []
    assert LIST.give_back(target.pk, token)
    target.refresh_from_db()
    assert (target.tries, target.claim_token, target.lease_until) == (0, None, None)
    assert LIST.find(10) == [(scope.pk, target.pk)]


def test_a_stale_holder_changes_nothing(scope: Workspace) -> None:
    (target,) = make_targets(1)
    LIST.claim([target.pk])
    stale = uuid.uuid4()
    assert not jobs.record(Target, target.pk, stale, status="published")
    assert not LIST.renew(target.pk, stale)
    target.refresh_from_db()
    assert target.status == "scheduled"


def test_a_lease_that_ran_out_is_claimed_by_the_next(scope: Workspace) -> None:
    (target,) = make_targets(1)
    first = LIST.claim([target.pk])[target.pk]
    Target.objects.filter(pk=target.pk).update(lease_until=clock.db_after(-1))
    second = LIST.claim([target.pk])[target.pk]
    assert second != first
    assert not jobs.record(Target, target.pk, first, status="failed")
    assert jobs.record(Target, target.pk, second, status="published", due_at=None)


def test_work_that_is_not_due_yet_is_left_alone(scope: Workspace) -> None:
    (target,) = make_targets(1, minutes_ago=-5)
    assert LIST.find(10) == []
    assert LIST.claim([target.pk]) == {}
    assert LIST.age() == 0


def test_the_age_is_that_of_the_oldest_due_row(scope: Workspace) -> None:
    make_targets(1, minutes_ago=1)
    make_targets(1, minutes_ago=3)
    assert 175 < LIST.age() < 200


def test_a_busy_workspace_does_not_starve_a_quiet_one(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    with use_workspace(workspace):
        make_targets(10, minutes_ago=60)
    with use_workspace(other_workspace):
        (quiet,) = make_targets(1, minutes_ago=1)
    assert (other_workspace.pk, quiet.pk) in LIST.find(2)


def test_at_most_twenty_are_claimed_at_once(scope: Workspace) -> None:
    targets = make_targets(25)
    assert len(LIST.claim([target.pk for target in targets])) == jobs.CLAIM_AT_MOST


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_many_claimers_each_row_has_one_winner(workspace: Workspace) -> None:
    with use_workspace(workspace):
        ids = [target.pk for target in make_targets(20)]
    won: list[uuid.UUID] = []
    start = threading.Barrier(6)

    def claimer() -> None:
        start.wait()
        won.extend(LIST.claim(ids[:10]))
        won.extend(LIST.claim(ids[5:]))
        connection.close()

    threads = [threading.Thread(target=claimer) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == sorted(ids)


def test_a_task_runs_in_its_rows_own_workspace(
    workspace: Workspace, other_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Workspace] = []
    probe = jobs.DueList("tests.probe", scheduled, lambda pk, token: seen.append(current_workspace()))
    monkeypatch.setitem(jobs.REGISTRY, probe.name, probe)
    with use_workspace(other_workspace):
        (target,) = make_targets(1)
    assert jobs.run_one(probe.name, other_workspace.pk, target.pk)
    assert not jobs.run_one(probe.name, other_workspace.pk, target.pk)
    assert seen == [other_workspace]


def test_the_bell_rings_after_commit_with_the_workspace(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: object
) -> None:
    rung: list[object] = []
    monkeypatch.setattr(jobs, "_bells", [lambda *what: rung.append(what)])
    monkeypatch.setitem(jobs.REGISTRY, LIST.name, LIST)
    row = uuid.uuid4()
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        with use_workspace(workspace):
            jobs.ring(LIST.name, row)
        assert rung == []
    assert rung == [(LIST.name, workspace.pk, row)]


def test_ringing_for_unknown_work_is_an_error() -> None:
    with pytest.raises(ValueError, match="no due list called"):
        jobs.ring("tests.unknown", uuid.uuid4())


@pytest.mark.parametrize(("tries", "seconds"), [(1, 10), (2, 20), (5, 160), (30, 3600)])
def test_retries_wait_longer_and_at_most_an_hour(tries: int, seconds: int) -> None:
    assert jobs.retry_delay(tries) == timedelta(seconds=seconds)


def test_due_lists_see_every_workspace_and_leave_the_scope_as_it_was(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    for each in (workspace, other_workspace):
        with use_workspace(each):
            make_targets(1)
    with use_workspace(workspace):
        assert len(LIST.find(10)) == 2
        assert Target.objects.count() == 1
    with every_workspace("count"):
        assert Target.objects.count() == 2
