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

MARK = re.compile(r"rye[0-9a-f]{12}")
"""What tells posts apart, in words that a network has."""


@dataclass(frozen=True, slots=True)
class Fake:
    """A network that is played: by which service, behind which settings of Aura, and a channel that leads there."""

    network: str
    service: str
    hosts: tuple[str, ...]
    settings: dict[str, Any] = field(default_factory=dict)
    credential: dict[str, str] = field(default_factory=dict)

    def environment(self, url: str) -> dict[str, str]:
        """Return the settings that lead Aura to the fake network."""
        return {f"AURA_{name}_URL": url for name in self.hosts}

    def channel(self, url: str) -> tuple[dict[str, Any], dict[str, str]]:
        """Return settings and credential of a channel."""
        return {**self.settings, "server": url}, self.credential


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
    ),
    "threads": Fake(
        "threads",
        "posts.networks.standins.threads:ThreadsService",
        ("THREADS",),
        {"account_id": "17841", "username": "ryebread"},
        _META,
    ),
}
"""By what is asked for at the command line. Instagram takes no post without a file, and the kill test writes words."""


def live_on(url: str) -> list[str]:
    """Return the marks of everything that is on a fake network, each as often as it is there."""
    parts = urlsplit(url)
    with urllib.request.urlopen(f"{parts.scheme}://{parts.netloc}/_posts", timeout=20) as answer:
        return [found.group() for one in json.load(answer) if (found := MARK.search(str(one["body"])))]
