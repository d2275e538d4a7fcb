"""How often a credential may call, by kind of call: `AURA_API_LIMITS` in the settings.

The counts are in the database, where one UPDATE with a condition is exact for all processes together. So that reading
does not cost a write each time, a process takes a few calls at once and hands them out: a limit is never exceeded, and
at the very end of one it may come a few calls early.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.conf import settings
from django.http.response import HttpResponseBase

from aura.kit.problems import TooMany
from workspaces.models import CallCount
from workspaces.scope import current_workspace

CALLS, PUBLISHING = "calls", "publishing"
_SHARE = 30  # a process takes a thirtieth of a limit at once
_HELD_AT_MOST = 2000

Window = tuple[UUID, str, str, datetime]
_held: dict[Window, tuple[int, int]] = {}
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Usage:
    """Where a credential stands: its limit, how many calls are left, and in how many seconds it begins anew."""

    kind: str
    limit: int
    seconds: int
    left: int
    resets_in: int

    def write_into(self, response: HttpResponseBase) -> None:
        """Say it in the headers of an answer (draft-ietf-httpapi-ratelimit-headers)."""
        response["RateLimit-Policy"] = f'"{self.kind}";q={self.limit};w={self.seconds}'
        response["RateLimit"] = f'"{self.kind}";r={self.left};t={self.resets_in}'


class OverLimit(TooMany):
    """One call more than a limit allows; `usage` says which."""

    def __init__(self, usage: Usage) -> None:
        per = {60: "a minute", 3600: "an hour"}.get(usage.seconds, f"{usage.seconds} seconds")
        super().__init__(
            f"That was more than {usage.limit} calls in {per}. Go on in {usage.resets_in} s.", usage.resets_in
        )
        self.usage = usage


def most(kind: str) -> int:
    """Return how many calls of a kind a credential has in its window."""
    calls: int = settings.AURA_API_LIMITS[kind][0]
    return calls


def count(holder: str, kind: str, *, now: datetime, times: int = 0) -> Usage:
    """Count one call in the open workspace. Raises OverLimit over the limit of its kind.

    With `times` so many are counted, all or none, and none is taken in hand: a transaction that is given up gives
    back what it counted, and what the process had in hand of that would be handed out all the same.
    """
    limit, seconds = settings.AURA_API_LIMITS[kind]
    stamp = now.timestamp()
    began = int(stamp) // seconds * seconds
    resets_in = int(began + seconds - stamp) + 1
    begins_at = datetime.fromtimestamp(began, UTC)
    window = (current_workspace().pk, holder, kind, begins_at)
    if times:
        counted = CallCount.add(holder, kind, begins_at, calls=times, most=limit)
        taken = None if counted is None else (counted, 0)
    else:
        taken = _from_hand(window) or _from_database(window, limit)
    if taken is None:
        raise OverLimit(Usage(kind, limit, seconds, 0, resets_in))
    counted, in_hand = taken
    return Usage(kind, limit, seconds, max(0, limit - counted + in_hand), resets_in)


def _from_hand(window: Window) -> tuple[int, int] | None:
    with _lock:
        counted, in_hand = _held.get(window, (0, 0))
        if in_hand == 0:
            return None
        _held[window] = counted, in_hand - 1
        return _held[window]


def _from_database(window: Window, limit: int) -> tuple[int, int] | None:
    _, holder, kind, begins_at = window
    for calls in dict.fromkeys((max(1, limit // _SHARE), 1)):
        counted = CallCount.add(holder, kind, begins_at, calls=calls, most=limit)
        if counted is not None:
            with _lock:
                if len(_held) > _HELD_AT_MOST:  # of windows that are over, mostly
                    _held.clear()
                there = _held.get(window, (0, 0))[1]
                _held[window] = counted, there + calls - 1
                return _held[window]
    return None
