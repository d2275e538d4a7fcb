"""What programs are told of assets (workspaces.events)."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from media_library.models import Asset
from workspaces.events import Facts, Kind
from workspaces.operations import absolute_url


def facts_of_assets(ids: Collection[uuid.UUID]) -> list[Facts]:
    """Return what is told of these assets: no file, and no link that opens one without signing in; one query."""
    return [
        {
            "id": str(asset.pk),
            "url": absolute_url(asset.get_absolute_url()),
            "name": asset.title,
            "kind": asset.kind,
            "status": asset.status,
            "problem": asset.failure,
            "size": asset.size,
            "width": asset.width,
            "height": asset.height,
        }
        for asset in Asset.objects.filter(pk__in=ids).order_by("pk")
    ]


READY, FAILED = "asset.ready", "asset.failed"
KINDS = [
    Kind(READY, "Media is ready to be used", "Media", facts_of_assets, ("media_library.write_words",)),
    Kind(FAILED, "Media could not be read", "Media", facts_of_assets),
]
