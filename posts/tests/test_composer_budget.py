"""The composer asks at most twelve questions of the database, whatever became of the post."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from aura.kit import clock
from posts.agreement import Asks
from posts.models import Approval, Channel, Post, Target
from posts.operations import ledger, review
from posts.operations.drafts import keep_draft
from posts.operations.writing import create_post, edit_post
from posts.parts import Own, Part
from posts.tests import _engine as engine
from posts.tests._made import make_asset
from workspaces.models import User, Workspace

pytestmark = pytest.mark.django_db
ClientOf = Callable[[User], Client]
AT_MOST = 12


@pytest.fixture
def written(scope: Workspace, bob: User) -> Post:
    """A post as most are: a picture, a channel that says it otherwise, a time."""
    one, two = engine.channel(name="One"), engine.channel("bluesky", name="Two")
    post = Post(campaign=engine.campaign(), title="Rye", caption="Bread, slowly.")
    post.scheduled_at = clock.now() - timedelta(hours=1)
    return create_post(post, words={one: "", two: "For two."}, pictures=[make_asset("Loaf")], by=bob)


def cost(client: Client, post: Post, **asked: str) -> int:
    address = reverse("posts:edit", args=[post.pk])
    client.get(address, asked)  # what is cached for the process
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address, asked).status_code == 200
    return len(queries)


@pytest.mark.parametrize("status", ["failed", "missed"])
def test_of_a_post_that_did_not_go_out(written: Post, status: str, alice: User, client_of: ClientOf) -> None:
    for target in Target.objects.filter(post=written):
        Target.objects.filter(pk=target.pk).update(status=status, promised_at=clock.now(), sentence="No.")
        ledger.write(target, ledger.Outcome.REJECTED, "No.", now=clock.now())
    Post.objects.filter(pk=written.pk).update(status=status)
    assert cost(client_of(alice), written) <= AT_MOST


@pytest.mark.parametrize("asks", [Asks.NONE, Asks.ANYONE, Asks.PERSON])
def test_of_a_post_whose_approval_an_edit_has_ended(
    written: Post, asks: Asks, scope: Workspace, alice: User, bob: User, client_of: ClientOf
) -> None:
    Workspace.objects.filter(pk=scope.pk).update(
        approval=asks, approver=alice if asks == Asks.PERSON else None
    )
    scope.refresh_from_db()
    Channel.objects.filter(name="One").update(approval=Asks.OTHER)
    review.submit_post(written, by=bob)
    approved = review.approve_post(engine.fresh(written), by=alice)
    words = {target.channel: target.own_words for target in Target.objects.filter(post=written, position=0)}
    approved.caption = "Otherwise."
    approved.scheduled_at = clock.now() + timedelta(days=1)
    edited = edit_post(approved, words=words, pictures=[], version=approved.version, by=bob)
    assert edited.voided
    assert cost(client_of(alice), written) <= AT_MOST


def with_everything(number: int, *, approver: User, by: User) -> Post:
    """A post with all that the composer can show, so many of each, and so many other posts about then.

    Pictures and a thread of one channel with pictures and links, a cut, a quota, people who have to approve it, one who
    has, one whose yes has ended, what was tried, what was written and not saved.
    """
    one = engine.channel("threads", name=f"One of {number}", approval=Asks.PERSON, approver=approver)
    two = engine.channel("bluesky", name=f"Two of {number}")
    at = clock.now() + timedelta(days=1)
    for minute in range(number):
        other = engine.post(one, two, title="Other", scheduled_at=at + timedelta(minutes=minute))
        promised = at + timedelta(minutes=minute)
        Target.objects.filter(post=other).update(status="scheduled", promised_at=promised, due_at=promised)
    own = Own(
        pictures=(make_asset("Crust"),),
        parts=tuple(Part(f"https://rye.example/{n}", (make_asset("Crumb"),)) for n in range(number)),
    )
    words = {one: "", two: "For two: https://rye.example/two"}
    post = Post(campaign=engine.campaign(), title="Rye", caption="https://rye.example/loaf", scheduled_at=at)
    loaves = [make_asset("Loaf") for _ in range(number)]
    fits = {(one.pk, loaf.pk): "instagram-post" for loaf in loaves}
    post = create_post(post, words=words, pictures=loaves, own={two: own}, fits=fits, by=by)
    for target in Target.objects.filter(post=post):
        for _ in range(number):
            ledger.write(target, ledger.Outcome.REJECTED, "No.", now=clock.now())
    for ended in (clock.now(), None):
        Approval.objects.create(post=post, by=by, by_name=str(by), content_hash="", ended_at=ended)
    keep_draft(post, fields={"version": [str(post.version)], "title": ["Rye again"]}, now=clock.now(), by=by)
    return post


def test_a_post_that_has_everything_costs_no_more_than_any_page_however_much_it_has(
    scope: Workspace, alice: User, bob: User, client_of: ClientOf
) -> None:
    Workspace.objects.filter(pk=scope.pk).update(approval=Asks.PERSON, approver=alice)
    scope.refresh_from_db()
    few, many = (with_everything(number, approver=alice, by=bob) for number in (1, 3))
    page = client_of(bob).get(reverse("posts:edit", args=[many.pk])).content.decode()
    for shown in (
        "What was tried",
        "has to approve it",
        "Move it to",
        "did not save it",
        "since it was approved",
    ):
        assert shown in page, shown
    assert cost(client_of(bob), many) == cost(client_of(bob), few) <= AT_MOST
    assert cost(client_of(bob), many, kept="1") <= AT_MOST
