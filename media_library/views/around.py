"""What stands around an asset on its page: its neighbours in the list one came from, a post to begin, and the talk."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from aura.kit import clock
from media_library import filters, lists
from media_library.models import Asset
from media_library.views.common import may_do, user_of
from workspaces.context import WRITE
from workspaces.talk import history_of, talk_about


def around(request: HttpRequest, asset: Asset) -> dict[str, Any]:
    """Return the way back to the list, and to what comes before and after in it; its filter is in the address."""
    asked = filters.read(request.GET)
    if asset.trashed_at is not None and asked.state != "trash":
        asked = filters.Filter(state="trash")
    before, later = lists.beside(asked, asked.rows(now=clock.now()), asset)

    def page_of(pk: uuid.UUID | None) -> str:
        return f"{reverse('media:detail', args=[pk])}{asked.trail}" if pk else ""

    goes_out = asset.kind in lists.SHOWN and asset.trashed_at is None and asset.status != Asset.Status.FAILED
    writes = goes_out and may_do(request, "edit_asset")
    return {
        "trail": asked.trail,
        "before": page_of(before),
        "later": page_of(later),
        "write_url": f"{WRITE.url}?{urlencode({'media': str(asset.pk)})}" if writes and WRITE.url else "",
    }


def talk_of(request: HttpRequest, asset: Asset) -> dict[str, Any]:
    """Return what was said about an asset and done with it; two queries."""
    role = request.membership.role  # type: ignore[attr-defined]
    trail = filters.read(request.GET).trail
    return {
        "talk": talk_about(asset, user_of(request), role=role, trail=trail),
        "history": history_of(asset),
    }
