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
