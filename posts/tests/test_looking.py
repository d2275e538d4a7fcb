"""Networks without idempotency keys: after no answer the engine looks, and sends again only after two misses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from aura.kit import clock
from aura.kit.testing import just_now
from posts import networks
from posts.models import Channel, Post, Target
from posts.networks.base import Accepted, Outcome, Outgoing, State
from posts.networks.standin import Behaviour, StandIn
from posts.networks.tests.test_standin import Timeline
from posts.tests import _engine as engine
from workspaces.models import Workspace

S, T = Post.Status, Target.Status
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def network(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    monkeypatch.setitem(networks._NETWORKS, "x", Timeline())
    with StandIn(knows_keys=False) as stand_in:
        settings.AURA_EGRESS_ALLOW = [stand_in.endpoint]
        yield stand_in


@pytest.fixture
def channel(scope: Workspace, network: StandIn) -> Channel:
    return engine.channel("x", settings={"url": network.url})


def later(target: Target, seconds: float) -> None:
    """Let the first miss have been so long ago."""
    missed = clock.now() - timedelta(seconds=seconds)
    Target.objects.filter(pk=target.pk).update(progress=target.progress | {"absent_at": missed.isoformat()})


def test_F6_what_is_found_is_published_and_not_sent_again(network: StandIn, channel: Channel) -> None:
    network.behave(Behaviour.DROP_AFTER_WRITE)
    target = engine.publish(engine.due_post(channel))
    assert target.status == T.SENDING
    target = engine.reconcile(target)
    assert target.status == T.PUBLISHED
    assert engine.fresh(target.post).status == S.PUBLISHED
    assert len(network.posts) == 1


def test_F6_one_miss_proves_nothing(network: StandIn, channel: Channel) -> None:
    network.behave(Behaviour.DROP_BEFORE_WRITE)
    target = engine.reconcile(engine.publish(engine.due_post(channel)))
    assert target.status == T.SENDING
    assert target.due_at is not None
    assert target.due_at >= clock.now() + timedelta(seconds=50)
    target = engine.reconcile(target)  # a look too soon is the same miss
    assert target.status == T.SENDING
    assert network.posts == []


def test_F6_two_misses_a_minute_apart_send_it_again_once(network: StandIn, channel: Channel) -> None:
    network.behave(Behaviour.DROP_BEFORE_WRITE)
    target = engine.reconcile(engine.publish(engine.due_post(channel)))
    later(target, 61)
    target = engine.reconcile(target)
    assert target.status == T.SCHEDULED
    assert engine.publish(target.post).status == T.PUBLISHED
    assert len(network.posts) == 1
    assert ("check", "retry") in engine.ledger_of(target)


def test_what_follows_a_lost_answer_says_so_to_the_adapter(
    network: StandIn, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The network may have it already: whoever reads "the same words are here" has to know whether they may be ours."""
    told: list[bool] = []
    honest = Timeline.publish

    def publish(self: Timeline, outgoing: Outgoing, state: State, *, now: datetime) -> Outcome:
        told.append(outgoing.doubtful)
        outcome = honest(self, outgoing, state, now=now)
        return replace(outcome, rest_seconds=600) if isinstance(outcome, Accepted) else outcome

    monkeypatch.setattr(Timeline, "publish", publish)
    network.behave(Behaviour.BUSY, Behaviour.DROP_BEFORE_WRITE)
    post = engine.due_post(channel)
    engine.publish(post)
    Target.objects.update(due_at=just_now())
    target = engine.reconcile(engine.publish(post))
    later(target, 61)
    engine.reconcile(target)
    assert engine.publish(post).status == T.PUBLISHED
    assert told == [False, False, True]
    channel.refresh_from_db()
    assert channel.not_before is not None, "that was the last call that the network takes for now"
    assert channel.not_before > clock.now() + timedelta(seconds=500)


def test_F6_a_network_that_cannot_be_asked_ends_with_a_person(
    network: StandIn, channel: Channel, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    network.behave(Behaviour.DROP_AFTER_WRITE)
    target = engine.publish(engine.due_post(channel))
    monkeypatch.setattr(Timeline, "reconcile", lambda *args, **kwargs: 1 / 0)
    for _ in range(len(settings.AURA_RECONCILE_SECONDS) + 1):
        target = engine.reconcile(target)
    assert target.status == T.NEEDS_CONFIRMATION
    assert len(network.posts) == 1
