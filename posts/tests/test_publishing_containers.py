"""The engine against networks that work on a post before it can be published, over real HTTP."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from aura.kit import clock, secrets
from aura.kit.testing import just_now
from posts.models import Channel, Target
from posts.networks.standin import Behaviour, StandIn
from posts.networks.standins.facebook import FacebookService
from posts.networks.standins.threads import ThreadsService
from posts.operations.publishing import ON_THE_WAY
from posts.operations.settle import arm
from posts.tests import _engine as engine
from posts.tests.test_publishing_races import run_in_a_process
from workspaces.models import Workspace

T = Target.Status
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def opened(scope: Workspace) -> Workspace:
    return scope


@pytest.fixture(params=["threads", "facebook"])
def network(request: Any, settings: Any) -> Iterator[StandIn]:
    service = {"threads": ThreadsService, "facebook": FacebookService}[request.param]()
    with StandIn(service=service) as stand_in:
        settings.AURA_EGRESS_ALLOW = [stand_in.endpoint]
        settings.AURA_NETWORK_URLS = {
            **settings.AURA_NETWORK_URLS,
            request.param: f"http://{stand_in.endpoint}",
        }
        yield stand_in


@pytest.fixture
def channel(network: StandIn) -> Channel:
    slug = "threads" if isinstance(network.service, ThreadsService) else "facebook"
    sealed = secrets.seal_dict({"access_token": "t-1"})
    account = {"account_id": "17841", "username": "ryebread"}
    return Channel.objects.create(network=slug, name=slug, secret=sealed, settings=account)


def test_a_post_goes_out_once_with_its_link(network: StandIn, channel: Channel) -> None:
    target = engine.publish(engine.due_post(channel))
    assert target.status == T.PUBLISHED
    assert target.remote_url.startswith("https://www.")
    assert [one.id for one in network.service.posts] == [target.remote_id]
    assert target.progress == {}


@pytest.mark.parametrize("network", ["threads"], indirect=True)
def test_a_container_that_is_worked_on_is_waited_for_and_not_made_twice(
    network: StandIn, channel: Channel
) -> None:
    network.service.works = 1
    post = engine.due_post(channel)
    waiting = engine.publish(post)
    assert waiting.status == T.SCHEDULED
    assert waiting.sentence == "Threads is working on the files."
    assert waiting.due_at > clock.now()
    assert engine.ledger_of(waiting) == []
    Target.objects.filter(pk=waiting.pk).update(due_at=just_now())
    assert engine.publish(post).status == T.PUBLISHED
    assert len(network.service.containers) == 1


@pytest.mark.parametrize("network", ["threads"], indirect=True)
def test_after_a_container_that_failed_while_it_was_waited_for_another_one_is_made(
    network: StandIn, channel: Channel
) -> None:
    network.service.works = 1
    post = engine.due_post(channel)
    waiting = engine.publish(post)
    (container,) = network.service.containers.values()
    container.status, container.reason = "ERROR", "UNKNOWN"
    Target.objects.filter(pk=waiting.pk).update(due_at=just_now())
    assert engine.publish(post).status == T.FAILED
    network.service.works = 0
    arm(engine.fresh(post), clock.now())
    assert engine.publish(post).status == T.PUBLISHED
    assert len(network.service.containers) == 2


@pytest.mark.parametrize("behaviour", [Behaviour.DROP_AFTER_WRITE, Behaviour.FAIL_AFTER_WRITE])
def test_a_lost_answer_is_found_and_never_sent_again(
    network: StandIn, channel: Channel, behaviour: Behaviour
) -> None:
    network.behave(behaviour)
    unclear = engine.publish(engine.due_post(channel))
    assert unclear.status == T.SENDING
    found = engine.reconcile(unclear)
    assert found.status == T.PUBLISHED
    assert [one.id for one in network.service.posts] == [found.remote_id]
    assert engine.ledger_of(found) == [("publish", "ambiguous"), ("check", "accepted")]


@pytest.mark.parametrize("network", ["threads"], indirect=True)
@pytest.mark.parametrize(("failpoint", "containers"), zip(ON_THE_WAY, (2, 1), strict=True))
def test_F4_killed_between_the_steps_it_goes_on_from_what_is_kept(
    failpoint: str, containers: int, network: StandIn, channel: Channel
) -> None:
    post = engine.due_post(channel)
    target = engine.target_of(post)
    led = {"AURA_EGRESS_ALLOW": network.endpoint, "AURA_THREADS_URL": f"http://{network.endpoint}"}
    assert run_in_a_process(engine.PUBLISH, target, failpoint, **led) == -signal.SIGKILL
    assert network.service.posts == []
    Target.objects.update(lease_until=clock.now() - timedelta(seconds=1))
    assert engine.publish(post).status == T.PUBLISHED
    assert len(network.service.containers) == containers
    assert len(network.service.posts) == 1
