"""Sign-ins that end are spoken of before: on Home, on the channel's page, and while a post is written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from aura.kit import clock, secrets
from posts import checks
from posts.models import Channel, Post
from posts.networks.connecting import Account
from posts.operations.connecting import reconnect_channel
from posts.operations.settle import arm
from posts.tests import _engine as engine
from workspaces.models import User, Workspace

pytestmark = pytest.mark.django_db
Browser = Callable[[User], Client]


@pytest.fixture(autouse=True)
def opened(scope: Workspace) -> Workspace:
    return scope


def ending(days: float, name: str = "Pages") -> Channel:
    """A Threads channel that nothing renews after so many days."""
    at = clock.now() + timedelta(days=days)
    sealed = secrets.seal_dict({"access_token": "t", "expires_at": at.isoformat()})
    return Channel.objects.create(
        network="threads", name=name, account_id=name, secret=sealed, ends_at=at, access_ends_at=at
    )


def promised(channel: Channel, days: float, title: str) -> Post:
    post = engine.post(channel, title=title)
    arm(post, clock.now() + timedelta(days=days))
    return engine.fresh(post)


def home(browser: Client) -> str:
    return browser.get(reverse("posts:home")).content.decode()


def test_what_will_fail_is_said_on_home_and_on_the_channel_until_it_is_connected_again(
    scope: Workspace, alice: User, client_of: Browser
) -> None:
    channel = ending(9)
    promised(channel, 2, "Before that")
    promised(channel, 10, "Saturday queue")
    promised(channel, 12, "Monday rye")
    browser = client_of(alice)
    page = home(browser)
    day = f"{clock.wall_of(channel.ends_at, scope.zone):%-d %B}"
    assert f"Threads signs out on {day}" in page
    assert "2 scheduled posts will fail unless it is connected again before" in page
    assert "One channel needs you." in page
    assert reverse("posts:channel_reconnect", args=[channel.pk]) in page
    shown = browser.get(reverse("posts:channel", args=[channel.pk])).content.decode()
    notice = shown[shown.index("notice warn") : shown.index('class="beside"')]
    assert f"Threads signs out on {day}. 2 scheduled posts will fail" in notice
    assert "Saturday queue" in notice
    assert "Monday rye" in notice
    assert "Before that" not in notice
    later = (clock.now() + timedelta(days=60)).isoformat()
    account = Account("Pages", "Pages", {}, {"access_token": "t", "expires_at": later})
    account_place = Channel.objects.get().account_id
    assert account_place == "Pages"
    reconnect_channel(channel, account=account, by=alice)
    assert "signs out" not in home(browser)
    assert "signs out" not in browser.get(reverse("posts:channel", args=[channel.pk])).content.decode()


def test_an_end_that_is_far_or_touches_nothing_is_not_spoken_of(alice: User, client_of: Browser) -> None:
    promised(ending(40, "Far"), 50, "Much later")
    promised(ending(20, "Idle"), 3, "Before that")
    assert "signs out" not in home(client_of(alice))
    soon = ending(0.5, "Soon")
    page = home(client_of(alice))
    assert "Threads signs out to" in page
    assert "Connect it again before." in page
    Channel.objects.filter(pk=soon.pk).update(trashed_at=clock.now())
    assert "signs out" not in home(client_of(alice))


def test_only_who_can_do_something_is_asked(bob: User, client_of: Browser) -> None:
    promised(ending(3), 5, "Later")
    assert "signs out" not in home(client_of(bob))


def test_a_post_that_is_written_for_after_the_end_says_so() -> None:
    channel = ending(9)
    post = promised(channel, 10, "Saturday queue")
    found = checks.findings_of(post, post.campaign, {channel: ""}, [])
    said = [check.message for check in found if check.code == "sign_in_ends"]
    assert said == ["Pages is signed out before this is due."]
    post.scheduled_at = clock.now() + timedelta(days=8)
    found = checks.findings_of(post, post.campaign, {channel: ""}, [])
    assert "sign_in_ends" not in [check.code for check in found]
