"""The calls of webhooks, and of what was sent to them. As on their pages, owners and admins alone read them."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from aura.kit.paging import Sort
from workspaces import operations
from workspaces.api.binding import Takes
from workspaces.api.calls import Call, Resource
from workspaces.api.paging import Listing
from workspaces.api.schemas import ID, INSTANT, ListQuery, OneOf, Shown
from workspaces.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from workspaces.roles import Role
from workspaces.webhook_form import WebhookForm

webhooks = Resource(
    "webhooks",
    about="A webhook is an address that is told what happens in a workspace, by signed messages (docs/webhooks.md).",
)

OLDEST = Sort("oldest", "Oldest first", "created_at", descending=False)
NEWEST = Sort("newest", "Newest first", "id")
TRIES_SHOWN = 50
MANAGERS = Role.ADMIN  # addresses and answers of receivers may hold their secrets
THERE = WebhookDelivery.objects.exclude(endpoint__status=WebhookEndpoint.Status.DELETED)


class WebhookOut(Shown):
    """A webhook."""

    id: UUID = Field(description="Its id.", examples=[ID])
    url: str = Field(description="Where messages are sent.", examples=["https://example.com/aura"])
    description: str = Field(description="What it is for.", examples=["Shop window"])
    events: list[str] = Field(description="What it is told of.", examples=[["post.published", "post.failed"]])
    status: Annotated[str, OneOf(value for value in WebhookEndpoint.Status.values if value != "deleted")] = (
        Field(
            description="`active`; `paused` by somebody; or switched `off`, because it was gone or failed for days.",
            examples=["active"],
        )
    )
    problem: str = Field(description="Why it is switched off.", examples=[""])
    failing_since: datetime | None = Field(
        description="Since when it has taken nothing; null while it works.", examples=[INSTANT]
    )
    created_by: UUID | None = Field(description="The id of whoever added it.", examples=[ID])
    created_at: datetime = Field(description="When it was added.", examples=[INSTANT])


class WebhookSecretOut(WebhookOut):
    """A webhook with a fresh signing secret."""

    secret: str = Field(
        description="What its messages are signed with. It is shown this once; empty where the answer is given again "
        "for an `Idempotency-Key`.",
        examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    )


class DeliveryOut(Shown):
    """A message to a webhook."""

    id: UUID = Field(description="Its id here.", examples=[ID])
    webhook: UUID = Field(description="The id of the webhook.", examples=[ID])
    webhook_id: str = Field(
        description="What the receiver knows it by: the header `webhook-id`, the same over every try.",
        examples=["msg_019ac3f01f4e7cc398c4dc0c0c07398f"],
    )
    event: str = Field(description="What happened.", examples=["post.failed"])
    about: str = Field(description="The name of what it happened to.", examples=["Rye is back"])
    status: Annotated[str, OneOf(WebhookDelivery.Status.values)] = Field(
        description="`pending` waits or is tried again, `failed` is given up.", examples=["delivered"]
    )
    sentence: str = Field(description="What became of the last try.", examples=["Taken (status 204)."])
    attempts: int = Field(description="How often it was tried.", examples=[1])
    happened_at: datetime = Field(description="When it happened.", examples=[INSTANT])
    due_at: datetime | None = Field(description="When it is tried next.", examples=[INSTANT])
    delivered_at: datetime | None = Field(description="When the receiver took it.", examples=[INSTANT])


class DeliveryTryOut(Shown):
    """One try to reach a webhook."""

    number: int = Field(description="Which try it was.", examples=[1])
    started_at: datetime = Field(description="When it began.", examples=[INSTANT])
    ended_at: datetime | None = Field(description="When it ended; null while it lasts.", examples=[INSTANT])
    status_code: int | None = Field(description="The status of the answer, if one came.", examples=[204])
    is_accepted: bool = Field(description="Whether the receiver took it.", examples=[True])
    sentence: str = Field(description="What became of it, in words.", examples=["Taken (status 204)."])
    answer: str = Field(
        description="How the answer begins, without what looks like a secret.", examples=["ok"]
    )


class DeliveryWholeOut(DeliveryOut):
    """A message to a webhook with what is sent, and the newest of its tries."""

    body: dict[str, Any] = Field(
        description="What is sent: true when it happened.",
        examples=[{"type": "post.failed", "timestamp": INSTANT, "data": {"id": ID, "name": "Rye is back"}}],
    )
    tries: list[DeliveryTryOut] = Field(
        description=f"The newest {TRIES_SHOWN} tries, newest first.",
        examples=[[]],
    )


class DeliveryQuery(ListQuery):
    """What the log of a webhook may be asked for: as its page."""

    event: str = Field(
        "", max_length=60, description="Messages of this event alone.", examples=["post.failed"]
    )
    status: Annotated[str, OneOf(["", *WebhookDelivery.Status.values])] = Field(
        "", description="Those that stand there alone.", examples=["failed"]
    )


WEBHOOK = Takes(
    "WebhookWords",
    WebhookForm,
    examples={
        "url": "https://example.com/aura",
        "description": "Shop window",
        "events": ["post.published", "post.failed"],
    },
)


def shown(endpoint: WebhookEndpoint) -> WebhookOut:
    """Return a webhook as programs read it."""
    return WebhookOut(**_members(endpoint))


def _with_secret(endpoint: WebhookEndpoint) -> WebhookSecretOut:
    return WebhookSecretOut(**_members(endpoint), secret=operations.secret_of(endpoint))


def _members(endpoint: WebhookEndpoint) -> dict[str, Any]:
    return {
        "id": endpoint.pk,
        "url": endpoint.url,
        "description": endpoint.description,
        "events": endpoint.events,
        "status": endpoint.status,
        "problem": endpoint.problem,
        "failing_since": endpoint.failing_since,
        "created_by": endpoint.created_by_id,
        "created_at": endpoint.created_at,
    }


def _delivery(delivery: WebhookDelivery) -> DeliveryOut:
    return DeliveryOut(**_members_of_delivery(delivery))


def _members_of_delivery(delivery: WebhookDelivery) -> dict[str, Any]:
    return {
        "id": delivery.pk,
        "webhook": delivery.endpoint_id,
        "webhook_id": delivery.message_id,
        "event": delivery.event,
        "about": delivery.about,
        "status": delivery.status,
        "sentence": delivery.sentence,
        "attempts": delivery.attempts,
        "happened_at": delivery.happened_at,
        "due_at": delivery.due_at,
        "delivered_at": delivery.delivered_at,
    }


def _attempt(attempt: WebhookAttempt) -> DeliveryTryOut:
    return DeliveryTryOut(
        number=attempt.number,
        started_at=attempt.started_at,
        ended_at=attempt.ended_at,
        status_code=attempt.status_code,
        is_accepted=attempt.is_accepted,
        sentence=attempt.sentence,
        answer=attempt.answer,
    )


@webhooks.listing("/webhooks", WebhookOut)
def list_webhooks(call: Call) -> Listing[WebhookEndpoint]:
    """List webhooks."""
    call.need(MANAGERS)
    return Listing(operations.endpoints(), OLDEST, _shown_many)


def _shown_many(rows: list[WebhookEndpoint]) -> list[BaseModel]:
    return [shown(endpoint) for endpoint in rows]


@webhooks.post(
    "/webhooks", WebhookSecretOut, takes=WEBHOOK, status=201, at="/webhooks/{id}", hides=["secret"]
)
def create_webhook(call: Call) -> WebhookSecretOut:
    """Add a webhook.

    Its signing secret is in the answer, this once.
    """
    form = call.bind(WebhookForm(instance=WebhookEndpoint()))
    return _with_secret(operations.create_webhook(form.instance, by=call.by))


@webhooks.get("/webhooks/{uuid:webhook_id}", WebhookOut)
def show_webhook(call: Call, webhook_id: UUID) -> WebhookOut:
    """Show a webhook."""
    call.need(MANAGERS)
    return shown(call.find(operations.endpoints(), webhook_id))


@webhooks.patch("/webhooks/{uuid:webhook_id}", WebhookOut, takes=WEBHOOK)
def edit_webhook(call: Call, webhook_id: UUID) -> WebhookOut:
    """Change a webhook.

    What waits goes to the new address.
    """
    form = call.bind(WebhookForm(instance=call.find(operations.endpoints(), webhook_id, shown=shown)))
    return shown(operations.edit_webhook(form.instance, by=call.by))


@webhooks.remove("/webhooks/{uuid:webhook_id}")
def delete_webhook(call: Call, webhook_id: UUID) -> None:
    """Delete a webhook with its log.

    What waits is not sent.
    """
    operations.delete_webhook(call.find(operations.endpoints(), webhook_id, shown=shown), by=call.by)


@webhooks.post("/webhooks/{uuid:webhook_id}/pause", WebhookOut)
def pause_webhook(call: Call, webhook_id: UUID) -> WebhookOut:
    """Send nothing to a webhook for now.

    What happens meanwhile waits.
    """
    return shown(
        operations.pause_webhook(call.find(operations.endpoints(), webhook_id, shown=shown), by=call.by)
    )


@webhooks.post("/webhooks/{uuid:webhook_id}/resume", WebhookOut)
def resume_webhook(call: Call, webhook_id: UUID) -> WebhookOut:
    """Use a webhook again that was paused or switched off.

    What has waited goes now.
    """
    endpoint = call.find(operations.endpoints(), webhook_id, shown=shown)
    return shown(operations.resume_webhook(endpoint, now=call.now, by=call.by))


@webhooks.post("/webhooks/{uuid:webhook_id}/rotate-secret", WebhookSecretOut, hides=["secret"])
def rotate_webhook_secret(call: Call, webhook_id: UUID) -> WebhookSecretOut:
    """Make a new signing secret.

    It is in the answer, this once. For 24 hours the secret before signs beside it.
    """
    endpoint = call.find(operations.endpoints(), webhook_id, shown=shown)
    return _with_secret(operations.rotate_webhook_secret(endpoint, now=call.now, by=call.by))


@webhooks.post("/webhooks/{uuid:webhook_id}/test", DeliveryOut, apart=True)
def try_webhook(call: Call, webhook_id: UUID) -> DeliveryOut:
    """Send a test.

    A message of type `webhook.test` goes at once, and the answer says what became of it. It is tried once,
    while you wait, and its receiver has 5 seconds to answer.
    """
    endpoint = call.find(operations.endpoints(), webhook_id, shown=shown)
    return _delivery(operations.try_webhook_now(endpoint, by=call.by))


@webhooks.listing("/webhooks/{uuid:webhook_id}/deliveries", DeliveryOut, DeliveryQuery)
def list_deliveries(call: Call, webhook_id: UUID, query: DeliveryQuery) -> Listing[WebhookDelivery]:
    """List what was sent to a webhook, newest first."""
    call.need(MANAGERS)
    chosen = {name: value for name in ("event", "status") if (value := getattr(query, name))}
    endpoint = call.find(operations.endpoints(), webhook_id)
    rows = WebhookDelivery.objects.filter(endpoint=endpoint, **chosen).defer("body")
    return Listing(rows, NEWEST, lambda page: [_delivery(one) for one in page])


@webhooks.get("/deliveries/{uuid:delivery_id}", DeliveryWholeOut)
def show_delivery(call: Call, delivery_id: UUID) -> DeliveryWholeOut:
    """Show a message with what is sent, and its tries."""
    call.need(MANAGERS)
    return _whole(call.find(THERE, delivery_id))


def _whole(delivery: WebhookDelivery) -> DeliveryWholeOut:
    return DeliveryWholeOut(
        **_members_of_delivery(delivery),
        body=json.loads(delivery.body),
        tries=[_attempt(one) for one in delivery.tries_made.order_by("-number")[:TRIES_SHOWN]],
    )


@webhooks.post("/deliveries/{uuid:delivery_id}/replay", DeliveryOut)
def replay_delivery(call: Call, delivery_id: UUID) -> DeliveryOut:
    """Send a message again.

    It goes at once, under the same `webhook-id`: a receiver that has it knows so.
    """
    delivery = call.find(THERE, delivery_id, shown=_whole)
    return _delivery(operations.replay_delivery(delivery, now=call.now, by=call.by))
