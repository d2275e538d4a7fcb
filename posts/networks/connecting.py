"""How a channel gets its credential and keeps it: values between a network and whoever connects it.

A credential is a flat dictionary of strings, sealed at rest. The names everybody agrees on:

=====================  ===========================================================================================
`access_token`         what calls are made with
`refresh_token`        what renews it; kept when a renewal answers with none or a blank one
`expires_at`           when `access_token` ends (ISO 8601, UTC); missing: it does not end
`refresh_expires_at`   when `refresh_token` ends; missing: not known, or never
`scope`                what was granted, separated by spaces
=====================  ===========================================================================================

An adapter may keep more under names of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

Credential = Mapping[str, str]


class ConnectsBy(StrEnum):
    """What a person does to connect a channel."""

    FORM = "form"
    """Fills in the settings form; secrets, if any, are made by Aura."""
    PASSWORD = "password"  # noqa: S105 - a way to connect, no secret
    """Fills in the settings form and `sign_in_form`, whose answers are secrets; `sign_in` tries them."""
    OAUTH = "oauth"
    """Goes to the network, says yes there, and comes back with a code."""


@dataclass(frozen=True, slots=True)
class AppKeys:
    """What the network knows this Aura by: entered by an owner, given by the environment, or made by `register_app`."""

    client_id: str
    client_secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Account:
    """One account that a connection may speak for. `id` is the network's own name, `name` what people call it.

    `settings` and `credential` become the channel's. Who connects picks one where there are several (Pages).
    """

    id: str
    name: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    credential: Credential = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Connected:
    """The network said yes, for these accounts (at least one)."""

    accounts: tuple[Account, ...]


@dataclass(frozen=True, slots=True)
class Renewed:
    """A fresh credential, whole: it replaces the old one. See `merged`."""

    credential: Credential = field(repr=False)


_ENDS = {"access_token": "expires_at", "refresh_token": "refresh_expires_at"}


def merged(old: Credential, fresh: Credential) -> dict[str, str]:
    """Return the old credential with the fresh values in it; a blank value never overwrites one that is there.

    The end of a token goes with the token: a fresh one that comes without an end has none, not its predecessor's.
    """
    told = {name: value for name, value in fresh.items() if value}
    replaced = {end for token, end in _ENDS.items() if token in told and told[token] != old.get(token)}
    return {**{name: value for name, value in old.items() if name not in replaced}, **told}


def lasts_until(now: datetime, seconds: object) -> str:
    """Return `expires_at` for what a network says lasts so many seconds; "" where it says nothing usable."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float | str):
        return ""
    try:
        return (now + timedelta(seconds=int(seconds))).isoformat()
    except (ValueError, OverflowError):
        return ""


def renew_at(credential: Credential, *, ahead: timedelta = timedelta(hours=1)) -> datetime | None:
    """Return when the access token should be renewed: `ahead` of its end. None where it does not end."""
    ends = credential.get("expires_at", "")
    return datetime.fromisoformat(ends) - ahead if ends else None


def ends_at(credential: Credential) -> datetime | None:
    """Return when a person has to connect again, None where that is not foreseeable.

    That is the end of the refresh token where its end is known, else of an access token that nothing renews.
    """
    name = "refresh_expires_at" if credential.get("refresh_token") else "expires_at"
    ends = credential.get(name, "")
    return datetime.fromisoformat(ends) if ends else None
