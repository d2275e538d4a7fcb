"""Which tags assets have, changed for one or many alike; parts of operations."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.db.models import F, QuerySet

from media_library.models import Asset, AssetTag, Tag
from workspaces.prepared import Prepared


def _tags(**which: Any) -> QuerySet[Any, tuple[Any, ...]]:
    return AssetTag.objects.filter(**which).values_list("asset", "tag__name")


_TAGS_OF_ONE = Prepared(lambda asset: _tags(asset=asset))


def tags_of(assets: Iterable[Asset]) -> dict[uuid.UUID, set[str]]:
    """Return the names of the tags of each of these assets; one query."""
    found: dict[uuid.UUID, set[str]] = {asset.pk: set() for asset in assets}
    ids = list(found)
    for pk, name in _TAGS_OF_ONE.rows(ids[0]) if len(ids) == 1 else _tags(asset__in=ids):
        found[pk].add(name)
    return found


def change_tags(assets: Sequence[Asset], *, add: Collection[str], remove: Collection[str] = ()) -> None:
    """Add and take off tags, keep every tag's count, and drop tags that nothing has any more.

    A tag that is in both is added. The tags are locked first, in one order, so that two who tag the same at once
    count right.
    """
    tags = _held(add, remove)
    links = AssetTag.objects.filter(asset__in=[asset.pk for asset in assets], tag__in=list(tags.values()))
    there = {(link.asset_id, link.tag_id): link for link in links}
    adding = [tags[name].pk for name in add]
    removing = {tags[name].pk for name in remove if name in tags and name not in add}
    new = [
        AssetTag(asset=asset, tag_id=tag)
        for asset in assets
        for tag in adding
        if (asset.pk, tag) not in there
    ]
    gone = [link for (_, tag), link in there.items() if tag in removing]
    AssetTag.objects.bulk_create(new)
    AssetTag.objects.filter(pk__in=[link.pk for link in gone]).delete()
    change = Counter(link.tag_id for link in new)
    change.subtract(link.tag_id for link in gone)
    for tag, number in change.items():
        if number:
            Tag.objects.filter(pk=tag).update(asset_count=F("asset_count") + number)
    Tag.objects.filter(pk__in=list(removing), asset_count=0).delete()


def forget_tags(assets: Sequence[Asset]) -> None:
    """Take every tag off these, before they are deleted for good."""
    names = set().union(*tags_of(assets).values())
    if names:
        change_tags(assets, add=(), remove=names)


def _held(add: Collection[str], remove: Collection[str]) -> dict[str, Tag]:
    """Return these tags by their names, locked; those to add are made where there are none.

    One that lost its last asset while we waited for it is gone by then, and is made again.
    """
    while True:
        known = set(Tag.objects.filter(name__in=add).values_list("name", flat=True))
        Tag.objects.bulk_create([Tag(name=name) for name in sorted(set(add) - known)], ignore_conflicts=True)
        locked = Tag.objects.select_for_update().filter(name__in={*add, *remove}).order_by("name")
        tags = {tag.name: tag for tag in locked}
        if tags.keys() >= set(add):
            return tags
