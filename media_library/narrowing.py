"""Narrows assets to what tags and an album hold, so that a page stays quick however many hang on a tag.

What few assets have is looked up, and the assets with it are put in order. What many have is not: the assets are walked
in the order that is asked for, and each is probed until the page is full; by age, between the oldest and the newest
that have it. PostgreSQL chooses between the two by itself, from its statistics; SQLite gathers whatever stands in IN.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from media_library.models import Album, AlbumAsset, Asset, AssetTag, Tag

FEW = 25_000
VERY_FEW = 5_000


@dataclass(frozen=True)
class _Holder:
    """What holds assets, by its rows (`asset` is one of their fields), and how many these are at most."""

    links: QuerySet[Any]
    size: int


def narrow(
    rows: QuerySet[Asset], *, tags: Sequence[str], album: uuid.UUID | None, by_age: bool
) -> QuerySet[Asset]:
    """Return those of `rows` that have every one of these tags and lie in the album or one in it.

    `by_age` says that they are put in order by their age; the edges would lead another order to the wrong index.

    One query for the tags and two for the album, before anything is asked of the assets.
    """
    holders = []
    if tags:
        known = list(Tag.objects.filter(name__in=tags))
        if len(known) < len(set(tags)):
            return rows.none()
        holders += [_Holder(AssetTag.objects.filter(tag=tag), tag.asset_count) for tag in known]
    if album:
        entries = AlbumAsset.objects.filter(album__in=album_and_below(album))
        holders.append(_Holder(entries, FEW + 1 if _plans() else entries.order_by()[: FEW + 1].count()))
    if not holders:
        return rows
    holders.sort(key=lambda holder: holder.size)
    fewest, *others = (holder.links.order_by() for holder in holders)
    if _plans() or holders[0].size <= FEW:  # several meet in their indexes, before any asset is looked up
        for links in others:
            fewest = fewest.filter(Exists(links.filter(asset=OuterRef("asset"))))
        found = fewest.values("asset")
        # As in few_first: where very few stand anywhere in the order, PostgreSQL is not to hope for the best.
        return rows.filter(pk__in=found if by_age or holders[0].size > VERY_FEW else found[:VERY_FEW])
    for links in (fewest, *others):
        rows = rows.filter(Exists(links.filter(asset=OuterRef("pk"))))
        if by_age:
            rows = rows.filter(
                pk__gte=Subquery(links.order_by("asset").values("asset")[:1]),
                pk__lte=Subquery(links.order_by("-asset").values("asset")[:1]),
            )
    return rows


def _plans() -> bool:
    """Tell whether the database chooses by itself how it looks."""
    return connection.vendor == "postgresql"


def few_first(rows: QuerySet[Asset], condition: Q) -> QuerySet[Asset]:
    """Narrow by a condition that has an index of its own, for an order that has another.

    What few fulfil is gathered: walking the order in the hope of meeting them reads everything where they are rare.
    The limit keeps PostgreSQL from making one query of the two again. One query more.
    """
    found = Asset.objects.filter(condition, trashed_at=None).order_by()
    if found[: FEW + 1].count() > FEW:
        return rows.filter(condition)
    return rows.filter(pk__in=found.values("pk")[:FEW])


def album_and_below(album: uuid.UUID) -> list[uuid.UUID]:
    """Return the album and every album in it, at any depth; one query."""
    below: dict[uuid.UUID | None, list[uuid.UUID]] = {}
    for pk, parent in Album.objects.order_by().values_list("pk", "parent_id"):
        below.setdefault(parent, []).append(pk)
    found = {album: None}
    left = [album]
    while left:  # each once: two who move albums into each other at the same moment close a circle
        new = [pk for pk in below.get(left.pop(), []) if pk not in found]
        found |= dict.fromkeys(new)
        left += new
    return list(found)
