"""Where assets are used: apps above register their concrete `Use` models here, from `apps.py`."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.db.models import Count, Exists, OuterRef

from media_library.models import Asset, Place, Reuse, Use
from workspaces.operation import Actor

Watcher = Callable[[Collection[uuid.UUID], Actor, datetime], AbstractContextManager[None]]


@dataclass(frozen=True)
class _Kind:
    model: type[Use]
    related: tuple[str, ...]

    @property
    def word(self) -> str:
        """What its places are, as `Place.kind` has it."""
        return self.model.SUBJECT


@dataclass(frozen=True)
class Start:
    """Something that can be begun with words of the library: its words, and the address that begins it."""

    words: str
    url: str


@dataclass(frozen=True)
class Change:
    """What becomes of one place when another asset takes the place of one: in words, and whether it `stays`."""

    place: Place
    words: str
    stays: bool = False


class Replacer(Protocol):
    """What an app above answers for the places it holds."""

    def plan(self, asset: Asset, other: Asset | None, *, by: Actor, limit: int) -> tuple[list[Change], int]:
        """Return what would become of the first `limit` places, and how many places there are.

        `other` None: it is not chosen yet. A fixed number of queries.
        """

    def replace(self, asset: Asset, other: Asset, *, by: Actor, now: datetime) -> int:
        """Do that, in the transaction of the operation; return how many places show the other one now."""


_kinds: dict[type[Use], _Kind] = {}
_replacers: list[Replacer] = []
_watchers: list[Watcher] = []
_starts: dict[str, Callable[[Asset], str]] = {}


def register(model: type[Use], *, select_related: Iterable[str] = ()) -> None:
    """Make a concrete `Use` known; `select_related` names what its `place()` reads, so that lists stay one query."""
    _kinds[model] = _Kind(model, tuple(select_related))


def register_start(words: str, address: Callable[[Asset], str]) -> None:
    """Offer on the page of words to begin something with them; `address` returns where."""
    _starts[words] = address


def starts_of(asset: Asset) -> list[Start]:
    """Return what can be begun with these words."""
    return [Start(words, address(asset)) for words, address in _starts.items()]


def places_of(asset: Asset, limit: int = 50) -> list[Place]:
    """Return where the asset is used, newest first within each kind of use; one query for each kind.

    Kinds are asked until there are as many places as the asset says it has uses.
    """
    places: list[Place] = []
    for number, kind in enumerate(_kinds.values()):
        if number and len(places) >= asset.use_count:
            break
        rows = kind.model.objects.filter(asset=asset).order_by("-id")
        if kind.related:
            rows = rows.select_related(*kind.related)
        places += [use.place() for use in rows[:limit]]
    return places


def counts_of(assets: Iterable[uuid.UUID]) -> dict[uuid.UUID, int]:
    """Return how often each of these assets is used (absent: never); one query for each kind of use."""
    ids = list(assets)
    counts: dict[uuid.UUID, int] = {}
    for kind in _kinds.values() if ids else ():
        rows = kind.model.objects.filter(asset__in=ids).order_by().values("asset_id").annotate(n=Count("pk"))
        for row in rows:
            counts[row["asset_id"]] = counts.get(row["asset_id"], 0) + row["n"]
    return counts


def recount(assets: Iterable[uuid.UUID], *, now: datetime) -> None:
    """Write on these assets how often they are used, and when that last grew.

    To be called by whatever adds or takes away uses, in its transaction; some queries for each kind of use, and an
    UPDATE for each number. Keeps the history (`Reuse`) as well.
    """
    ids = list(assets)
    counts = counts_of(ids)
    known = Asset.objects.filter(pk__in=ids).order_by("pk").values_list("pk", "use_count")
    for pk, before in known:
        count = counts.get(pk, 0)
        if count > before:
            Asset.objects.filter(pk=pk).update(use_count=count, last_used_at=now)
        elif count < before:
            Asset.objects.filter(pk=pk).update(use_count=count)
    for kind in _kinds.values():
        _write_down(kind, ids, now=now)


def _write_down(kind: _Kind, assets: list[uuid.UUID], *, now: datetime) -> None:
    """Begin and end the history of uses of one kind, so that it says what is so; three queries."""
    word, subject = kind.word, kind.model.SUBJECT
    open_ = Reuse.objects.filter(asset__in=assets, kind=word, ended_at=None)
    there = kind.model.objects.filter(asset=OuterRef("asset"), **{subject: OuterRef("subject")})
    open_.filter(~Exists(there)).update(ended_at=now)
    known = open_.filter(asset=OuterRef("asset"), subject=OuterRef(subject))
    new = kind.model.objects.filter(~Exists(known), asset__in=assets).order_by("pk")
    rows = new.select_related(*kind.related) if kind.related else new
    begun = []
    for use in rows:
        asset, thing, title = use.asset_id, getattr(use, f"{subject}_id"), use.place().title[:200]
        begun.append(Reuse(asset_id=asset, kind=word, subject=thing, title=title, began_at=now))
    Reuse.objects.bulk_create(begun)


def is_used(asset: Asset) -> bool:
    """Tell whether anything uses the asset, what is in the trash included (it could be restored)."""
    return any(kind.model.objects.filter(asset=asset).exists() for kind in _kinds.values())


def on_change(watcher: Watcher) -> None:
    """Register `watcher(assets, by, now)`: a context around the moment in which what these assets show changes.

    Entered before the assets are touched, so that it can lock what it holds and look at it; left in the same
    transaction, when they show something else. It lets go of what was promised on what was there (an approval).
    """
    _watchers.append(watcher)


@contextlib.contextmanager
def changing(assets: Collection[uuid.UUID], *, by: Actor, now: datetime) -> Iterator[None]:
    """Change what these assets show inside this context, in a transaction: whoever uses them is told."""
    with contextlib.ExitStack() as stack:
        for watcher in _watchers:
            stack.enter_context(watcher(assets, by, now))
        yield


def on_replace(replacer: Replacer) -> None:
    """Register what replaces assets in the places that an app holds."""
    _replacers.append(replacer)


def plan_of(asset: Asset, other: Asset | None, *, by: Actor, limit: int = 50) -> tuple[list[Change], int]:
    """Return what would become of the places of an asset if the other took its place, and how many there are."""
    changes: list[Change] = []
    total = 0
    for replacer in _replacers:
        some, count = replacer.plan(asset, other, by=by, limit=limit)
        changes, total = changes + some, total + count
    return changes, total


def replace(asset: Asset, other: Asset, *, by: Actor, now: datetime) -> int:
    """Let the other asset take the place of one, wherever that may change; return in how many places."""
    done = sum(replacer.replace(asset, other, by=by, now=now) for replacer in _replacers)
    recount([asset.pk, other.pk], now=now)
    return done
