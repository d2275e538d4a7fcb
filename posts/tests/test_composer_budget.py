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
from posts.models import Channel, Post, Target
from posts.operations import ledger, review
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


def cost(client: Client, post: Post) -> int:
    address = reverse("posts:edit", args=[post.pk])
    client.get(address)  # what is cached for the process
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
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
    if asks != Asks.PERSON:  # what else goes out about then costs one more, who is named another
        approved.scheduled_at = clock.now() + timedelta(days=1)
    edited = edit_post(approved, words=words, pictures=[], version=approved.version, by=bob)
    assert edited.voided
    assert cost(client_of(alice), written) <= AT_MOST


def with_everything(number: int, *, approver: User, by: User) -> Post:
    """A post with so many pictures and parts, each with a picture and a link, and so many other posts about then."""
    one = engine.channel(name=f"One of {number}", approval=Asks.PERSON, approver=approver)
    two = engine.channel("bluesky", name=f"Two of {number}")
    at = clock.now() + timedelta(days=1)
    for minute in range(number):
        other = engine.post(one, two, title="Other", scheduled_at=at + timedelta(minutes=minute))
        Target.objects.filter(post=other).update(status="scheduled", promised_at=at, due_at=at)
    own = Own(
        pictures=(make_asset("Crust"),),
        parts=tuple(Part(f"https://rye.example/{n}", (make_asset("Crumb"),)) for n in range(number)),
    )
    words = {one: "", two: "For two: https://rye.example/two"}
    post = Post(campaign=engine.campaign(), title="Rye", caption="https://rye.example/loaf", scheduled_at=at)
    return create_post(
        post, words=words, pictures=[make_asset("Loaf") for _ in range(number)], own={two: own}, by=by
    )


def test_a_post_that_has_everything_costs_no_more_where_it_has_much_of_it(
    scope: Workspace, alice: User, bob: User, client_of: ClientOf
) -> None:
    few = cost(client_of(bob), with_everything(1, approver=alice, by=bob))
    assert cost(client_of(bob), with_everything(3, approver=alice, by=bob)) == few
