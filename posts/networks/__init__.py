"""The outside of publishing: one module per network behind the contract of `base.py`, found here by slug."""

from __future__ import annotations

from posts.networks.base import Network
from posts.networks.bluesky import Bluesky
from posts.networks.by_hand import ByHand
from posts.networks.facebook import Facebook
from posts.networks.facts import NAMES, OWN
from posts.networks.instagram import Instagram
from posts.networks.linkedin import LinkedIn
from posts.networks.mastodon import Mastodon
from posts.networks.pinterest import Pinterest
from posts.networks.sandbox import Sandbox
from posts.networks.threads import Threads
from posts.networks.webhook import Webhook
from posts.networks.x import X


class UnknownNetwork(LookupError):
    """No adapter of this name is built in."""


_NETWORKS: dict[str, Network] = {
    network.slug: network
    for network in (
        Sandbox(),
        Webhook(),
        Mastodon(),
        LinkedIn(),
        Bluesky(),
        Facebook(),
        Instagram(),
        Threads(),
        X(),
        Pinterest(),
        ByHand(),
    )
}


def get_network(slug: str) -> Network:
    """The adapter called `slug`. Raises UnknownNetwork."""
    try:
        return _NETWORKS[slug]
    except KeyError:
        raise UnknownNetwork(f"There is no network called {slug}.") from None


def connectable() -> list[Network]:
    """Every network a person can connect a channel to, in the order they are offered: Aura's own come last."""
    order = [*NAMES, *_NETWORKS]
    return sorted(_NETWORKS.values(), key=lambda one: (one.slug in OWN, order.index(one.slug)))
