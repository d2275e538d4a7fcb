"""How often the API may be called, and that what is called again has its effect once."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from aura.kit.testing_api import Caller, by_session
from aura.tests.test_api import brand, call, told
from campaigns.models import Brand, Campaign
from workspaces.api import limits
from workspaces.models import AnsweredCall, CallCount, User, Workspace
from workspaces.operations import forget_old_calls
from workspaces.scope import use_workspace

__all__ = ["brand", "call"]


# How often -----------------------------------------------------------------------------------------------------------


def test_a_limit_is_exact_and_says_when_to_go_on(
    call: Caller, bob: User, client_of: Callable[[User], Client], brand: Brand, settings: Any
) -> None:
    settings.AURA_API_LIMITS = {"calls": (5, 3600), "publishing": (20, 3600)}
    answers = [call.get("/campaigns") for _ in range(7)]
    statuses = [one.status_code for one in answers]
    assert statuses.count(200) in {5, 7} or statuses == sorted(statuses)  # 7: the hour ended in between
    over = [one for one in answers if one.status_code == 429]
    for one in over:
        assert told(one)["code"] == "TOO_MANY"
        assert 1 <= int(one["Retry-After"]) <= 3601
        assert one["RateLimit"].startswith('"calls";r=0;t=')
    assert answers[0]["RateLimit-Policy"] == '"calls";q=5;w=3600'
    assert by_session(client_of(bob), "barrow-rye").get("/campaigns").status_code == 200, (
        "Each has their own."
    )


def test_a_process_takes_several_calls_at_once_and_never_more_than_there_are(scope: Workspace) -> None:
    now = datetime(2026, 3, 9, 10, tzinfo=UTC)
    holder = f"token:{uuid.uuid4()}"
    lefts = [limits.count(holder, limits.CALLS, now=now).left for _ in range(600)]
    assert lefts == list(range(599, -1, -1))
    assert CallCount.objects.get(holder=holder).calls == 600
    with pytest.raises(limits.OverLimit):
        limits.count(holder, limits.CALLS, now=now)
    assert forget_old_calls() == 1


# Once ----------------------------------------------------------------------------------------------------------------


def test_F14_a_call_that_is_made_again_has_its_effect_once(
    call: Caller, brand: Brand, scope: Workspace
) -> None:
    first = call.post("/campaigns", {"name": "Spring"}, Idempotency_Key="one")
    again = call.post("/campaigns", {"name": "Spring"}, Idempotency_Key="one")
    assert (again.status_code, again.content, again["Location"]) == (201, first.content, first["Location"])
    assert again["Idempotent-Replayed"] == "true"
    other = call.post("/campaigns", {"name": "Autumn"}, Idempotency_Key="one")
    assert (other.status_code, told(other)["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert Campaign.objects.count() == 1
    path = f"/campaigns/{first.json()['id']}"
    assert [call.delete(path, Idempotency_Key="gone").status_code for _ in range(2)] == [204, 204]
    assert call.post("/campaigns", {"name": "Spring"}, Idempotency_Key="not a key").status_code == 422


def test_F14_a_call_that_was_refused_leaves_no_key_behind(
    call: Caller, brand: Brand, scope: Workspace
) -> None:
    assert call.post("/campaigns", {"name": ""}, Idempotency_Key="one").status_code == 422
    assert not AnsweredCall.objects.exists()
    assert call.post("/campaigns", {"name": "Spring"}, Idempotency_Key="one").status_code == 201


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_F14_sixteen_at_once_make_one_and_hear_the_same(
    alice: User, brand: Brand, workspace: Workspace, client_of: Callable[[User], Client]
) -> None:
    callers = [by_session(client_of(alice), "barrow-rye") for _ in range(16)]
    start, heard = threading.Barrier(len(callers)), []

    def work(call: Caller) -> None:
        try:
            start.wait()
            heard.append(call.post("/campaigns", {"name": "Spring"}, Idempotency_Key="one"))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(one,)) for one in callers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {(one.status_code, one.content) for one in heard} == {(201, heard[0].content)}
    assert len(heard) == 16
    with use_workspace(workspace):
        assert Campaign.objects.count() == 1
