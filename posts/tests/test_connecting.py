"""Connecting by way of a network: keys, the way out and back, one use, one person, one session, one account."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from html import escape, unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from aura.kit import clock, secrets
from posts.models import Channel, Connecting, NetworkApp, Target
from posts.networks.standin import Behaviour
from posts.operations.apps import save_network_app
from posts.operations.settle import arm
from posts.tests import _engine as engine
from posts.tests._made_up import SLUG, Town, open_town
from workspaces.models import Activity, User, Workspace
from workspaces.scope import use_workspace

pytestmark = pytest.mark.django_db(transaction=True)
Browser = Callable[[User], Client]
BACK = "/connect/callback/"
KEYS = {"client_id": "the app", "secret": "hush, hush"}


@pytest.fixture(autouse=True)
def opened(scope: Workspace) -> Workspace:
    return scope


@pytest.fixture
def town(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    with open_town(settings, monkeypatch) as (town, _):
        yield town


def url(name: str, *args: Any) -> str:
    return reverse(f"posts:{name}", args=args)


def keep_keys(by: User) -> None:
    app = NetworkApp(network=SLUG, place=SLUG, client_id="the app")
    save_network_app(app, secret="hush, hush", by=by)


def set_out(browser: Client, path: str = "", **words: str) -> str:
    """Begin a connection and return the address of the network's page that it leads to."""
    answer = browser.post(path or url("channel_create", SLUG), words)
    assert answer.status_code == 200
    found = re.search(r'content="0; url=([^"]+)"', answer.content.decode())
    assert found
    return unescape(found[1])


def come_back(browser: Client, carried: dict[str, str]) -> tuple[str, str]:
    """Return where the answer leads and what the page there says."""
    answer = browser.get(BACK, carried, follow=True)
    return answer.redirect_chain[-1][0] if answer.redirect_chain else "", answer.content.decode()


def test_keys_are_entered_sealed_and_never_shown(alice: User, client_of: Browser, town: Town) -> None:
    browser = client_of(alice)
    assert "Needs the keys of an app first" in browser.get(url("channel_choose")).content.decode()
    assert "Enter the keys" in browser.get(url("channel_create", SLUG)).content.decode()
    page = browser.get(url("channel_app", SLUG)).content.decode()
    assert f"http://127.0.0.1:8000{BACK}" in page
    assert "Make one in the town hall." in page
    assert browser.post(url("channel_app", SLUG), {**KEYS, "secret": ""}).status_code == 422
    assert not NetworkApp.objects.exists()
    assert browser.post(url("channel_app", SLUG), KEYS).status_code == 302
    app = NetworkApp.objects.get()
    assert (secrets.unseal(app.secret), app.changed_by) == ("hush, hush", alice)
    assert "hush, hush" not in browser.get(url("channel_app", SLUG)).content.decode()
    browser.post(url("channel_app", SLUG), {"client_id": "the app", "secret": ""})
    assert secrets.unseal(NetworkApp.objects.get().secret) == "hush, hush", (
        "An empty secret keeps the kept one."
    )
    assert browser.post(url("channel_app", SLUG), {"client_id": "another"}).status_code == 422


def test_keys_of_the_environment_win_and_are_not_shown(
    alice: User, client_of: Browser, town: Town, settings: Any
) -> None:
    keep_keys(alice)
    settings.AURA_NETWORK_APPS = {SLUG: ["theirs", "of the house"]}
    browser = client_of(alice)
    page = browser.get(url("channel_app", SLUG)).content.decode()
    assert "given by whoever runs this Aura" in page
    assert "of the house" not in page
    assert "client=theirs" in set_out(browser)


@pytest.mark.parametrize(
    ("address", "warned"),
    [
        ("http://127.0.0.1:8000", True),
        ("https://10.0.0.7", True),
        ("https://aura.local", True),
        ("https://aura.example.org", False),
    ],
)
def test_a_network_that_fetches_pictures_is_told_from_one_that_cannot_reach_us(
    alice: User, client_of: Browser, town: Town, settings: Any, address: str, warned: bool
) -> None:
    keep_keys(alice)
    browser = client_of(alice)
    assert "cannot reach it" not in browser.get(url("channel_create", SLUG)).content.decode()
    settings.AURA_URL = address
    page = browser.get(url("channel_create", "mastodon")).content.decode()
    assert "cannot reach it" not in page
    settings.AURA_NETWORK_APPS = {"instagram": ["app", "secret"]}
    page = browser.get(url("channel_create", "instagram")).content.decode()
    assert ("cannot reach it" in page) is warned


def test_a_channel_is_connected_by_saying_yes_at_the_network(
    alice: User, client_of: Browser, town: Town
) -> None:
    keep_keys(alice)
    browser = client_of(alice)
    way = set_out(browser, street="Baker Street")
    asked = parse_qs(urlsplit(way).query)
    assert way.startswith(f"{town.url}/yes?")
    assert asked["back"] == [f"http://127.0.0.1:8000{BACK}"]
    place, page = come_back(browser, town.say_yes(way))
    channel = Channel.objects.get()
    assert place == url("channel", channel.pk)
    assert "Barrow &amp; Rye is connected." in page
    assert channel.account_id == "p1"
    assert channel.settings == {"street": "Baker Street", "tone": "", "page": "p1", "learned": {"text": 500}}
    assert secrets.unseal_dict(channel.secret)["refresh_token"] == "r1"
    assert "token-1" not in channel.secret
    assert not Connecting.objects.exists()
    tested = browser.post(url("channel_test", channel.pk), follow=True).content.decode()
    assert "The town answered." in tested
    post = engine.due_post(channel)
    assert engine.publish(post).status == Target.Status.PUBLISHED
    assert town.posted_with == ["token-1"]


def test_keys_are_removed_where_no_channel_needs_them(
    alice: User, bob: User, client_of: Browser, town: Town
) -> None:
    keep_keys(alice)
    browser = client_of(alice)
    come_back(browser, town.say_yes(set_out(browser)))
    channel, remove = Channel.objects.get(), url("channel_app_remove", SLUG)
    assert client_of(bob).post(remove).status_code == 403
    page = browser.post(remove, follow=True).content.decode()
    assert f"This channel would be signed out without the keys: {escape(str(channel))}." in page
    assert "Remove them</button>" not in page
    assert NetworkApp.objects.exists()
    Channel.objects.update(trashed_at=clock.now())
    assert "Remove them</button>" in browser.get(url("channel_app", SLUG)).content.decode()
    browser.post(remove)
    assert not NetworkApp.objects.exists()
    assert browser.post(remove).status_code == 404


def test_an_answer_is_good_once(alice: User, client_of: Browser, town: Town) -> None:
    keep_keys(alice)
    browser = client_of(alice)
    carried = town.say_yes(set_out(browser))
    come_back(browser, carried)
    town.say_yes(set_out(browser), code="c2")
    _, page = come_back(browser, {**carried, "code": "c2"})
    assert "This answer was used already." in page
    assert Channel.objects.count() == 1
    assert "c2" in town.codes, "The second code was never exchanged."


def test_whoever_says_no_there_has_no_channel(alice: User, client_of: Browser, town: Town) -> None:
    keep_keys(alice)
    browser = client_of(alice)
    carried = town.say_yes(set_out(browser))
    _, page = come_back(browser, {"error": "access_denied", "state": carried["state"]})
    assert "was not connected, because you did not say yes there." in page
    _, page = come_back(browser, carried)
    assert "used already" in page
    assert not Channel.objects.exists()


def test_a_code_that_the_network_refuses_makes_no_channel(
    alice: User, client_of: Browser, town: Town
) -> None:
    keep_keys(alice)
    browser = client_of(alice)
    carried = town.say_yes(set_out(browser))
    _, page = come_back(browser, {**carried, "code": "of somebody else"})
    assert "does not let us in" in page
    assert not Channel.objects.exists()
    assert not Connecting.objects.exists()


def test_an_answer_that_comes_too_late_makes_no_channel(alice: User, client_of: Browser, town: Town) -> None:
    keep_keys(alice)
    browser = client_of(alice)
    carried = town.say_yes(set_out(browser))
    Connecting.objects.update(ends_at=clock.now() - timedelta(seconds=1))
    _, page = come_back(browser, carried)
    assert "longer than fifteen minutes" in page
    assert not Channel.objects.exists()


def test_an_answer_in_another_session_makes_no_channel(alice: User, client_of: Browser, town: Town) -> None:
    keep_keys(alice)
    browser = client_of(alice)
    carried = town.say_yes(set_out(browser))
    _, page = come_back(client_of(alice), carried)
    assert "in another browser" in page
    browser.post("/account/logout/")
    away = browser.get(BACK, carried)
    assert "/account/login/?next=/connect/callback/" in away["Location"]
    browser.force_login(alice)
    _, page = come_back(browser, carried)
    assert "before you signed out" in page
    assert not Channel.objects.exists()
    assert town.codes, "Nothing was exchanged."


@pytest.mark.parametrize("state", ["", "nonsense", "WyJhIiwiYiJd:1x:abc"])
def test_an_answer_without_a_way_out_belongs_to_nothing(alice: User, client_of: Browser, state: str) -> None:
    answer = client_of(alice).get(BACK, {"code": "c1", "state": state})
    assert answer.status_code == 400
    assert "belongs to no connection" in answer.content.decode()


def test_T1_a_stranger_and_another_member_cannot_use_an_answer(
    alice: User,
    mallory: User,
    client_of: Browser,
    town: Town,
    workspace: Workspace,
    other_workspace: Workspace,
) -> None:
    keep_keys(alice)
    carried = town.say_yes(set_out(client_of(alice)))
    answer = client_of(mallory).get(BACK, carried)
    assert (answer.status_code, "belongs to no connection" in answer.content.decode()) == (400, True)
    other_admin = User.objects.create_user("dora@example.com", name="Dora")
    workspace.memberships.create(user=other_admin, role="admin")
    _, page = come_back(client_of(other_admin), carried)
    assert "used already" in page
    assert not Channel.objects.exists()
    with use_workspace(other_workspace):
        assert not Channel.objects.exists()
        assert not NetworkApp.objects.exists()


@pytest.mark.parametrize("who", ["bob", "carol"])
def test_R1_only_admins_connect(
    request: pytest.FixtureRequest,
    who: str,
    alice: User,
    client_of: Browser,
    town: Town,
    workspace: Workspace,
) -> None:
    keep_keys(alice)
    person = request.getfixturevalue(who)
    browser = client_of(person)
    channel = engine.channel(account_id="p1")
    for path in (
        url("channel_create", SLUG), url("channel_app", SLUG), url("channel_reconnect", channel.pk),
    ):  # fmt: skip
        assert browser.get(path).status_code == browser.post(path, KEYS).status_code == 403
    with pytest.raises(PermissionDenied):
        save_network_app(NetworkApp(network=SLUG, place="other"), secret="s", by=person)
    workspace.memberships.filter(user=person).update(role="admin")
    carried = town.say_yes(set_out(browser))
    workspace.memberships.filter(user=person).update(role="viewer")
    assert browser.get(BACK, carried).status_code == 403, "The right went while they were away."
    assert Channel.objects.count() == NetworkApp.objects.count() == 1


def test_of_several_accounts_those_picked_become_channels(
    alice: User, client_of: Browser, town: Town
) -> None:
    town.pages = [("p1", "Barrow & Rye"), ("p2", "Rye at night"), ("p3", "")]
    keep_keys(alice)
    engine.channel(SLUG, name="Rye at night")
    browser = client_of(alice)
    place, page = come_back(browser, town.say_yes(set_out(browser)))
    row = Connecting.objects.get()
    assert place == url("channel_pick", row.pk)
    assert "Rye at night" in page
    assert "token-1" not in row.sealed
    for nothing in ({}, {"account": "7"}, {"account": "x"}, {"account": "-1"}):
        assert browser.post(place, nothing).status_code == 422
    assert client_of(User.objects.create_user("x@example.com")).get(place).status_code == 404
    browser.post(place, {"account": ["0", "1"]})
    made = Channel.objects.exclude(account_id="").order_by("account_id")
    assert [(one.account_id, one.name) for one in made] == [
        ("p1", "Barrow & Rye"),
        ("p2", "Rye at night (2)"),
    ]
    assert browser.get(place).status_code == 404


def test_connecting_again_keeps_the_channel_and_its_posts(
    alice: User, client_of: Browser, town: Town
) -> None:
    keep_keys(alice)
    browser = client_of(alice)
    come_back(browser, town.say_yes(set_out(browser)))
    channel = Channel.objects.get()
    post = engine.post(channel)
    arm(post, clock.now() + timedelta(days=1))
    Channel.objects.update(status=Channel.Status.BROKEN, problem="Signed out.", name="Shop window")
    assert "Connect again" in browser.get(url("channels")).content.decode()
    way = set_out(browser, url("channel_reconnect", channel.pk))
    place, _ = come_back(browser, town.say_yes(way))
    again = Channel.objects.get()
    assert (place, again.pk, again.name) == (url("channel", channel.pk), channel.pk, "Shop window")
    assert (again.status, again.problem) == (Channel.Status.ACTIVE, "")
    assert secrets.unseal_dict(again.secret)["access_token"] == "token-2"
    assert engine.target_of(post).status == Target.Status.SCHEDULED
    assert Activity.objects.filter(verb="posts.reconnect_channel").count() == 1


def test_another_account_is_offered_as_a_channel_of_its_own(
    alice: User, client_of: Browser, town: Town
) -> None:
    keep_keys(alice)
    browser = client_of(alice)
    come_back(browser, town.say_yes(set_out(browser)))
    channel = Channel.objects.get()
    town.pages = [("p9", "Somebody else")]
    way = set_out(browser, url("channel_reconnect", channel.pk))
    place, page = come_back(browser, town.say_yes(way))
    assert "another account than the one that Barrow &amp; Rye stands for" in page
    assert Channel.objects.get().secret == channel.secret
    browser.post(place, {"account": "0"})
    assert {one.account_id: one.name for one in Channel.objects.all()} == {
        "p1": "Barrow & Rye",
        "p9": "Somebody else",
    }


def test_an_account_that_is_a_channel_already_is_not_made_twice(
    alice: User, client_of: Browser, town: Town
) -> None:
    keep_keys(alice)
    browser = client_of(alice)
    for number in range(2):
        come_back(browser, town.say_yes(set_out(browser), code=f"c{number}"))
    channel = Channel.objects.get()
    assert secrets.unseal_dict(channel.secret)["access_token"] == "token-2"


def test_a_network_that_is_away_makes_no_channel(
    alice: User, client_of: Browser, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_town(settings, monkeypatch) as (town, stand_in):
        keep_keys(alice)
        browser = client_of(alice)
        stand_in.behave(Behaviour.FAIL_BEFORE_WRITE, at="/token")
        _, page = come_back(browser, town.say_yes(set_out(browser)))
        assert "gave no complete answer" in page
    assert not Channel.objects.exists()


def test_editing_a_channel_of_an_account_leaves_what_the_network_said(
    alice: User, client_of: Browser, town: Town
) -> None:
    keep_keys(alice)
    browser = client_of(alice)
    come_back(browser, town.say_yes(set_out(browser)))
    channel = Channel.objects.get()
    page = browser.get(url("channel_edit", channel.pk)).content.decode()
    assert "Street" not in page
    browser.post(url("channel_edit", channel.pk), {"name": "New", "street": "Elsewhere", "tone": "dry"})
    after = Channel.objects.get()
    assert (after.name, after.settings) == ("New", {**channel.settings, "tone": "dry"})
