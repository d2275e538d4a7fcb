"""What @ and # offer while somebody writes: from earlier posts, and from the network where it can be asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from aura.kit import clock, secrets
from posts.models import Channel, Snippet, Target
from posts.networks.standin import Behaviour, StandIn
from posts.networks.standins.mastodon import TOKEN
from posts.networks.standins.mastodon import Mastodon as Server
from posts.operations import people
from posts.tests import _engine as engine
from workspaces.models import User, Workspace

pytestmark = pytest.mark.django_db
ClientOf = Callable[[User], Client]


@pytest.fixture(autouse=True)
def opened(scope: Workspace) -> Workspace:
    return scope


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def stand_in(server: Server, settings: Any) -> Iterator[StandIn]:
    with StandIn(service=server, slowness=0.05) as running:
        settings.AURA_EGRESS_ALLOW = [running.endpoint]
        yield running


@pytest.fixture
def mastodon(stand_in: StandIn, server: Server) -> Channel:
    channel = engine.channel("mastodon", settings={"server": server.url})
    Channel.objects.filter(pk=channel.pk).update(secret=secrets.seal_dict({"access_token": TOKEN}))
    return channel


def offered(client: Client, sign: str, typed: str, channel: Channel | None = None, **about: str) -> Any:
    asked = {"sign": sign, "typed": typed, **about}
    if channel is not None:
        asked["channel"] = channel.pk.hex
    return client.get(reverse("posts:complete"), asked).json()


def inserts(answer: Any) -> list[str]:
    return [item["insert"] for item in answer["items"]]


def out(channel: Channel, words: str) -> None:
    post = engine.post(channel, caption=words)
    Target.objects.filter(post=post).update(status="published", promised_at=clock.now())


def searches(stand_in: StandIn) -> int:
    return sum("/accounts/search" in request.path for request in stand_in.received)


def test_people_mentioned_before_come_first_then_those_whom_the_network_finds(
    bob: User, client_of: ClientOf, mastodon: Channel
) -> None:
    for words in ("With @annika.", "Thanks, @annika and @ann@bread.social!", "Mail a@b.example"):
        out(mastodon, words)
    out(engine.channel("sandbox"), "By @anja elsewhere")
    answer = offered(client_of(bob), "@", "ann", mastodon)
    assert inserts(answer) == ["@annika", "@ann@bread.social"]
    assert [item["hint"] for item in answer["items"]] == [
        "Annika, used 2 times lately",
        "Ann Rye, used once lately",
    ]
    assert inserts(offered(client_of(bob), "@", "bo", mastodon)) == ["@bo@crumb.example"]


def test_a_network_is_asked_once_for_the_same_and_never_for_a_letter(
    bob: User, client_of: ClientOf, mastodon: Channel, stand_in: StandIn
) -> None:
    client = client_of(bob)
    for typed in ("a", "an", "An", ""):
        offered(client, "@", typed, mastodon)
    assert searches(stand_in) == 1


def test_a_network_that_refuses_is_left_alone_for_a_while_and_so_is_one_asked_too_often(
    bob: User, client_of: ClientOf, mastodon: Channel, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(bob)
    monkeypatch.setattr(people, "ASKED_PER_MINUTE", 2)
    for typed in ("an", "bo", "ca", "do"):
        offered(client, "@", typed, mastodon)
    assert searches(stand_in) == 2
    cache.clear()
    stand_in.behave(Behaviour.REFUSE, at="/api/v1/accounts/search")
    for typed in ("an", "bo"):
        assert offered(client, "@", typed, mastodon)["items"] == []
    assert searches(stand_in) == 3


def test_a_channel_that_rests_or_is_not_connected_is_not_asked(
    bob: User, client_of: ClientOf, mastodon: Channel, stand_in: StandIn
) -> None:
    for change in ({"status": Channel.Status.BROKEN}, {"status": "active", "access_ends_at": clock.now()}):
        Channel.objects.filter(pk=mastodon.pk).update(**change)
        assert offered(client_of(bob), "@", "ann", mastodon)["items"] == []
    assert searches(stand_in) == 0


@pytest.mark.parametrize(
    ("network", "said"), [("x", "X asks money"), ("linkedin", "only its partners"), ("sandbox", "")]
)
def test_where_nobody_can_be_looked_up_it_says_so(
    network: str, said: str, bob: User, client_of: ClientOf
) -> None:
    note = offered(client_of(bob), "@", "ann", engine.channel(network))["note"]
    assert note.startswith(said) if network == "x" else said in note
    assert (note == "") is (said == "")


def test_hashtags_of_the_campaign_with_how_often_and_whole_sets(bob: User, client_of: ClientOf) -> None:
    channel = engine.channel("sandbox")
    for words in ("#rye #crumb", "Warm #Rye #rye at https://a.example/#ryeland", "#rugbraud"):
        engine.post(channel, caption=words)
    Snippet.objects.create(name="Evening", kind="hashtags", words="#rye #oven")
    Snippet.objects.create(name="Other", kind="hashtags", words="#butter")
    about = {"campaign": str(engine.campaign().pk)}
    answer = offered(client_of(bob), "#", "r", **about)
    assert [(item["insert"].lower(), item["hint"]) for item in answer["items"]] == [
        ("#rye", "used 2 times lately"),
        ("#rugbraud", "used once lately"),
        ("#rye #oven", "The set “Evening”"),
    ]
    assert inserts(offered(client_of(bob), "#", "ev", **about)) == ["#rye #oven"]


def test_who_may_not_write_is_offered_nothing(
    carol: User, mallory: User, client_of: ClientOf, mastodon: Channel, stand_in: StandIn
) -> None:
    asked = {"sign": "@", "typed": "ann", "channel": mastodon.pk.hex}
    assert client_of(carol).get(reverse("posts:complete"), asked).status_code == 403
    assert client_of(mallory).get(reverse("posts:complete"), asked).status_code == 404
    assert searches(stand_in) == 0
