"""Channels are kept alive: renewed ahead, once at a time, whole, also when a process dies in the middle of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from aura.kit import clock, jobs, secrets
from aura.kit.testing import just_now
from posts.models import Channel, NetworkApp, Target
from posts.networks.connecting import Account, merged
from posts.networks.standin import Behaviour, StandIn
from posts.operations.apps import save_network_app
from posts.operations.channels import resume_channel
from posts.operations.connecting import reconnect_channel
from posts.operations.lasting import keep_times
from posts.operations.settle import arm
from posts.tests import _engine as engine
from posts.tests._made_up import SLUG, Town, open_town
from workspaces.models import Notification, User, Workspace

pytestmark = pytest.mark.django_db(transaction=True)
RENEW = "posts.renew_channel"
ROOT = Path(__file__).resolve().parents[2]
T = Target.Status


@pytest.fixture(autouse=True)
def opened(scope: Workspace, alice: User) -> Workspace:
    save_network_app(NetworkApp(network=SLUG, place=SLUG, client_id="the app"), secret="hush, hush", by=alice)
    return scope


@pytest.fixture
def place(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Town, StandIn]]:
    with open_town(settings, monkeypatch) as both:
        yield both


@pytest.fixture
def town(place: tuple[Town, StandIn]) -> Town:
    return place[0]


def connected(*, left: timedelta, learned: bool = True, **credential: str) -> Channel:
    """A channel whose access token lasts so much longer."""
    now = clock.now()
    held = {"access_token": "t0", "refresh_token": "r1", "expires_at": (now + left).isoformat(), **credential}
    settings = {"page": "p1", **({"learned": {"text": 300}} if learned else {})}
    channel = Channel(network=SLUG, name="Barrow", account_id="p1", settings=settings)
    channel.secret = secrets.seal_dict({name: value for name, value in held.items() if value})
    keep_times(channel, secrets.unseal_dict(channel.secret), now=now)
    channel.save()
    return channel


def credential_of(channel: Channel) -> dict[str, Any]:
    return secrets.unseal_dict(fresh(channel).secret)


def fresh(channel: Channel) -> Channel:
    return Channel.objects.get(pk=channel.pk)


def renew(channel: Channel) -> bool:
    return jobs.run_one(RENEW, channel.workspace_id, channel.pk)


def test_a_sign_in_is_renewed_ahead_of_its_end_and_not_before(town: Town) -> None:
    channel = connected(left=timedelta(hours=3))
    assert not renew(channel), "It lasts for hours."
    channel = connected_again(channel, left=timedelta(minutes=50))
    assert renew(channel)
    after, held = fresh(channel), credential_of(channel)
    assert (held["access_token"], held["refresh_token"], town.refreshes) == ("token-1", "r1", ["r1"])
    assert after.access_ends_at == datetime.fromisoformat(held["expires_at"])
    assert after.due_at and after.due_at > clock.now()
    assert after.settings["learned"] == {"text": 300}
    assert (after.tries, after.claim_token) == (0, None)
    assert not renew(channel)


def connected_again(channel: Channel, *, left: timedelta) -> Channel:
    held = {**credential_of(channel), "expires_at": (clock.now() + left).isoformat()}
    channel.secret = secrets.seal_dict(held)
    keep_times(channel, held, now=clock.now())
    channel.save()
    return channel


def test_a_blank_never_overwrites_what_renews_and_an_end_goes_with_its_token() -> None:
    old = {
        "access_token": "a",
        "refresh_token": "r",
        "expires_at": "x",
        "refresh_expires_at": "y",
        "own": "z",
    }
    assert merged(old, {"access_token": "b", "refresh_token": ""}) == {
        "access_token": "b",
        "refresh_token": "r",
        "refresh_expires_at": "y",
        "own": "z",
    }
    again = merged(old, {"access_token": "b", "expires_at": "w", "refresh_token": "r"})
    assert (again["expires_at"], again["refresh_expires_at"]) == ("w", "y")


def test_who_tries_the_connection_has_it_renewed_first_where_that_is_due(
    town: Town, alice: User, bob: User, client_of: Callable[[User], Client]
) -> None:
    channel = connected(left=timedelta(minutes=2))
    Channel.objects.update(due_at=just_now())
    test = reverse("posts:channel_test", args=[channel.pk])
    assert client_of(bob).post(test).status_code == 403
    assert credential_of(channel)["access_token"] == "t0"
    page = client_of(alice).post(test, follow=True).content.decode()
    assert "The town answered." in page
    renewed = credential_of(channel)["access_token"]
    assert renewed != "t0"
    client_of(alice).post(test)
    assert credential_of(channel)["access_token"] == renewed, "It is not due any more."


@pytest.mark.race
def test_two_workers_ask_once(town: Town) -> None:
    channel = connected(left=timedelta(0))
    engine.in_threads([lambda: renew(channel)] * 4)
    assert town.refreshes == ["r1"]
    assert fresh(channel).status == Channel.Status.ACTIVE


def test_a_post_waits_for_the_renewal_and_never_goes_with_a_dead_token(town: Town) -> None:
    channel = connected(left=timedelta(seconds=30))
    post = engine.due_post(channel)
    waiting = engine.publish(post)
    assert (waiting.status, waiting.sentence) == (
        T.SCHEDULED,
        "Waiting until the sign-in of Barrow is renewed.",
    )
    assert waiting.tries == 0
    assert town.posted_with == []
    renew(channel)
    assert engine.publish(post).status == T.PUBLISHED, "It is let go at once."
    assert town.posted_with == ["token-1"]


def test_a_refusal_breaks_the_channel_and_tells_who_manages_it(town: Town, alice: User, bob: User) -> None:
    channel = connected(left=timedelta(0))
    town.refuses_refresh = True
    post = engine.due_post(channel)
    renew(channel)
    after = fresh(channel)
    assert (after.status, after.due_at) == (Channel.Status.BROKEN, None)
    assert after.problem == "The town does not let us in any more. Connect it again."
    assert {one.person for one in Notification.objects.filter(kind="channel_broken")} == {alice}
    assert credential_of(channel)["refresh_token"] == "r1"
    assert engine.publish(post).status == T.SCHEDULED
    later = (clock.now() + timedelta(days=60)).isoformat()
    account = Account("p1", "Barrow", {}, {"access_token": "new", "expires_at": later})
    town.tokens.add("new")
    reconnect_channel(channel, account=account, by=alice)
    assert engine.publish(post).status == T.PUBLISHED
    assert not Notification.objects.filter(kind="channel_broken", read_at=None).exists()


def test_what_nothing_renews_breaks_at_its_end(town: Town) -> None:
    channel = connected(left=timedelta(minutes=30), refresh_token="")
    assert renew(channel), "People are told that it ends."
    channel = fresh(channel)
    assert channel.ends_at == channel.access_ends_at == channel.due_at
    assert not renew(channel)
    channel = connected_again(channel, left=timedelta(0))
    assert renew(channel)
    assert fresh(channel).problem == "Made up has signed Aura out. Connect the channel again; its posts stay."
    assert town.refreshes == []


@pytest.mark.parametrize("behaviour", [Behaviour.BUSY, Behaviour.FAIL_BEFORE_WRITE])
def test_a_network_that_is_away_is_asked_again_later(
    place: tuple[Town, StandIn], behaviour: Behaviour
) -> None:
    channel = connected(left=timedelta(minutes=10))
    place[1].behave(behaviour, at="/token")
    before = clock.now()
    assert renew(channel)
    after = fresh(channel)
    assert (after.status, after.tries) == (Channel.Status.ACTIVE, 0)
    assert after.due_at and timedelta(seconds=1) < after.due_at - before < timedelta(minutes=2)
    assert credential_of(channel)["access_token"] == "t0"


def test_connecting_again_while_a_renewal_is_under_way_wins(town: Town, alice: User) -> None:
    channel = connected(left=timedelta(0))
    token = jobs.claim_in(RENEW, channel.workspace_id, channel.pk)
    assert token
    account = Account("p1", "Barrow", {}, {"access_token": "mine", "refresh_token": "mine too"})
    reconnect_channel(channel, account=account, by=alice)
    jobs.run_claimed(RENEW, channel.workspace_id, channel.pk, token)
    assert credential_of(channel)["access_token"] == "mine"
    assert town.refreshes == []


def test_who_manages_channels_is_told_once_a_week_before_the_end(town: Town, alice: User) -> None:
    channel = connected(left=timedelta(days=5), refresh_token="")
    arm(engine.post(channel), clock.now() + timedelta(days=6))
    assert renew(channel)
    told = Notification.objects.get(kind="channel_ending")
    assert told.person == alice
    assert told.sentence.startswith("Barrow: Made up signs out on ")
    assert told.words == "1 scheduled post will fail unless it is connected again before"
    after = fresh(channel)
    assert (after.end_told_for, after.status) == (after.ends_at, Channel.Status.ACTIVE)
    assert after.due_at and after.due_at > clock.now()
    assert not renew(channel)
    account = Account("p1", "Barrow", {}, {"access_token": "new"})
    reconnect_channel(channel, account=account, by=alice)
    assert not Notification.objects.filter(read_at=None).exists()


def test_a_channel_that_is_resumed_is_looked_after_again(town: Town, alice: User) -> None:
    channel = connected(left=timedelta(0))
    Channel.objects.update(status=Channel.Status.BROKEN, due_at=None)
    resume_channel(channel, by=alice)
    post = engine.due_post(channel)
    assert engine.publish(post).status == T.SCHEDULED
    assert renew(channel)
    assert engine.publish(post).status == T.PUBLISHED


def test_a_token_that_lasts_for_less_than_it_is_renewed_ahead_is_not_renewed_for_ever(town: Town) -> None:
    town.seconds = 600
    channel = connected(left=timedelta(0))
    assert renew(channel)
    assert not renew(channel)
    assert town.refreshes == ["r1"]


def test_limits_are_asked_for_once_a_day(town: Town) -> None:
    town.tokens.add("t0")
    town.limit = 700
    channel = connected(left=timedelta(hours=9), learned=False)
    assert renew(channel)
    after = fresh(channel)
    assert after.settings == {"page": "p1", "learned": {"text": 700}}
    assert after.learned_at
    assert not renew(channel)
    Channel.objects.update(learned_at=clock.now() - timedelta(days=2), due_at=just_now())
    town.tokens.clear()
    assert renew(channel)
    assert fresh(channel).settings["learned"] == {"text": 700}, "What is known stays while nobody answers."


WORKER = """
import sys, uuid, django
django.setup()
from aura.kit import jobs
from posts import networks
from posts.tests._made_up import SLUG, MadeUp
networks._NETWORKS[SLUG] = MadeUp(sys.argv[3])
jobs.run_one("posts.renew_channel", uuid.UUID(sys.argv[1]), uuid.UUID(sys.argv[2]))
"""


def killed_while_renewing(channel: Channel, town: Town, point: str) -> int:
    """Renew in a process of its own that is killed at `point`; return how it ended."""
    given = connection.settings_dict
    address = f"sqlite:///{given['NAME']}"
    if connection.vendor == "postgresql":
        where = f"{given['HOST'] or 'localhost'}:{given['PORT'] or 5432}"
        address = f"postgres://{given['USER']}:{given['PASSWORD']}@{where}/{given['NAME']}"
    env = os.environ | {
        "DATABASE_URL": address,
        "AURA_FAILPOINTS": f"{point}:kill",
        "AURA_EGRESS_ALLOW": town.endpoint,
        "DJANGO_SETTINGS_MODULE": "aura.settings",
    }
    argv = [sys.executable, "-c", WORKER, str(channel.workspace_id), str(channel.pk), town.url]
    return subprocess.run(argv, env=env, cwd=ROOT, timeout=180, capture_output=True).returncode


@pytest.mark.parametrize(
    ("point", "strict", "status"),
    [
        ("renew.after_call", False, Channel.Status.ACTIVE),
        ("renew.before_record", True, Channel.Status.BROKEN),
    ],
)
def test_F4_killed_in_the_middle_of_a_renewal(town: Town, point: str, strict: bool, status: str) -> None:
    channel = connected(left=timedelta(0))
    town.keeps_refresh = not strict
    post = engine.due_post(channel)
    assert killed_while_renewing(channel, town, point) == -signal.SIGKILL
    assert credential_of(channel)["access_token"] == "t0", "All of the old one."
    assert not renew(channel), "Nobody asks while the lease of the dead one lasts."
    assert engine.publish(post).status == T.SCHEDULED
    Channel.objects.update(lease_until=clock.now() - timedelta(seconds=1))
    assert renew(channel)
    assert fresh(channel).status == status
    assert len(town.refreshes) == 2
    assert engine.publish(post).status == (T.SCHEDULED if strict else T.PUBLISHED)
    assert town.posted_with == ([] if strict else ["token-2"])
