"""How assets look in the palette's search."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from media_library.models import Asset
from workspaces.search import Found, Kind


def build(ids: Sequence[uuid.UUID]) -> list[Found]:
    """Return a row for each asset, in the order of the ids; two queries."""
    assets = Asset.objects.filter(pk__in=list(ids), trashed_at=None)
    found = {
        asset.pk: asset for asset in assets.select_related("current").prefetch_related("current__renditions")
    }
    rows = []
    for pk in ids:
        if asset := found.get(pk):
            thumb = asset.thumb
            rows.append(
                Found(
                    asset.title,
                    asset.get_absolute_url(),
                    thumb=thumb.get_absolute_url() if thumb else "",
                    note=str(asset.Kind(asset.kind).label) if asset.is_text else "",
                )
            )
    return rows


KIND = Kind("asset", "Media", "images", build, order=30)
