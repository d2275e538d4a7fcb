"""What programs do with many posts at once: what is done and not done with each, by whom, and what counts."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from aura.kit import clock
from aura.kit.testing_api import Caller, by_session, by_token
from campaigns.models import Brand, Campaign
from posts.models import Channel, Post, Target
from posts.tests._made import make_campaign, make_post
from workspaces.models import Activity, CallCount, Membership, User, Workspace
from workspaces.scope import use_workspace
from workspaces.tests.programs import make

Calls = Callable[[User], Caller]
NOW = datetime.fromisoformat("2026-05-11T08:00:00+00:00")  # far from where clocks are changed
VERBS = ("approve", "move", "unschedule", "cancel", "put-into-campaign", "trash", "restore")


@pytest.fixture(autouse=True)
def may() -> Iterator[None]:
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def call_as(client_of: Callable[[User], Client]) -> Calls:
    return lambda user: by_session(client_of(user), "barrow-rye")


@pytest.fixture
def four(campaign: Campaign, sandbox: Channel, bob: User) -> list[Post]:
    """One that is scheduled, one that is out, one without a time, one that was missed."""
    states = ("scheduled", "published", "pending", "missed")
    return [make_post(state.title(), campaign, [sandbox], state, created_by=bob) for state in states]


def ids(*posts: Post) -> list[str]:
    return [str(post.pk) for post in posts]


def told(answer: Any) -> list[tuple[bool, str, str]]:
    assert answer.status_code == 200, answer.content
    rows = answer.json()["posts"]
    assert answer.json()["changed"] == sum(row["changed"] for row in rows)
    return [(row["changed"], row["status"], row["reason"]) for row in rows]


def everything() -> tuple[list[Any], list[Any]]:
    return list(Post.objects.order_by("pk").values()), list(Target.objects.order_by("pk").values())


def test_each_of_many_posts_is_told_of_in_the_order_in_which_it_was_named(
    call_as: Calls, bob: User, four: list[Post], campaign: Campaign
) -> None:
    call, (soon, out, draft, missed) = call_as(bob), four
    due = soon.scheduled_at
    assert due is not None
    moved = call.post("/posts/move", {"posts": ids(draft, out, soon), "days": 7})
    assert told(moved) == [
        (False, "draft", "It has no time yet."),
        (False, "published", "It has no time yet."),
        (True, "scheduled", ""),
    ]
    row = moved.json()["posts"][2]
    soon.refresh_from_db()
    assert (row["post"], row["version"]) == (str(soon.pk), soon.version)
    assert soon.scheduled_at == due + timedelta(days=7)
    other = make_campaign("Other", brand=Brand.objects.get())
    into = call.post("/posts/put-into-campaign", {"posts": ids(soon, out, soon), "campaign": str(other.pk)})
    assert [row[:2] for row in told(into)] == [(True, "scheduled"), (False, "published")]
    assert Post.objects.get(campaign=other).pk == soon.pk
    over = make_campaign("Over", status="completed")
    body = {"posts": ids(draft), "campaign": str(over.pk)}
    assert call.post("/posts/put-into-campaign", body).status_code == 422
    assert told(call.post("/posts/unschedule", {"posts": ids(soon, draft)})) == [
        (True, "draft", ""),
        (False, "draft", "It has no time yet."),
    ]
    assert told(call.post("/posts/cancel", {"posts": ids(missed, out)})) == [
        (True, "cancelled", ""),
        (False, "published", "It is out already."),
    ]
    for verb, reason in (("trash", "in the trash already"), ("restore", "not in the trash")):
        answer = told(call.post(f"/posts/{verb}", {"posts": ids(draft)}))
        assert answer[0][0]
        again = told(call.post(f"/posts/{verb}", {"posts": ids(draft)}))
        assert (again[0][0], reason in again[0][2]) == (False, True)
    assert Activity.objects.filter(verb="posts.move_posts").count() == 1


def test_many_are_approved_as_they_are_and_those_that_nobody_asks_about_are_left(
    call_as: Calls, alice: User, bob: User, four: list[Post]
) -> None:
    assert call_as(bob).post(f"/posts/{four[2].pk}/submit").status_code == 200
    answer = told(call_as(alice).post("/posts/approve", {"posts": ids(four[2], four[1])}))
    assert [row[:2] for row in answer] == [(True, "approved"), (False, "published")]
    assert "Nobody asks" in answer[1][2]


def test_what_is_not_here_or_too_much_is_refused_for_all_of_them(
    call_as: Calls, bob: User, four: list[Post], other_workspace: Workspace
) -> None:
    call, before = call_as(bob), everything()
    with use_workspace(other_workspace):
        theirs = make_post("Theirs", make_campaign("Theirs"))
    wrong: list[tuple[Any, str]] = [
        ([], "Name the posts."),
        (None, "Name the posts."),
        (ids(*four, theirs), f"There is no post {theirs.pk} here."),
        ([*ids(*four), "nonsense"], "no id"),
        ([str(uuid.uuid4())] * 501, "At most 500"),
    ]
    for named, sentence in wrong:
        for verb in ("cancel", "trash"):
            refused = call.post(f"/posts/{verb}", {"posts": named})
            assert refused.status_code == 422, refused.content
            assert sentence in " ".join(refused.json()["fields"]["posts"])
    nowhere = call.post("/posts/move", {"posts": ids(*four)})
    assert (nowhere.status_code, list(nowhere.json()["fields"])) == (422, ["days"])
    assert everything() == before


def test_R2_many_are_changed_by_whoever_may_change_each(
    call_as: Calls, alice: User, bob: User, carol: User, mallory: User, four: list[Post], workspace: Workspace
) -> None:
    body = {"posts": ids(*four)}
    before, writer = everything(), by_token(make(workspace, alice, "posts:write").secret)
    for verb in VERBS:
        assert call_as(carol).post(f"/posts/{verb}", body).status_code == 403
        assert call_as(mallory).post(f"/posts/{verb}", body).status_code == 404
        if verb not in {"trash", "restore"}:
            assert writer.post(f"/posts/{verb}", body).status_code == 403
    assert everything() == before
    Membership.objects.filter(user=bob).update(role="contributor")
    Post.objects.filter(pk=four[2].pk).update(created_by=alice)
    answer = told(call_as(bob).post("/posts/trash", {"posts": ids(four[0], four[2])}))
    assert [row[0] for row in answer] == [True, False]
    assert "Somebody else made it" in answer[1][2]


def test_what_is_promised_again_counts_as_publishing_each_by_itself(
    call_as: Calls, bob: User, four: list[Post], sandbox: Channel, campaign: Campaign, settings: Any
) -> None:
    settings.AURA_API_LIMITS = {"calls": (600, 86_400), "publishing": (2, 86_400 * 365 * 100)}
    later = clock.now() + timedelta(days=3)
    lost = [make_post(f"Lost {n}", campaign, [sandbox], "missed", scheduled_at=later) for n in range(3)]
    call = call_as(bob)
    before = everything()
    ever = call.post("/posts/move", {"posts": ids(*lost, four[0]), "days": 1})
    assert ever.status_code == 422, "Waiting would not help."
    assert ever.json()["fields"]["posts"][0].startswith("3 of these would be scheduled again")
    assert everything() == before
    assert told(call.post("/posts/move", {"posts": ids(lost[0]), "days": 1}))[0][0]
    before = everything()
    over = call.post("/posts/move", {"posts": ids(*lost[1:]), "days": 1})
    assert (over.status_code, over["Retry-After"] != "") == (429, True)
    assert everything() == before
    assert told(call.post("/posts/move", {"posts": ids(lost[1]), "days": 1}))[0][0]
    assert told(call.post("/posts/move", {"posts": ids(four[0]), "days": 1}))[0][0]


def test_what_came_to_nothing_counts_as_nothing_and_leaves_nothing_in_hand(
    call_as: Calls, bob: User, campaign: Campaign, sandbox: Channel, settings: Any
) -> None:
    settings.AURA_API_LIMITS = {"calls": (600, 86_400), "publishing": (60, 86_400 * 365 * 100)}
    call, missed = call_as(bob), make_post("Lost", campaign, [sandbox], "missed")
    gone = {"at": (clock.now() - timedelta(days=1)).isoformat(), "zone": "UTC"}
    assert call.post(f"/posts/{missed.pk}/move", gone).status_code in {409, 422}
    later = {"at": (clock.now() + timedelta(days=1)).isoformat(), "zone": "UTC"}
    assert call.post(f"/posts/{missed.pk}/move", later).status_code == 200
    assert CallCount.objects.get(kind="publishing").calls == 1


def test_the_activity_of_a_post_tells_what_was_done_with_it_alone_and_among_many(
    call_as: Calls,
    bob: User,
    carol: User,
    mallory: User,
    four: list[Post],
    client_of: Callable[[User], Client],
) -> None:
    call, (soon, out, *_) = call_as(bob), four
    other = make_post("Other", status="scheduled")
    assert call.post("/posts/move", {"posts": ids(soon, other), "days": 1}).status_code == 200
    assert call.post(f"/posts/{soon.pk}/unschedule").status_code == 200
    assert call.post("/posts/trash", {"posts": ids(soon, out)}).status_code == 200
    path = f"/posts/{soon.pk}/activity"
    told_of = call_as(carol).get(path).json()["items"]
    assert [(one["verb"], one["sentence"]) for one in told_of] == [
        ("posts.trash_posts", "put 2 things in the trash"),
        ("posts.unschedule_post", "unscheduled it"),
        ("posts.move_posts", "moved 2 things"),
    ]
    assert {(one["by"], one["person"]) for one in told_of} == {(str(bob), str(bob.pk))}
    page = client_of(carol).get(reverse("posts:detail", args=[out.pk])).content.decode()
    assert "put 2 things in the trash" in page
    assert call_as(mallory).get(path).status_code == 404
