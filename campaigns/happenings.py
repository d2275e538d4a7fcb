"""What programs are told of campaigns (workspaces.events)."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from campaigns.models import Campaign
from workspaces.events import Facts, Kind
from workspaces.operations import absolute_url


def facts_of_campaigns(ids: Collection[uuid.UUID]) -> list[Facts]:
    """Return what is told of these campaigns, without their briefs; one query."""
    return [
        {
            "id": str(campaign.pk),
            "url": absolute_url(campaign.get_absolute_url()),
            "name": campaign.name,
            "status": campaign.status,
            "brand": {"id": str(campaign.brand_id), "name": campaign.brand.name},
            "start_date": campaign.start_date.isoformat() if campaign.start_date else None,
            "end_date": campaign.end_date.isoformat() if campaign.end_date else None,
            "started_at": campaign.started_at.isoformat() if campaign.started_at else None,
            "completed_at": campaign.completed_at.isoformat() if campaign.completed_at else None,
            "version": campaign.version,
        }
        for campaign in Campaign.objects.filter(pk__in=ids).select_related("brand").order_by("pk")
    ]


def _campaign(name: str, label: str, *after: str) -> Kind:
    return Kind(f"campaign.{name}", label, "Campaigns", facts_of_campaigns, after)


KINDS = [
    _campaign("created", "A campaign was made", "campaigns.create_campaign", "campaigns.duplicate_campaign"),
    _campaign("started", "A campaign was started", "campaigns.start_campaign"),
    _campaign("completed", "A campaign was completed", "campaigns.complete_campaign"),
    _campaign("archived", "A campaign was archived", "campaigns.archive_campaign"),
]
