"""Narrows assets to what tags and an album hold, so that a page stays quick however many hang on a tag.

What few assets have is looked up, and the assets with it are put in order. What many have is not: the assets are walked
in the order that is asked for, and each is probed until the page is full; by age, between the oldest and the newest
that have it.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from media_library.models import Album, AlbumAsset, Asset, AssetTag, Tag

FEW = 10_000
FEW_TOGETHER = 30_000  # where several have to meet: they meet in their indexes, before any asset is looked up


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

    One query for the tags, two for the album, before anything is asked of the assets.
    """
    holders = []
    if tags:
        known = list(Tag.objects.filter(name__in=tags))
        if len(known) < len(set(tags)):
            return rows.none()
        holders += [_Holder(AssetTag.objects.filter(tag=tag), tag.asset_count) for tag in known]
    if album:
        entries = AlbumAsset.objects.filter(album__in=album_and_below(album))
        holders.append(_Holder(entries, entries.order_by()[: FEW_TOGETHER + 1].count()))
    if not holders:
        return rows
    holders.sort(key=lambda holder: holder.size)
    fewest, *others = (holder.links.order_by() for holder in holders)
    if holders[0].size <= (FEW_TOGETHER if others else FEW):
        for links in others:
            fewest = fewest.filter(Exists(links.filter(asset=OuterRef("asset"))))
        return rows.filter(pk__in=fewest.values("asset"))
    for links in (fewest, *others):
        rows = rows.filter(Exists(links.filter(asset=OuterRef("pk"))))
        if by_age:
            rows = rows.filter(
                pk__gte=Subquery(links.order_by("asset").values("asset")[:1]),
                pk__lte=Subquery(links.order_by("-asset").values("asset")[:1]),
            )
    return rows


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
