"""The networks that the kill test can be run on, each played by its own fake network.

What is live is read off the fake network at the end; posts are told apart by a word that only one of them has.
"""

from __future__ import annotations

import json
import re
import urllib.request
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from posts.networks.standins import bluesky, linkedin, mastodon, x
from posts.networks.standins.instagram import InstagramService
from posts.networks.standins.pinterest import PinterestService

MARK = re.compile(r"rye[0-9a-f]{12}")
"""What tells posts apart, in words that a network has."""
AT_ONCE = "1,3,6,12"
"""Seconds after which a network is looked at that tells at once what it has."""
LAGGING = "1,5,33,37,42"
"""And one whose readers may lag behind: before half a minute is over, a missing post proves nothing there."""


@dataclass(frozen=True, slots=True)
class Fake:
    """A network that is played: by which service, behind which settings of Aura, and a channel that leads there.

    `needs_pictures`: it takes no post without one. `fetches`: it fetches them from the web server. `looks`: when it is
    looked at after no clear answer.
    """

    network: str
    service: str
    hosts: tuple[str, ...]
    settings: dict[str, Any] = field(default_factory=dict)
    credential: dict[str, str] = field(default_factory=dict)
    needs_pictures: bool = False
    fetches: bool = False
    looks: str = AT_ONCE

    def environment(self, url: str) -> dict[str, str]:
        """Return the settings that lead Aura to the fake network."""
        return {f"AURA_{name}_URL": url for name in self.hosts} | {"AURA_RECONCILE_SECONDS": self.looks}

    def channel(self, url: str) -> tuple[dict[str, Any], dict[str, str]]:
        """Return settings and credential of a channel."""
        return {**self.settings, "server": url}, self.credential


class RoomyInstagram(InstagramService):
    """Instagram without its hundred posts a day: a test of faults is no test of quotas."""

    quota = 0


class RoomyPinterest(PinterestService):
    """Pinterest with pages as large as the real one's: two rows on a page are for tests of paging."""

    def __init__(self) -> None:
        super().__init__()
        self.page_size = 250


_META = {"access_token": "t-1"}
_LINKEDIN = "posts.networks.standins.linkedin:LinkedIn"
FAKES = {
    "mastodon": Fake(
        "mastodon",
        "posts.networks.standins.mastodon:Mastodon",
        (),
        {"account_id": "17", "username": "aurora"},
        {"access_token": mastodon.TOKEN},
    ),
    "bluesky": Fake(
        "bluesky",
        "posts.networks.standins.bluesky:Bluesky",
        ("BLUESKY", "BLUESKY_VIDEO"),
        {"handle": bluesky.HANDLE, "did": bluesky.DID},
        {"access_token": bluesky.Bluesky().token("com.atproto.appPass", 86_400)},
    ),
    "linkedin": Fake(
        "linkedin",
        _LINKEDIN,
        ("LINKEDIN",),
        {"speaks_as": "page", "author": next(iter(linkedin.PAGES))},
        {"access_token": "page-token"},
    ),
    "linkedin-member": Fake(
        "linkedin",
        _LINKEDIN,
        ("LINKEDIN",),
        {"speaks_as": "member", "author": linkedin.MEMBER},
        {"access_token": "member-token"},
    ),
    "x": Fake(
        "x",
        "posts.networks.standins.x:X",
        ("X",),
        {"account_id": x.ACCOUNT, "username": "aurora"},
        {"access_token": x.TOKEN},
    ),
    "facebook": Fake(
        "facebook",
        "posts.networks.standins.facebook:FacebookService",
        ("FACEBOOK", "FACEBOOK_UPLOAD", "FACEBOOK_VIDEO"),
        {"account_id": "17841", "page": "Rye & Co"},
        _META,
        looks=LAGGING,
    ),
    "threads": Fake(
        "threads",
        "posts.networks.standins.threads:ThreadsService",
        ("THREADS",),
        {"account_id": "17841", "username": "ryebread"},
        _META,
        fetches=True,
        looks=LAGGING,
    ),
    "instagram": Fake(
        "instagram",
        "bench.faults.networks:RoomyInstagram",
        ("INSTAGRAM", "FACEBOOK_UPLOAD"),
        {"account_id": "17841", "username": "ryebread"},
        _META,
        needs_pictures=True,
        fetches=True,
        looks=LAGGING,
    ),
    "pinterest": Fake(
        "pinterest",
        "bench.faults.networks:RoomyPinterest",
        ("PINTEREST",),
        {"account_id": "b-1", "board": "Bread", "username": "ryebread"},
        _META,
        needs_pictures=True,
        fetches=True,
        looks=LAGGING,
    ),
}
"""By what is asked for at the command line, beside the webhook and the sandbox."""
NAMES = ["sandbox", "webhook", *FAKES]


@dataclass(frozen=True, slots=True)
class Live:
    """What is live on a network: of which target, the network's own name for it, its files, and what it answers."""

    target: str
    name: str
    files: int
    answers: str


def live_on(url: str) -> list[dict[str, Any]]:
    """Return everything that is on a fake network, oldest first, as it tells it."""
    parts = urlsplit(url)
    with urllib.request.urlopen(f"{parts.scheme}://{parts.netloc}/_posts", timeout=20) as answer:
        told: list[dict[str, Any]] = json.load(answer)
    return told


def mark_of(number: int, part: str = "0") -> str:
    """Return the word that only this part ("0", "1", … or "c" for the comment) of this seeded post has."""
    return f"rye{part}{number:011x}"
