"""Figures: asked for at their times, kept once each, quiet when they cannot be had, and shown where they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from aura.kit import clock, jobs, secrets
from posts.models import Channel, Target, TargetFigure
from posts.networks.base import Figures
from posts.networks.figures import Figure
from posts.networks.standin import Behaviour, StandIn
from posts.operations.figures import AGES, next_look
from posts.tests import _engine as engine
from posts.tests._made_up import SLUG, MadeUp, Town, open_town
from workspaces.models import Notification, User, Workspace

pytestmark = pytest.mark.django_db(transaction=True)
FETCH = "posts.fetch_figures"
T = Target.Status


@pytest.fixture(autouse=True)
def opened(scope: Workspace) -> Workspace:
    return scope


@pytest.fixture
def place(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Town, StandIn]]:
    with open_town(settings, monkeypatch) as both:
        both[0].tokens.add("t0")
        yield both


def published() -> Target:
    sealed = secrets.seal_dict({"access_token": "t0"})
    channel = Channel.objects.create(network=SLUG, name="Barrow", account_id="p1", secret=sealed)
    return engine.publish(engine.due_post(channel))


def fetch(target: Target, *, age: timedelta = AGES[0]) -> Target:
    """Let it have gone out so long ago, and ask."""
    now = clock.now()
    Target.objects.filter(pk=target.pk).update(published_at=now - age, due_at=now)
    jobs.run_one(FETCH, target.workspace_id, target.pk)
    return Target.objects.get(pk=target.pk)


def told(target: Target) -> dict[str, int]:
    return dict(TargetFigure.objects.filter(target=target).values_list("figure", "total"))


def test_figures_are_asked_for_at_their_times_and_kept_once_each(
    place: tuple[Town, StandIn], alice: User, client_of: Callable[[User], Client]
) -> None:
    target = published()
    assert target.published_at
    assert target.due_at == target.published_at + timedelta(hours=1)
    assert not jobs.run_one(FETCH, target.workspace_id, target.pk), "Not before an hour has passed."
    after = fetch(target)
    assert told(target) == {"likes": 12, "impressions": 340}
    assert after.published_at
    assert after.due_at == after.published_at + timedelta(hours=6)
    assert after.status == T.PUBLISHED
    fetch(target, age=timedelta(days=2))
    assert TargetFigure.objects.count() == 2
    assert fetch(target, age=timedelta(days=28)).due_at is None
    page = client_of(alice).get(reverse("posts:detail", args=[target.post_id]), follow=True).content.decode()
    assert '<b class="num">340</b> impressions · <b class="num">12</b> likes' in page


def test_what_was_missed_is_not_made_up_for() -> None:
    now = clock.now()
    assert next_look(now - timedelta(days=2), now) == now + timedelta(days=1)
    assert next_look(now - timedelta(days=29), now) is None


@pytest.mark.parametrize(
    ("behaviour", "within"),
    [
        (Behaviour.UNAUTHORIZED, timedelta(hours=5, minutes=1)),
        (Behaviour.FAIL_BEFORE_WRITE, timedelta(minutes=2)),
    ],
)
def test_what_goes_wrong_is_quiet_and_said_to_staff(
    place: tuple[Town, StandIn], behaviour: Behaviour, within: timedelta
) -> None:
    target = published()
    place[1].behave(behaviour, at="/figures")
    after = fetch(target)
    assert after.due_at and after.due_at - clock.now() < within
    assert after.progress["figures"]["said"].endswith(".")
    assert (after.status, after.tries) == (T.PUBLISHED, 0)
    assert Channel.objects.get().status == Channel.Status.ACTIVE
    assert not Notification.objects.exists()
    assert told(target) == {}
    assert told(fetch(target)) == {"likes": 12, "impressions": 340}
    assert Target.objects.get(pk=target.pk).progress == {}


def test_nonsense_is_no_figure(place: tuple[Town, StandIn], monkeypatch: pytest.MonkeyPatch) -> None:
    target = published()
    nonsense: dict[Figure, Any] = {
        Figure.LIKES: -1,
        Figure.SHARES: 2**70,
        Figure.SAVES: "x",
        Figure.CLICKS: 3,
    }
    monkeypatch.setattr(MadeUp, "figures", lambda *args, **kwargs: Figures(nonsense))
    fetch(target)
    assert told(target) == {"clicks": 3}


def test_nobody_is_asked_where_no_network_tells_or_for_a_channel_that_is_gone(
    place: tuple[Town, StandIn],
) -> None:
    assert engine.publish(engine.due_post(engine.channel())).due_at is None
    target = published()
    Channel.objects.filter(network=SLUG).update(trashed_at=clock.now())
    calls = len(place[1].received)
    fetch(target)
    assert len(place[1].received) == calls
