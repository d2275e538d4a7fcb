"""Connecting with the adapters of networks, from the settings to a tested channel, each against its fake."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from aura.kit import egress
from posts.models import Channel
from posts.networks.standin import StandIn
from posts.networks.standins.facebook import FacebookService
from posts.networks.standins.graph import APP_ID, APP_SECRET
from posts.networks.standins.instagram import InstagramService
from posts.networks.standins.pinterest import PinterestService
from posts.networks.standins.threads import ThreadsService
from workspaces.models import User, Workspace
from workspaces.scope import use_workspace

pytestmark = pytest.mark.django_db(transaction=True)
Browser = Callable[[User], Client]

SERVICES = {
    "facebook": (FacebookService, ["Rye & Co", "Rolls"]),
    "instagram": (InstagramService, ["@ryebread"]),
    "threads": (ThreadsService, ["@ryebread"]),
    "pinterest": (PinterestService, ["Bread (@ryebread)", "Rolls (@ryebread)", "Cakes (@ryebread)"]),
}


@pytest.mark.parametrize("slug", list(SERVICES))
def test_a_channel_is_connected_and_answers_its_test(
    slug: str, alice: User, client_of: Browser, scope: Workspace, settings: Any
) -> None:
    make, names = SERVICES[slug]
    browser = client_of(alice)
    with StandIn(service=make()) as stand_in, use_workspace(scope):
        settings.AURA_EGRESS_ALLOW = [stand_in.endpoint]
        settings.AURA_NETWORK_URLS = dict.fromkeys(settings.AURA_NETWORK_URLS, f"http://{stand_in.endpoint}")
        settings.AURA_NETWORK_APPS = {slug: [APP_ID, APP_SECRET]}
        way = browser.post(reverse("posts:channel_create", args=[slug]), {}).content.decode()
        found = re.search(r'content="0; url=([^"]+)"', way)
        assert found
        page = egress.request("GET", unescape(found[1]))
        assert isinstance(page, egress.Response)
        assert page.status == 302
        back = urlsplit(page.headers["location"])
        carried = {name: values[0] for name, values in parse_qs(back.query).items()}
        answer = browser.get(back.path, carried, follow=True)
        if len(names) > 1:
            place = answer.redirect_chain[-1][0]
            assert all(name.replace("&", "&amp;") in answer.content.decode() for name in names)
            browser.post(place, {"account": ["1"]})
        channel = Channel.objects.get()
        assert channel.name == names[-1 if len(names) == 1 else 1]
        tested = browser.post(reverse("posts:channel_test", args=[channel.pk]), follow=True)
        assert "The channel works." in tested.content.decode()
