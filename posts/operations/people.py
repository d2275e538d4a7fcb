"""Whom words may mention on a channel, asked of its network while somebody types: briefly, rarely, and remembered."""

from __future__ import annotations

import hashlib
import threading
from datetime import datetime

from django.core.cache import cache

from aura.kit.secrets import SecretUnreadable, unseal_dict
from posts.models import Channel
from posts.networks import UnknownNetwork, get_network
from posts.networks.base import Person, RetryAfter

SHORTEST = 2
"""Letters before a network is asked."""
LONGEST = 60
KEPT_SECONDS = 300
ASKED_PER_MINUTE = 20
"""Questions for one channel: its network counts them together with what publishes."""
RESTS_AT_MOST = 900
AT_ONCE = threading.BoundedSemaphore(2)
"""Threads of this process that may wait for networks: the others serve pages."""


def find_people(channel: Channel, typed: str, *, now: datetime) -> list[Person] | None:
    """Return accounts that begin as what is typed; None where the network cannot be asked, or not just now."""
    if not (SHORTEST <= len(typed) <= LONGEST and _answers(channel, now)):
        return None
    name = f"people:{channel.pk.hex}:"
    key = name + hashlib.sha256(typed.lower().encode()).hexdigest()[:32]
    known = cache.get(key)
    if known is not None:
        return [Person(*one) for one in known]
    if cache.get(name + "rests") or not _is_allowed(name) or not AT_ONCE.acquire(blocking=False):
        return None
    try:
        network = get_network(channel.network)
        found = network.find_people(typed, channel.settings, unseal_dict(channel.secret), now=now)
    except (UnknownNetwork, SecretUnreadable):
        return None
    finally:
        AT_ONCE.release()
    if not isinstance(found, list):
        seconds = found.seconds if isinstance(found, RetryAfter) else KEPT_SECONDS
        cache.set(name + "rests", True, min(max(seconds, 1), RESTS_AT_MOST))
        return None
    cache.set(key, [(one.handle, one.name) for one in found], KEPT_SECONDS)
    return found


def _answers(channel: Channel, now: datetime) -> bool:
    """Tell whether the channel is connected, and has not been asked to wait."""
    rests = channel.not_before is not None and channel.not_before > now
    usable = channel.status == Channel.Status.ACTIVE and channel.trashed_at is None
    return usable and not rests and not channel.is_signed_out(now)


def _is_allowed(name: str) -> bool:
    """Count one more question of this minute; the count may be off by a few where many ask at once."""
    cache.add(name + "asked", 0, 60)
    try:
        return cache.incr(name + "asked") <= ASKED_PER_MINUTE
    except ValueError:  # the minute ended in between
        return True
