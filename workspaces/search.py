"""Search within a workspace: campaigns, posts and assets, and whatever else registers a kind.

Operations keep the entries, in their own transaction:

    search.index("post", post.pk, title=post.title, words=[post.caption, …])     # created, edited, restored
    search.forget("post", [post.pk])                                            # trashed, purged

Lists narrow themselves by `search.ids(...)`, the palette shows what `search.register(...)` builds.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from aura.kit import clock
from aura.kit import search as engine
from workspaces.models import SearchEntry
from workspaces.scope import current_workspace

MATCHES_AT_MOST = 1000
QUERY_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Found:
    """One row of the palette: `status` draws a glyph, `thumb` (a URL) a picture, `note` stands beside the title."""

    title: str
    url: str
    status: str = ""
    thumb: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """What can be found: `build` turns ids (newest first) into rows, with a fixed number of queries."""

    key: str
    heading: str
    icon: str
    build: Callable[[Sequence[uuid.UUID]], list[Found]]
    order: int = 0


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Make a kind known to the palette; from `apps.py`."""
    _kinds[kind.key] = kind


def kinds() -> list[Kind]:
    """Return what can be found, in the order the palette shows it."""
    return sorted(_kinds.values(), key=lambda kind: kind.order)


def _realm(kind: str) -> str:
    """Return what begins every token of this kind in the open workspace."""
    return engine.realm_of(current_workspace().pk.hex, kind)


def _number(object_id: uuid.UUID) -> int:
    """Return the first 63 bits of an id: for UUIDv7 its age, and so the order of the list."""
    return object_id.int >> 65


def entry(kind: str, object_id: uuid.UUID, *, title: str, words: Iterable[str] = ()) -> SearchEntry:
    """Return the entry of an object, not saved: for `index`, and for loading many with bulk_create."""
    text = " ".join([title, *words])
    return SearchEntry(
        kind=kind,
        object_id=object_id,
        number=_number(object_id),
        title=title.replace("\x00", "")[:200],
        words=engine.document(text, _realm(kind)),
    )


def index(kind: str, object_id: uuid.UUID, *, title: str, words: Iterable[str] = ()) -> None:
    """Write or renew what an object is found by; call it in the transaction that changed the object."""
    _keep(entry(kind, object_id, title=title, words=words))


def _keep(new: SearchEntry) -> None:
    kind, object_id = new.kind, new.object_id
    changed = SearchEntry.objects.filter(kind=kind, object_id=object_id).update(
        title=new.title, words=new.words, changed_at=clock.now()
    )
    while not changed:
        try:
            with transaction.atomic():
                new.save(force_insert=True)
            return
        except (
            IntegrityError
        ):  # two processes made an id in the same quarter of a microsecond: stand beside it
            if SearchEntry.objects.filter(kind=kind, object_id=object_id).exists():
                raise
            new.number += 1


def index_many(entries: Sequence[SearchEntry]) -> None:
    """Write or renew many entries (made by `entry`) at once: for what comes back from the trash, and for imports."""
    try:
        with transaction.atomic():
            SearchEntry.objects.bulk_create(
                entries,
                batch_size=500,
                update_conflicts=True,
                unique_fields=["workspace", "kind", "object_id"],
                update_fields=["title", "words", "changed_at"],
            )
    except IntegrityError:  # two of them are of the same instant: one by one, they stand beside each other
        for new in entries:
            _keep(new)


def forget(kind: str, object_ids: Collection[uuid.UUID]) -> None:
    """Let these objects be found no more."""
    if object_ids:
        SearchEntry.objects.filter(kind=kind, object_id__in=list(object_ids)).delete()


def ids(
    kind: str, query: str, limit: int = MATCHES_AT_MOST, before: uuid.UUID | None = None
) -> list[uuid.UUID]:
    """Return the ids of the newest objects of a kind that match, at most `limit`, newest first.

    Lists write `.filter(pk__in=search.ids("post", query))` and stay free to sort and page: the cost is bounded by
    `limit`, so of more matches than that only the newest take part. `before` gives the next page of the search itself.
    """
    return engine.newest(
        SearchEntry._meta.db_table,
        query[:QUERY_LENGTH],
        realm=_realm(kind),
        where=("workspace_id", current_workspace().pk),
        limit=limit,
        before=None if before is None else _number(before),
    )


def find(query: str, limit: int = 6) -> list[tuple[Kind, list[Found]]]:
    """Return what matches by kind, at most `limit` of each, kinds without a match left out."""
    groups = ((kind, kind.build(ids(kind.key, query, limit))) for kind in kinds())
    return [(kind, rows) for kind, rows in groups if rows]
