"""What is kept about one asset beside its files, for its page: tags, albums, and where it was put to use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import CharField, Count, DateTimeField, IntegerField, Subquery, Value
from django.db.models.functions import Cast

from media_library.models import Album, AlbumAsset, Asset, AssetTag, Reuse

USES_SHOWN = 12


@dataclass(frozen=True)
class Reused:
    """The history of an asset in short: how often it was put to use, when last, and where, newest first.

    What is no more counts, too.
    """

    reused_count: int
    last_reused_at: datetime | None
    reuse_context: list[Reuse]


def kept_about(asset: Asset) -> dict[str, Any]:
    """Return the names of an asset's tags, the albums it is in, each by name, and its uses as `reused`; one query."""
    no_time, no_words, no_number = Cast(Value(None), DateTimeField()), Value("", CharField()), Value(0)
    blank = (no_words, no_time, no_time, no_number)
    tags = (
        AssetTag.objects.filter(asset=asset)
        .order_by()
        .values_list(Value("tag"), "tag_id", "tag__name", *blank)
    )
    albums = AlbumAsset.objects.filter(asset=asset).order_by()
    uses = Reuse.objects.filter(asset=asset)
    all_of_them = uses.order_by().values("asset").annotate(number=Count("pk")).values("number")
    # By their ids, because SQLite cuts no part of a union short.
    newest = Reuse.objects.filter(
        pk__in=uses.order_by("-began_at", "-id").values("pk")[:USES_SHOWN]
    ).order_by()
    number = Subquery(all_of_them, output_field=IntegerField())
    rows = tags.union(
        albums.values_list(Value("album"), "album_id", "album__name", *blank),
        newest.values_list(Value("use"), "id", "title", "kind", "began_at", "ended_at", number),
        all=True,
    )
    found = sorted(rows, key=lambda row: row[2].casefold())
    used = [
        (Reuse(pk=pk, title=title, kind=kind, began_at=began, ended_at=ended), in_all)
        for what, pk, title, kind, began, ended, in_all in found
        if what == "use"
    ]
    used.sort(key=lambda one: (one[0].began_at, one[0].pk), reverse=True)
    shown = [use for use, _ in used]
    return {
        "tags": [name for what, _, name, *_ in found if what == "tag"],
        "albums": [Album(id=pk, name=name) for what, pk, name, *_ in found if what == "album"],
        "reused": Reused(used[0][1] if used else 0, shown[0].began_at if shown else None, shown),
    }
