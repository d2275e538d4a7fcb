"""Webhook endpoints: made, changed, paused, tried out; and what happens, written down for those who want to hear."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, models
from django.db.models import Q
from django.db.models.functions import Now

from aura.kit import clock, egress, jobs, secrets, signing
from aura.kit.ids import uuid7
from workspaces import events
from workspaces.models import User, WebhookDelivery, WebhookEndpoint
from workspaces.notices import WEBHOOK_TROUBLE
from workspaces.operation import Actor, Refused, operation
from workspaces.operations.notices import forget_notices, settle_notices
from workspaces.scope import current_workspace, every_workspace

DELIVER = "workspaces.deliver_webhook"
ENDPOINTS_AT_MOST = 20
TRY_SECONDS = 5  # for a test: half of what a message has
TOO_MANY = f"A workspace has {ENDPOINTS_AT_MOST} webhooks at most. Delete one that is not needed any more."
NOT_IN_USE = "This webhook is not in use. Switch it on first."
FORGOTTEN_AT_ONCE = 1_000

E, D = WebhookEndpoint.Status, WebhookDelivery.Status


# What happens -----------------------------------------------------------------------------------------------------


def happened(name: str, ids: Collection[uuid.UUID], *, now: datetime | None = None) -> None:
    """Write down that an event happened to these things, for every webhook that wants to hear of it.

    In the transaction in which it happens, so that nothing is told that was rolled back and nothing is lost; what is
    told is what is true at this moment. Raises RuntimeError outside a transaction, KeyError for an unknown event.
    """
    kind = events.get_kind(name)
    if not connection.in_atomic_block:
        raise RuntimeError(f"{name} is told in the transaction in which it happens.")
    wanting = _who_want(kind) if ids else []
    if wanting:
        _write(kind, wanting, kind.facts(ids), now or clock.now())


def after_operation(verb: str, things: Sequence[models.Model]) -> None:
    """Write down what happened by an operation, as the kinds of events say that are registered for it."""
    for kind in events.kinds_after(verb):
        wanting = _who_want(kind)
        if wanting:
            facts = kind.facts({thing.pk for thing in things})
            _write(
                kind, wanting, [one for one in facts if kind.holds is None or kind.holds(one)], clock.now()
            )


def _who_want(kind: events.Kind) -> list[WebhookEndpoint]:
    return [one for one in WebhookEndpoint.objects.only("events", "status") if kind.name in one.events]


def _write(
    kind: events.Kind, wanting: Sequence[WebhookEndpoint], told: Sequence[events.Facts], now: datetime
) -> None:
    rows = []
    for facts in told:
        message, body = uuid7(), body_of(kind.name, facts, now)
        about = str(facts.get("name", ""))[:200]
        rows += [_delivery(one, kind.name, message, body, about, now) for one in wanting]
    WebhookDelivery.objects.bulk_create(rows, batch_size=500)
    rung: dict[uuid.UUID, WebhookDelivery] = {}
    for row in rows:  # whoever is done with one takes the next of its endpoint
        rung.setdefault(row.endpoint_id, row)
    for row in rung.values():
        jobs.ring(DELIVER, row.pk)


def _delivery(
    endpoint: WebhookEndpoint, event: str, message: uuid.UUID, body: str, about: str, now: datetime
) -> WebhookDelivery:
    return WebhookDelivery(
        endpoint=endpoint,
        event=event,
        message=message,
        body=body,
        about=about,
        due_at=now,
        since=now,
        happened_at=now,
    )


def body_of(event: str, facts: events.Facts, now: datetime) -> str:
    """Return the message as it is sent. What would make it too long, its lists, is left out, and it says so."""
    data = {"workspace": current_workspace().slug, **facts}
    message = {"type": event, "timestamp": now.isoformat(), "data": data}
    body = signing.to_json(message)
    if len(body) >= signing.BODY_LIMIT:
        kept = {name: value for name, value in data.items() if not isinstance(value, list)}
        body = signing.to_json({**message, "data": {**kept, "is_shortened": True}})
    return body.decode()


# Endpoints --------------------------------------------------------------------------------------------------------


def secret_of(endpoint: WebhookEndpoint) -> str:
    """Return the signing secret: to be shown right after it was made, and never again."""
    return str(secrets.unseal_dict(endpoint.secret).get("secret", ""))


@operation
def create_webhook(endpoint: WebhookEndpoint, *, by: Actor) -> WebhookEndpoint:
    """Make a webhook from a judged, unsaved one, with a secret of its own. Raises Refused where there are 20."""
    if endpoints().count() >= ENDPOINTS_AT_MOST:
        raise Refused(TOO_MANY)
    endpoint.secret = secrets.seal_dict({"secret": signing.new_secret()})
    endpoint.created_by = by if isinstance(by, User) else getattr(by, "user", None)
    endpoint.save(force_insert=True)
    return endpoint


@operation
def edit_webhook(endpoint: WebhookEndpoint, *, by: Actor) -> WebhookEndpoint:
    """Save address, description and events. What waits goes to the new address."""
    endpoint_here(endpoint)
    endpoint.save(update_fields=["url", "description", "events"])
    return endpoint


@operation
def pause_webhook(endpoint: WebhookEndpoint, *, by: Actor) -> WebhookEndpoint:
    """Send nothing for now. What happens meanwhile waits."""
    endpoint_here(endpoint).update(status=E.PAUSED, problem="")
    endpoint.refresh_from_db()
    return endpoint


@operation
def resume_webhook(endpoint: WebhookEndpoint, *, now: datetime | None = None, by: Actor) -> WebhookEndpoint:
    """Use a webhook again: what waits goes now, the oldest first, and is tried for as long as anything new."""
    now = now or clock.now()
    endpoint_here(endpoint).update(
        status=E.ACTIVE, problem="", failures=0, failing_since=None, rests_until=None
    )
    waiting = WebhookDelivery.objects.filter(endpoint=endpoint, status=D.PENDING)
    waiting.filter(due_at__gt=now).update(due_at=now)
    waiting.update(since=now, backoff=0)
    first = waiting.order_by("due_at", "pk").first()
    if first is not None:
        jobs.ring(DELIVER, first.pk)
    settle_notices(endpoint, [WEBHOOK_TROUBLE.slug])
    endpoint.refresh_from_db()
    return endpoint


@operation
def delete_webhook(endpoint: WebhookEndpoint, *, by: Actor) -> WebhookEndpoint:
    """Delete a webhook: nothing more is sent, and its log goes with it, within a day.

    The row stays until then: somebody may be writing down at this moment that something happened.
    """
    gone = {"status": E.DELETED, "secret": "", "events": [], "problem": ""}
    endpoint_here(endpoint).update(**gone)
    forget_notices(endpoint)
    endpoint.refresh_from_db()
    return endpoint


def endpoint_here(endpoint: WebhookEndpoint) -> models.QuerySet[WebhookEndpoint]:
    """Return the row of a webhook. Raises Refused when it was deleted meanwhile."""
    rows = endpoints().filter(pk=endpoint.pk)
    if not rows.exists():
        raise Refused("This webhook was deleted a moment ago.")
    return rows


def endpoints() -> models.QuerySet[WebhookEndpoint]:
    """Return the webhooks that there are, the oldest first."""
    return WebhookEndpoint.objects.exclude(status=E.DELETED)


@operation
def rotate_webhook_secret(
    endpoint: WebhookEndpoint, *, now: datetime | None = None, by: Actor
) -> WebhookEndpoint:
    """Make a new secret; the old one signs beside it for a day."""
    stored = endpoint_here(endpoint).select_for_update(of=("self",)).get()
    try:
        old = secrets.unseal_dict(stored.secret)
    except secrets.SecretUnreadable:  # nothing can be signed with it: a new one is what helps
        old = {}
    stored.secret = secrets.seal_dict(signing.renewed(old, now=now or clock.now()))
    stored.save(update_fields=["secret"])
    return stored


@operation
def try_webhook(endpoint: WebhookEndpoint, *, now: datetime | None = None, by: Actor) -> WebhookDelivery:
    """Write down a message of type `webhook.test`, to be sent as any other. Raises Refused while it is not in use."""
    now = now or clock.now()
    if not WebhookEndpoint.objects.filter(pk=endpoint.pk, status=E.ACTIVE).exists():
        raise Refused(NOT_IN_USE)
    body = body_of(events.TEST, {"name": "A test", "webhook": str(endpoint.pk)}, now)
    delivery = _delivery(endpoint, events.TEST, uuid7(), body, "", now)
    delivery.due_at = now - timedelta(seconds=1)  # by the database's clock too, as somebody waits for it
    delivery.save(force_insert=True)
    return delivery


def try_webhook_now(endpoint: WebhookEndpoint, *, by: Actor) -> WebhookDelivery:
    """Send a test while somebody waits for what comes back: its receiver has `TRY_SECONDS`. Outside any transaction.

    Raises Refused while the webhook is not in use.
    """
    delivery = try_webhook(endpoint, by=by)
    with egress.within(TRY_SECONDS):
        jobs.run_one(DELIVER, delivery.workspace_id, delivery.pk)
    delivery.refresh_from_db()
    return delivery


@operation
def replay_delivery(delivery: WebhookDelivery, *, now: datetime | None = None, by: Actor) -> WebhookDelivery:
    """Send a message again, now, as the same message: a receiver that has it knows it by its id.

    Raises Refused while it is on its way, and while the webhook is not in use.
    """
    now = now or clock.now()
    if not WebhookEndpoint.objects.filter(pk=delivery.endpoint_id, status=E.ACTIVE).exists():
        raise Refused(NOT_IN_USE)
    anew: dict[str, Any] = {"status": D.PENDING, "due_at": now, "since": now, "backoff": 0, "tries": 0}
    free = WebhookDelivery.objects.filter(jobs.FREE, pk=delivery.pk)
    if not free.update(**anew, claim_token=None, lease_until=None, sentence=""):
        raise Refused("It is being sent right now. Wait a moment and look again.")
    jobs.ring(DELIVER, delivery.pk)
    delivery.refresh_from_db()
    return delivery


# What is kept -----------------------------------------------------------------------------------------------------


def waiting_deliveries() -> models.QuerySet[WebhookDelivery]:
    """Return the deliveries that a worker may claim: their webhook is in use, and rests not."""
    rested = Q(endpoint__rests_until=None) | Q(endpoint__rests_until__lte=Now())
    return WebhookDelivery.objects.filter(
        rested, status=D.PENDING, endpoint__status=E.ACTIVE, workspace__trashed_at=None
    )


def forget_old_deliveries(now: datetime | None = None) -> int:
    """Delete what happened more than AURA_WEBHOOK_KEEP_DAYS days before `now`, sent or not, and deleted webhooks.

    Returns how many messages went.
    """
    before = (now or clock.now()) - timedelta(days=settings.AURA_WEBHOOK_KEEP_DAYS)
    gone = 0
    with every_workspace("the logs of webhooks run out in every workspace alike"):
        old = WebhookDelivery.objects.filter(happened_at__lt=before).order_by("happened_at")
        gone += _forget(old)
        for endpoint in list(WebhookEndpoint.objects.filter(status=E.DELETED)):
            gone += _forget(WebhookDelivery.objects.filter(endpoint=endpoint))
            endpoint.delete()
    return gone


def _forget(rows: models.QuerySet[WebhookDelivery]) -> int:
    """Delete rows some at a time, so that nobody waits long for a table."""
    gone = 0
    while ids := list(rows.values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE]):
        WebhookDelivery.objects.filter(pk__in=ids).delete()
        gone += len(ids)
    return gone
