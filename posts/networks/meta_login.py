"""Connecting to Meta's networks: a code for a token of an hour, and that for one of sixty days.

None of them knows PKCE; `state` and the app's secret guard the way.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aura.kit import egress
from posts.networks import graph, oauth
from posts.networks.calling import answered
from posts.networks.connecting import AppKeys, Renewed, lasts_until, merged
from posts.networks.graph import Door
from posts.networks.refusing import settled
from posts.networks.values import Rejected, RetryAfter

Said = dict[str, Any] | Rejected | RetryAfter


def page(url: str, app: AppKeys, scopes: tuple[str, ...], *, redirect_uri: str, state: str) -> str:
    """Return the address where a person says yes."""
    return oauth.consent_page(url, app, scope=",".join(scopes), redirect_uri=redirect_uri, state=state)


def bare(code: str) -> str:
    """Return the code without what Meta hangs on to it in the address."""
    return code.removesuffix("#_")


def granted(result: egress.Result, name: str) -> dict[str, Any] | Rejected:
    """Return what an answer to a code holds. Instagram wraps it in a list."""
    if isinstance(result, egress.Response) and 400 <= result.status < 500 and result.status != 429:
        graph.Problem.of(result, name)
        return Rejected(
            f"{name} did not accept the connection.",
            "bad_code",
            "Begin again. If it happens twice, compare the keys and the callback address of the app.",
        )
    said = answered(result) if isinstance(result, egress.Response) and result.ok else {}
    wrapped = said.get("data")
    if isinstance(wrapped, list) and wrapped and isinstance(wrapped[0], dict):
        said = wrapped[0]
    return said if said.get("access_token") else settled(RetryAfter(60, f"{name} gave no complete answer."))


def credential(said: Mapping[str, Any], *, now: datetime) -> dict[str, str]:
    """Return what is kept of a long-lived token. It renews itself, so it stands for both."""
    token = str(said.get("access_token") or "")
    return {
        "access_token": token,
        "refresh_token": token,
        "expires_at": lasts_until(now, said.get("expires_in")),
    }


def renewed(door: Door, path: str, grant: str, old: Mapping[str, str]) -> Renewed | Rejected | RetryAfter:
    """Renew a token of sixty days by itself."""
    said = door.ask(path, grant_type=grant)
    if not isinstance(said, dict):
        return said
    if not said.get("access_token"):
        return RetryAfter(3600, f"{door.name} renewed the access without saying how.")
    return Renewed(merged(old, credential(said, now=door.now)))
