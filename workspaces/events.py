"""The kinds of events that programs can be told of, by webhooks; whatever has one to tell registers it in `apps.py`.

    events.register(Kind("post.failed", "A post could not be sent", "Posts", facts_of_posts))

Where an event is what an operation does, `after` names the operation, and nothing more is needed. Other code says
`workspaces.operations.happened("post.failed", [post.pk])` in the transaction in which it happens.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

Facts = dict[str, Any]
"""What is told of a thing: JSON, with its `id`, its `url` in Aura and its `name`; thin, and never a secret."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Something that happens. `label` says it in words, `group` is the room it belongs to on the form.

    `facts` returns what is told of the things with these ids, as they are now, in a number of queries that does not
    depend on how many they are. `after`: operations by which it happens, if `holds` says so of the facts.
    """

    name: str
    label: str
    group: str
    facts: Callable[[Collection[uuid.UUID]], list[Facts]]
    after: tuple[str, ...] = ()
    holds: Callable[[Facts], bool] | None = None


_kinds: dict[str, Kind] = {}
_after: dict[str, list[Kind]] = {}


def register(kind: Kind) -> None:
    """Make a kind known; from `apps.py`. Raises ValueError when the name is taken."""
    if kind.name in _kinds:
        raise ValueError(f"The event {kind.name} is registered twice.")
    _kinds[kind.name] = kind
    for verb in kind.after:
        _after.setdefault(verb, []).append(kind)


def kinds() -> list[Kind]:
    """Return every kind, as they were registered."""
    return list(_kinds.values())


def get_kind(name: str) -> Kind:
    """Return a kind. Raises KeyError for one that nobody has registered."""
    return _kinds[name]


def label_of(name: str) -> str:
    """Return what an event is in words; one that is not told any more is its name."""
    return _kinds[name].label if name in _kinds else TEST_LABEL if name == TEST else name


def kinds_after(verb: str) -> list[Kind]:
    """Return what may have happened by an operation."""
    return _after.get(verb, [])


TEST = "webhook.test"
TEST_LABEL = "A test"
