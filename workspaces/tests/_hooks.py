"""What the tests of webhooks start from: a webhook that leads to a real receiver, and ways to let time pass."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from aura.kit import clock, jobs
from aura.kit.testing import just_now
from campaigns.models import Brand, Campaign
from campaigns.operations import create_campaign
from posts.networks.standin import StandIn
from workspaces.models import WebhookDelivery, WebhookEndpoint
from workspaces.operation import SYSTEM, Actor
from workspaces.operations import create_webhook
from workspaces.operations.webhooks import DELIVER

EVENTS = ["campaign.created", "post.scheduled", "post.published", "post.failed"]


def hook(receiver: StandIn, **fields: Any) -> WebhookEndpoint:
    made = WebhookEndpoint(**{"url": receiver.url, "events": EVENTS, **fields})
    return create_webhook(made, by=SYSTEM)


def campaign(name: str = "Rye", *, by: Actor = SYSTEM) -> Campaign:
    """Make a campaign by its operation, which is an event."""
    brand = Brand.objects.filter(name="Barrow & Rye").first() or Brand.objects.create(name="Barrow & Rye")
    return create_campaign(Campaign(name=name, brand=brand), voice_tags=[], tags=[], now=clock.now(), by=by)


def message(endpoint: WebhookEndpoint, **fields: Any) -> WebhookDelivery:
    """A message that waits."""
    given = {"event": "post.failed", "about": "Rye", "body": '{"type":"post.failed"}', "due_at": just_now()}
    return WebhookDelivery.objects.create(endpoint=endpoint, **{**given, **fields})


def send(delivery: WebhookDelivery) -> WebhookDelivery:
    """Let a message be due and its webhook rested, run the task once, return the message as it is then."""
    WebhookEndpoint.objects.filter(pk=delivery.endpoint_id).update(rests_until=None)
    WebhookDelivery.objects.filter(pk=delivery.pk, status="pending").update(due_at=just_now())
    jobs.run_one(DELIVER, delivery.workspace_id, delivery.pk)
    return fresh(delivery)


def fresh(delivery: WebhookDelivery) -> WebhookDelivery:
    return WebhookDelivery.objects.select_related("endpoint").get(pk=delivery.pk)


def begun(delivery: WebhookDelivery, *, days: int) -> None:
    """Let a message have been tried for so many days."""
    WebhookDelivery.objects.filter(pk=delivery.pk).update(since=clock.now() - timedelta(days=days))
