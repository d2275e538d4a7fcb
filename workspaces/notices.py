"""The kinds of things a person is told, and what each of them has chosen to hear of, and where.

A kind is registered from `apps.py` by whatever has something to tell; the profile offers the choice:

    notices.register(Kind("post_failed", "A post of mine could not be sent", icon="circle-alert"))

Operations tell by `workspaces.operations.notify`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from workspaces.models import User


@dataclass(frozen=True, slots=True)
class Kind:
    """Something people are told. `label` says when, as its line on the profile; both ways are on unless said."""

    slug: str
    label: str
    icon: str = "bell"
    in_aura: bool = True
    by_mail: bool = True
    order: int = 0


@dataclass(frozen=True, slots=True)
class Wish:
    """Where a person wants to hear of one kind."""

    kind: Kind
    in_aura: bool
    by_mail: bool


_kinds: dict[str, Kind] = {}
_mails: ContextVar[bool] = ContextVar("notices_are_mailed", default=True)


def register(kind: Kind) -> None:
    """Make a kind known; from `apps.py`."""
    _kinds[kind.slug] = kind


def kinds() -> list[Kind]:
    """Return what people can be told, in the order of the profile."""
    return sorted(_kinds.values(), key=lambda kind: kind.order)


def get_kind(slug: str) -> Kind:
    """Return a kind. Raises KeyError for one that nobody has registered."""
    return _kinds[slug]


def icon_of(slug: str) -> str:
    """Return the icon of a kind, of one that is not told any more the bell."""
    return _kinds[slug].icon if slug in _kinds else "bell"


def wish_of(user: User, kind: Kind) -> Wish:
    """Return where a person wants to hear of a kind: as they chose, else as the kind says."""
    chosen = user.notices.get(kind.slug) if isinstance(user.notices, Mapping) else None
    in_aura, by_mail = chosen if isinstance(chosen, list) and len(chosen) == 2 else (None, None)
    return Wish(
        kind,
        in_aura if isinstance(in_aura, bool) else kind.in_aura,
        by_mail if isinstance(by_mail, bool) else kind.by_mail,
    )


def wishes_of(user: User) -> list[Wish]:
    """Return where a person wants to hear of each kind."""
    return [wish_of(user, kind) for kind in kinds()]


def are_mailed() -> bool:
    """Tell whether notices are mailed now."""
    return _mails.get()


@contextmanager
def without_mail() -> Iterator[None]:
    """Tell people in Aura only: for what is loaded by the hundred rather than done now."""
    token = _mails.set(False)
    try:
        yield
    finally:
        _mails.reset(token)


MENTION = Kind("mention", "Somebody mentions me", icon="message-circle", order=10)
REPLY = Kind("reply", "Somebody answers in a conversation I am part of", icon="message-circle", order=15)
COMMENT = Kind("comment", "Somebody comments on what I made", icon="message-circle", order=20)
WEBHOOK_TROUBLE = Kind(
    "webhook_trouble", "A webhook was switched off, or gave up on a message", icon="unplug", order=97
)
OF_TALK = [MENTION, REPLY, COMMENT]
TOKEN_MADE = Kind("token_made", "Somebody makes an API token (owners)", icon="key-round", order=95)
TOKEN_ENDING = Kind("token_ending", "An API token ends within a week", icon="key-round", order=96)
PROGRAM_ENDED = Kind(
    "program_ended", "A program of mine was signed out for safety", icon="shield-check", order=97
)
OF_TOKENS = [TOKEN_MADE, TOKEN_ENDING, PROGRAM_ENDED]
