"""Every network with accounts is connected from its page: there and back through its own stand-in, then tried."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from aura.kit import egress, secrets
from posts.models import Channel, NetworkApp
from posts.networks import connectable, get_network
from posts.networks.base import ConnectsBy
from posts.networks.standin import StandIn
from posts.networks.standins import (
    bluesky,
    facebook,
    graph,
    instagram,
    linkedin,
    mastodon,
    pinterest,
    threads,
    x,
)
from posts.networks.standins.service import Service
from workspaces.models import User, Workspace

pytestmark = pytest.mark.django_db(transaction=True)
META = (graph.APP_ID, graph.APP_SECRET)


@dataclass(frozen=True)
class Place:
    """One network's stand-in, the keys it knows an app by, and what is typed."""

    service: Callable[[], Service]
    keys: tuple[str, str] | None = None
    typed: dict[str, str] = field(default_factory=dict)


PLACES = {
    "mastodon": Place(mastodon.Mastodon),
    "x": Place(x.X, x.APP),
    "linkedin": Place(linkedin.LinkedIn, linkedin.APP, {"speaks_as": "page"}),
    "facebook": Place(facebook.FacebookService, META),
    "instagram": Place(instagram.InstagramService, META),
    "threads": Place(threads.ThreadsService, META),
    "pinterest": Place(pinterest.PinterestService, META),
}


@pytest.fixture(autouse=True)
def opened(scope: Workspace) -> Workspace:
    return scope


def test_every_network_that_asks_for_a_yes_is_connected_here() -> None:
    assert {one.slug for one in connectable() if one.connects_by is ConnectsBy.OAUTH} == set(PLACES)


@pytest.mark.parametrize("slug", PLACES)
def test_there_and_back(slug: str, settings: Any, alice: User, client_of: Callable[[User], Client]) -> None:
    place, network, browser = PLACES[slug], get_network(slug), client_of(alice)
    with StandIn(service=place.service()) as stand_in:
        settings.AURA_EGRESS_ALLOW = [stand_in.endpoint]
        url = f"http://{stand_in.endpoint}"
        settings.AURA_NETWORK_URLS = dict.fromkeys(settings.AURA_NETWORK_URLS, url)
        if place.keys:
            settings.AURA_NETWORK_APPS = {slug: place.keys}
        typed = {"server": url} if slug == "mastodon" else place.typed
        answer = browser.post(reverse("posts:channel_create", args=[slug]), typed)
        assert answer.status_code == 200, answer.content.decode()
        found = re.search(r'content="0; url=([^"]+)"', answer.content.decode())
        assert found
        page = egress.request("GET", unescape(found[1]))
        assert isinstance(page, egress.Response)
        assert page.status == 302, page.text
        back = urlsplit(page.headers["location"])
        assert back.path == "/connect/callback/"
        landed = browser.get(back.path, dict(parse_qsl(back.query)), follow=True)
        if "/pick/" in landed.redirect_chain[-1][0]:
            browser.post(landed.redirect_chain[-1][0], {"account": "0"})
        channel = Channel.objects.get(network=slug)
        assert channel.account_id
        assert channel.name
        credential = secrets.unseal_dict(channel.secret)
        assert credential["access_token"]
        assert credential["access_token"] not in channel.secret
        tested = browser.post(reverse("posts:channel_test", args=[channel.pk]), follow=True)
        assert {said.level_tag for said in tested.context["messages"]} == {"success"}
        assert network.name in browser.get(reverse("posts:channel", args=[channel.pk])).content.decode()
        kept = NetworkApp.objects.filter(network=slug).count()
        assert kept == (1 if slug == "mastodon" else 0)
        browser.post(reverse("posts:channel_reconnect", args=[channel.pk]))
        assert NetworkApp.objects.filter(network=slug).count() == kept, "Its keys are asked for once."


def test_a_password_is_tried_never_shown_and_never_kept(
    settings: Any, alice: User, client_of: Callable[[User], Client]
) -> None:
    browser = client_of(alice)
    create = reverse("posts:channel_create", args=["bluesky"])
    with StandIn(service=bluesky.Bluesky()) as stand_in:
        settings.AURA_EGRESS_ALLOW = [stand_in.endpoint]
        settings.AURA_NETWORK_URLS = dict.fromkeys(settings.AURA_NETWORK_URLS, f"http://{stand_in.endpoint}")
        form = {"handle": bluesky.HANDLE, "name": "", "brand": "", "password": "wrong-word"}
        wrong = browser.post(create, form)
        assert wrong.status_code == 422
        assert "wrong-word" not in wrong.content.decode()
        assert not Channel.objects.exists()
        browser.post(create, {**form, "password": bluesky.APP_PASSWORD})
        channel = Channel.objects.get()
        assert channel.account_id == bluesky.DID
        assert bluesky.HANDLE in channel.name
        assert bluesky.APP_PASSWORD not in str(secrets.unseal_dict(channel.secret))
        assert channel.due_at
        before = channel.secret
        again = reverse("posts:channel_reconnect", args=[channel.pk])
        assert browser.post(again, {"password": "wrong-word"}).status_code == 422
        assert Channel.objects.get().secret == before
        assert browser.post(again, {"password": bluesky.APP_PASSWORD}).status_code == 302
        assert Channel.objects.get().secret != before
