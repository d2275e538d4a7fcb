"""When the engine waits, when it is too late, and what it does not send: grace, spacing, approval, pictures."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client

from aura.kit import clock, jobs
from aura.kit.testing import just_now
from media_library.models import Asset, Rendition
from posts.models import Channel, Post, PostMedia, SandboxPost, Target
from posts.networks.standin import StandIn
from posts.snapshot import content_hash
from posts.tests import _engine as engine
from posts.tests._engine import in_threads
from posts.tests._made import PIXEL, make_asset
from workspaces.models import Heartbeat, Workspace
from workspaces.scope import no_workspace

S, T = Post.Status, Target.Status
DUE = jobs.REGISTRY["posts.publish_target"]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def network(settings: Any) -> Iterator[StandIn]:
    with StandIn() as stand_in:
        settings.AURA_EGRESS_ALLOW = [stand_in.endpoint]
        yield stand_in


@pytest.fixture(autouse=True)
def opened(scope: Workspace) -> Workspace:
    return scope


# Missed and spacing ------------------------------------------------------------------------------------------------


def alive(since: timedelta, until: timedelta = timedelta(0)) -> None:
    now = clock.now()
    Heartbeat.objects.create(id=uuid.uuid4(), kind="work", started_at=now - since, beat_at=now - until)


def test_F10_late_within_the_grace_goes_out() -> None:
    post = engine.due_post(engine.channel(), late=20 * 60)
    assert engine.publish(post).status == T.PUBLISHED


def test_F10_later_than_the_grace_is_missed_when_nothing_was_running() -> None:
    post = engine.due_post(engine.channel(), late=2 * 3600)
    alive(timedelta(seconds=5))
    target = engine.publish(post)
    assert target.status == T.MISSED
    assert "2 hours late" in target.sentence
    assert engine.fresh(post).status == S.MISSED
    assert engine.ledger_of(target) == [("publish", "not_sent")]
    assert not SandboxPost.objects.exists()


def test_our_own_queueing_never_counts_as_missed() -> None:
    post = engine.due_post(engine.channel(), late=2 * 3600)
    alive(timedelta(hours=3))
    assert engine.publish(post).status == T.PUBLISHED


def test_only_the_time_without_a_worker_counts() -> None:
    alive(timedelta(hours=3), timedelta(minutes=100))  # died 20 minutes after the time
    alive(timedelta(minutes=75))  # 25 minutes without anybody
    assert engine.publish(engine.due_post(engine.channel(), late=2 * 3600)).status == T.PUBLISHED
    Heartbeat.objects.all().delete()
    alive(timedelta(hours=3), timedelta(minutes=119))
    alive(timedelta(minutes=75))  # 44 minutes without anybody
    assert engine.publish(engine.due_post(engine.channel(name="b"), late=2 * 3600)).status == T.MISSED


def test_a_paused_channel_waits_and_then_is_missed() -> None:
    channel = engine.channel(status=Channel.Status.PAUSED)
    target = engine.publish(engine.due_post(channel))
    assert target.status == T.SCHEDULED
    assert "paused" in target.sentence
    assert target.tries == 0
    late = engine.publish(engine.due_post(channel, late=31 * 60))
    assert late.status == T.MISSED
    assert "paused" in late.sentence


def test_spacing_lets_one_go_and_the_others_keep_their_places(network: StandIn) -> None:
    channel = engine.webhook(network, spacing_seconds=30)
    posts = [engine.due_post(channel, title=str(number)) for number in range(4)]
    before = [engine.target_of(post).due_at for post in posts]
    began = clock.now()
    targets = [engine.publish(post) for post in posts]
    assert [target.status for target in targets] == [T.PUBLISHED, *[T.SCHEDULED] * 3]
    assert [target.due_at for target in targets[1:]] == before[1:]
    assert {target.sentence for target in targets[1:]} == {f"Waiting its turn on {channel}."}
    assert len(network.posts) == 1
    assert all(target.tries == 0 for target in targets)
    channel.refresh_from_db()
    assert channel.next_turn_at is not None
    assert timedelta(seconds=29) < channel.next_turn_at - began
    assert channel.next_turn_at - clock.now() < timedelta(seconds=31)
    assert DUE.find(10) == [], "nothing is worth a look before the next turn"
    assert DUE.wait(60) == pytest.approx((channel.next_turn_at - clock.now()).total_seconds(), abs=5)


def test_posts_of_a_channel_go_out_in_the_order_they_were_promised(network: StandIn) -> None:
    channel, other = engine.webhook(network), engine.webhook(network, name="other")
    later = engine.due_post(channel, title="later", late=1)
    first = engine.due_post(channel, title="first", late=9)
    elsewhere = engine.due_post(other, title="elsewhere")
    assert engine.publish(later).sentence == f"Waiting its turn on {channel}."
    heads = {pk for _, pk in DUE.find(10)}
    assert heads == {engine.target_of(first).pk, engine.target_of(elsewhere).pk}
    assert engine.publish(first).status == T.PUBLISHED
    assert {pk for _, pk in DUE.find(10)} == {engine.target_of(later).pk, engine.target_of(elsewhere).pk}
    assert engine.publish(later).status == T.PUBLISHED
    assert [json.loads(one.body)["data"]["title"] for one in network.posts] == ["first", "later"]


def test_a_post_that_waits_for_something_else_holds_up_nobody(network: StandIn) -> None:
    channel = engine.webhook(network)
    first, second = engine.due_post(channel, late=5), engine.due_post(channel)
    Target.objects.filter(post=first).update(due_at=clock.now() + timedelta(minutes=1))  # its pictures, say
    assert engine.publish(second).status == T.PUBLISHED


def test_a_claimed_post_keeps_its_channels_next_one_back(network: StandIn) -> None:
    channel = engine.webhook(network)
    first, second = engine.due_post(channel, late=5), engine.due_post(channel)
    ((_, pk, _),) = DUE.claim_some(20)
    assert pk == engine.target_of(first).pk
    assert DUE.claim_some(20) == []
    assert engine.publish(second).status == T.SCHEDULED
    assert network.posts == []


@pytest.mark.race
def test_two_workers_never_both_take_the_channels_turn(network: StandIn) -> None:
    channel = engine.webhook(network, spacing_seconds=30)
    posts = [engine.due_post(channel, title=str(number)) for number in range(6)]
    in_threads([lambda post=post: engine.publish(post) for post in posts])
    assert len(network.posts) == 1
    assert Target.objects.filter(status=T.SCHEDULED).count() == 5


# Approval, trash, and what is said elsewhere --------------------------------------------------------------------------


@pytest.fixture
def approval(scope: Workspace) -> Workspace:
    scope.approval = "anyone"
    scope.save()
    return scope


def test_R3_an_unapproved_post_does_not_go_out_and_says_why(approval: Workspace) -> None:
    target = engine.publish(engine.due_post(engine.channel()))
    assert target.status == T.SCHEDULED
    assert target.sentence == "Nobody has approved it. Ask for a review, and it goes out."
    late = engine.publish(engine.due_post(engine.channel(name="b"), late=31 * 60))
    assert late.status == T.MISSED
    assert late.sentence.startswith("Nobody has approved it, and its time passed.")
    assert not SandboxPost.objects.exists()


def test_R3_approval_is_bound_to_what_was_approved(approval: Workspace) -> None:
    post = engine.due_post(engine.channel(), review_status=Post.Review.APPROVED)
    Post.objects.filter(pk=post.pk).update(approved_hash=content_hash(post))
    Post.objects.filter(pk=post.pk).update(caption="Something else.")
    assert "Nobody has approved it" in engine.publish(post).sentence
    Post.objects.filter(pk=post.pk).update(caption="Bread, slowly.")
    Target.objects.update(due_at=just_now())
    assert engine.publish(post).status == T.PUBLISHED


@pytest.mark.parametrize("what", ["post", "campaign", "channel", "workspace"])
def test_what_was_put_away_does_not_go_out(what: str, scope: Workspace) -> None:
    post = engine.due_post(engine.channel())
    row = {
        "post": post,
        "campaign": post.campaign,
        "channel": engine.target_of(post).channel,
        "workspace": scope,
    }[what]
    type(row)._default_manager.filter(pk=row.pk).update(trashed_at=clock.now())
    target = engine.publish(post)
    assert target.status == T.PENDING
    assert target.sentence
    assert not SandboxPost.objects.exists()


def test_what_a_network_would_refuse_is_not_sent() -> None:
    hand = engine.channel("by_hand", settings={"stands_for": "bluesky"})
    target = engine.publish(engine.due_post(hand, caption="x" * 400))
    assert target.status == T.FAILED
    assert "too long" in target.sentence


# Pictures ------------------------------------------------------------------------------------------------------------


def with_picture(channel: Channel, **fields: Any) -> Post:
    post = engine.due_post(channel)
    asset = make_asset("Oven", alt_text="The oven at dawn")
    Asset.objects.filter(pk=asset.pk).update(**{"title": "Oven", **fields})
    PostMedia.objects.create(post=post, asset=asset)
    return post


def test_a_picture_goes_out_as_a_link_that_works_without_signing_in(network: StandIn) -> None:
    target = engine.publish(with_picture(engine.webhook(network)))
    assert target.status == T.PUBLISHED
    default_storage.save(target.snapshot["media"][0]["key"], ContentFile(PIXEL))
    sent = json.loads(network.posts[0].body)["data"]["media"][0]
    assert (sent["alt_text"], sent["sha256"]) == ("The oven at dawn", target.snapshot["media"][0]["sha256"])
    path = urlsplit(sent["url"]).path
    assert path.startswith("/public/media/")
    with no_workspace():
        answer = Client().get(path)
    assert answer.status_code == 200
    assert answer["Content-Type"] == sent["type"]


def test_a_picture_that_is_not_ready_is_waited_for() -> None:
    post = with_picture(engine.channel(), status=Asset.Status.PENDING)
    Rendition.objects.all().delete()
    target = engine.publish(post)
    assert target.status == T.SCHEDULED
    assert "Oven" in target.sentence
    assert target.tries == 0


def test_a_picture_that_cannot_be_read_is_said_and_nothing_is_sent() -> None:
    target = engine.publish(with_picture(engine.channel(), status=Asset.Status.FAILED))
    assert target.status == T.FAILED
    assert "could not be read" in target.sentence
    assert not SandboxPost.objects.exists()
