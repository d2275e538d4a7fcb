"""Campaigns as search shows them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from campaigns.models import Campaign
from workspaces.search import Found, Kind


def build(ids: Sequence[uuid.UUID]) -> list[Found]:
    """Return the campaigns with these ids that are not in the trash, in the order given; one query."""
    rows = Campaign.objects.filter(pk__in=ids, trashed_at=None).select_related("brand")
    by_id = {campaign.pk: campaign for campaign in rows}
    return [
        Found(one.name, one.get_absolute_url(), status=one.standing, note=one.brand.name)
        for one in (by_id.get(pk) for pk in ids)
        if one is not None
    ]


KIND = Kind("campaign", "Campaigns", "megaphone", build, order=10)
