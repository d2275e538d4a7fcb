"""What programs open to others: links for clients and calendars, each address told once; and the switch for all."""

from __future__ import annotations

import logging
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from aura.kit import clock
from aura.kit.testing_api import Caller, by_session, by_token
from campaigns.models import Campaign
from posts.models import CalendarFeed, Channel, Post, ReviewLink
from posts.tests import _engine as engine
from posts.tests._made import make_post
from workspaces.models import Activity, AnsweredCall, User, Workspace
from workspaces.tests.programs import make

Calls = Callable[[User], Caller]


@pytest.fixture
def call_as(client_of: Callable[[User], Client]) -> Calls:
    return lambda user: by_session(client_of(user), "barrow-rye")


def what_is_kept(caplog: pytest.LogCaptureFixture) -> str:
    kept = [one.body for one in AnsweredCall.objects.all()]
    return "\n".join([*kept, *(f"{one.details} {one}" for one in Activity.objects.all()), caplog.text])


def test_a_client_reads_by_a_link_that_a_program_made_until_it_is_ended(
    call_as: Calls,
    bob: User,
    carol: User,
    campaign: Campaign,
    sandbox: Channel,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    first, second, third = (make_post(f"Rye {one}", campaign, [sandbox]) for one in range(3))
    editor = call_as(bob)
    body = {"posts": [str(second.pk), str(first.pk)], "days": 3, "password": "slow bread"}
    made = editor.post("/review-links", body, Idempotency_Key="one")
    assert made.status_code == 201, made.content
    told = made.json()
    link = told.pop("link")
    assert (told["posts"], told["has_password"], told["is_open"]) == (body["posts"], True, True)
    path = f"/review-links/{told['id']}"
    assert made["Location"].endswith(path)
    assert editor.get(path).json() == told
    assert editor.post("/review-links", body, Idempotency_Key="one").json()["link"] == ""
    assert ReviewLink.objects.count() == 1
    token = link.rstrip("/").rpartition("/")[2]
    for secret in (token, "slow bread"):
        assert secret not in what_is_kept(caplog) + made.content.decode().replace(link, "")
    assert Client().get(urlsplit(link).path).status_code == 200
    assert call_as(carol).post("/review-links", body).status_code == 403
    seen = editor.get(path)["ETag"]
    more = editor.post(f"{path}/posts", {"posts": [str(third.pk)]}, If_Match=seen)
    assert more.json()["posts"] == [str(second.pk), str(first.pk), str(third.pk)]
    assert editor.post(f"{path}/posts", {"posts": [str(third.pk)]}, If_Match=seen).status_code == 412
    assert call_as(carol).delete(f"{path}/posts/{third.pk}").status_code == 403
    for post in (first, third):
        assert editor.delete(f"{path}/posts/{post.pk}").status_code == 204
    assert editor.delete(f"{path}/posts/{first.pk}").status_code == 404
    assert editor.delete(f"{path}/posts/{second.pk}").status_code == 409
    assert call_as(carol).delete(path).status_code == 403
    assert editor.get("/review-links?open=true").json()["total"] == 1
    assert editor.delete(path).status_code == 204
    ended = call_as(carol).get(path).json()
    assert (ended["posts"], ended["is_open"], ended["revoked_at"] is None) == ([str(second.pk)], False, False)
    assert Client().get(urlsplit(link).path).status_code != 200
    assert editor.post(f"{path}/posts", {"posts": [str(first.pk)]}).status_code == 409
    assert editor.get("/review-links?open=true").json()["items"] == []
    assert editor.get(f"/review-links?post={second.pk}").json()["items"] == [ended]
    assert editor.get(f"/review-links?post={first.pk}").json()["items"] == []


def test_a_review_link_is_judged_as_on_its_page(
    call_as: Calls, bob: User, campaign: Campaign, sandbox: Channel
) -> None:
    editor, post = call_as(bob), make_post("Rye", campaign, [sandbox])
    waiting = make_post("Wholemeal", campaign, [sandbox])
    Post.objects.filter(pk=waiting.pk).update(status="in_review")
    gone = make_post("Stollen", campaign, [sandbox], trashed_at=clock.now())
    for wrong, field in (
        ({}, "posts"),
        ({"posts": []}, "posts"),
        ({"posts": [str(post.pk)], "days": 91}, "days"),
        ({"posts": [str(post.pk)], "password": "short"}, "password"),
    ):
        refused = editor.post("/review-links", wrong)
        assert (refused.status_code, list(refused.json()["fields"])) == (422, [field])
    refused = editor.post("/review-links", {"posts": [str(post.pk), str(gone.pk)]})
    assert (refused.status_code, "in the trash" in refused.json()["detail"]) == (409, True)
    assert not ReviewLink.objects.exists()
    whole = editor.post("/review-links", {"posts": [str(post.pk)], "whole_campaign": True}).json()
    assert (whole["posts"], whole["has_password"]) == ([str(post.pk), str(waiting.pk)], False)


def test_lists_of_review_links_cost_the_same_for_few_and_for_many(
    call_as: Calls, carol: User, alice: User, campaign: Campaign, sandbox: Channel
) -> None:
    post, viewer, owner = make_post("Rye", campaign, [sandbox]), call_as(carol), call_as(alice)
    viewer.get("/auth/me")
    counted = []
    for number in (2, 8):
        for _ in range(number):
            owner.post("/review-links", {"posts": [str(post.pk)]})
        with CaptureQueriesContext(connection) as asked:
            assert len(viewer.get("/review-links").json()["items"]) in {2, 10}
        counted.append(len(asked))
    assert counted[0] == counted[1] <= 12


def test_a_calendar_link_is_a_persons_own_and_told_once(
    call_as: Calls, alice: User, bob: User, carol: User, scope: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    viewer = call_as(carol)
    assert viewer.get("/calendar-links").json()["items"] == []
    made = viewer.post("/calendar-links", Idempotency_Key="one")
    assert made.status_code == 201, made.content
    link = made.json()["link"]
    assert viewer.post("/calendar-links", Idempotency_Key="one").json()["link"] == ""
    assert link.rpartition("/")[2] not in what_is_kept(caplog)
    assert Client().get(urlsplit(link).path).status_code == 200
    (listed,) = viewer.get("/calendar-links").json()["items"]
    assert (listed["person"], "link" in listed) == (str(carol.pk), False)
    path = f"/calendar-links/{listed['id']}"
    assert call_as(bob).get("/calendar-links").json()["items"] == []
    assert call_as(bob).delete(path).status_code == 404
    fresh = viewer.post("/calendar-links").json()["link"]
    assert Client().get(urlsplit(link).path).status_code == 404
    reader = by_token(make(scope, alice, "posts:read", role="viewer").secret)
    assert (reader.post("/calendar-links").status_code, reader.get("/calendar-links").status_code) == (
        403,
        200,
    )
    assert CalendarFeed.objects.count() == 1
    assert [one["person"] for one in call_as(alice).get("/calendar-links").json()["items"]] == [str(carol.pk)]
    assert viewer.delete(path).status_code == 204
    assert Client().get(urlsplit(fresh).path).status_code == 404


def test_programs_pause_everything_and_read_that_it_is_paused(
    call_as: Calls, alice: User, bob: User, carol: User, scope: Workspace
) -> None:
    owner, why = call_as(alice), {"reason": "The oven is broken."}
    assert call_as(bob).post("/workspace/pause", why).status_code == 403
    assert owner.post("/workspace/pause", {"reason": "x" * 201}).status_code == 422
    assert call_as(carol).get("/workspace").json()["paused_at"] is None
    seen = owner.get("/workspace")["ETag"]
    paused = owner.post("/workspace/pause", why, If_Match=seen)
    assert paused.status_code == 200, paused.content
    told = call_as(carol).get("/workspace").json()
    assert (told["paused_at"] is None, told["pause_reason"]) == (False, "The oven is broken.")
    assert owner.post("/workspace/resume", If_Match=seen).status_code == 412
    assert call_as(bob).post("/workspace/resume").status_code == 403
    post = engine.due_post(engine.channel())
    assert engine.fresh(post).status == Post.Status.SCHEDULED
    assert owner.post("/workspace/resume").json()["paused_at"] is None
    assert owner.post("/workspace/resume").status_code == 409
