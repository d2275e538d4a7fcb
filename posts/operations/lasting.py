"""How long a channel's sign-in lasts, and when the channel wants attention next."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from posts.models import Channel
from posts.networks import get_network
from posts.networks.base import Network
from posts.networks.connecting import ends_at, renew_at

LEARN_EVERY = timedelta(days=1)
TOLD_AHEAD = timedelta(days=7)
"""How long before a person has to connect a channel again they are told so."""


def times_of(
    channel: Channel, network: Network, credential: Mapping[str, str], *, now: datetime
) -> dict[str, datetime | None]:
    """Return the columns of a channel that tell when its sign-in ends, for whom, and when it wants attention next."""
    learning, telling, ends = None, None, ends_at(credential)
    if learns(network):
        learning = now if channel.learned_at is None else channel.learned_at + LEARN_EVERY
    if ends is not None and ends > now and channel.end_told_for != ends:
        telling = ends - TOLD_AHEAD
    wanted = (renewal_at(network, credential), learning, telling)
    return {
        "access_ends_at": renew_at(credential, ahead=timedelta(0)),
        "ends_at": ends,
        "due_at": min((at for at in wanted if at is not None), default=None),
    }


def renewal_at(network: Network, credential: Mapping[str, str]) -> datetime | None:
    """Return when the network is asked for a new sign-in: ahead of the end, or at it where nothing can renew it."""
    ahead = network.renew_ahead if credential.get("refresh_token") else timedelta(0)
    return renew_at(credential, ahead=ahead)


def learns(network: Network) -> bool:
    """Tell whether a channel's own limits can be asked for."""
    return type(network).learn is not Network.learn


def keep_times(channel: Channel, credential: Mapping[str, str], *, now: datetime) -> list[str]:
    """Set the times of a channel that was connected just now; return the names of what was set."""
    network = get_network(channel.network)
    channel.learned_at = now if "learned" in channel.settings else None
    times = times_of(channel, network, credential, now=now)
    for name, at in times.items():
        setattr(channel, name, at)
    return ["learned_at", *times]
