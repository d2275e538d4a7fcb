"""Outgoing webhooks: who wants to hear of what, what was told them, and every try to."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from aura.kit import addresses, clock
from aura.kit.ids import uuid7
from aura.kit.jobs import WorkRow
from workspaces.models.base import WorkspaceModel
from workspaces.models.people import User
from workspaces.models.workspace import validate_plain_text


class WebhookEndpoint(WorkspaceModel):
    """An address of a program that is told what happens here. `secret` is sealed (aura.kit.signing, a credential).

    `events` are the names of what it wants to hear of (workspaces.events). While it is not `active`, what happens is
    written down and waits. `rests_until` is when it may be called next: one call at a time, and longer apart the
    more of them in a row failed (`failures`, `failing_since`).
    """

    class Status(models.TextChoices):
        ACTIVE = "active", "In use"
        PAUSED = "paused", "Paused"
        OFF = "off", "Switched off"
        DELETED = "deleted", "Deleted"

    url = models.CharField(
        "address",
        max_length=addresses.MAX_URL,
        help_text="Aura sends signed JSON there, as each of the chosen things happens.",
    )
    description = models.CharField(
        "what it is for", max_length=120, blank=True, validators=[validate_plain_text]
    )
    events = models.JSONField(default=list)
    secret = models.TextField(blank=True, editable=False)
    status = models.CharField(max_length=7, choices=Status.choices, default=Status.ACTIVE, editable=False)
    problem = models.CharField(max_length=300, blank=True, editable=False)
    rests_until = models.DateTimeField(null=True, blank=True, editable=False)
    failures = models.PositiveIntegerField(default=0, editable=False)
    failing_since = models.DateTimeField(null=True, blank=True, editable=False)
    created_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta(WorkspaceModel.Meta):
        ordering = ["created_at", "id"]
        indexes = [models.Index(fields=["workspace", "created_at", "id"], name="webhook_oldest")]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["active", "paused", "off", "deleted"]), name="webhook_status_known"
            )
        ]

    def __str__(self) -> str:
        return self.description or self.place

    @property
    def place(self) -> str:
        """The host it leads to; all else in the address may be a secret of the receiver."""
        return addresses.place_of(self.url)


class WebhookDelivery(WorkspaceModel, WorkRow):
    """One event for one endpoint, written in the transaction in which it happened. A work row.

    `message` is the same for every endpoint that hears of the event, and over every try: with the endpoint it is what
    a receiver knows it by. `body` is exactly what is signed and sent, true when it happened. `attempts` counts the
    tries, `backoff` those of this round, which began at `since`: sending it again by hand begins a new one.
    """

    class Status(models.TextChoices):
        PENDING = "pending", "Waiting"
        DELIVERED = "delivered", "Delivered"
        FAILED = "failed", "Given up"

    endpoint = models.ForeignKey(WebhookEndpoint, models.CASCADE, related_name="deliveries", editable=False)
    message = models.UUIDField(default=uuid7, editable=False)
    event = models.CharField(max_length=60, editable=False)
    about = models.CharField(max_length=200, blank=True, editable=False)
    body = models.TextField(editable=False)
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.PENDING, editable=False)
    sentence = models.CharField(max_length=300, blank=True, editable=False)
    attempts = models.PositiveIntegerField(default=0, editable=False)
    backoff = models.PositiveSmallIntegerField(default=0, editable=False)
    since = models.DateTimeField(default=clock.now, editable=False)
    happened_at = models.DateTimeField(default=clock.now, editable=False)
    delivered_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta(WorkspaceModel.Meta):
        verbose_name_plural = "webhook deliveries"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["workspace", "endpoint", "-id"], name="delivery_newest"),
            models.Index(fields=["workspace", "endpoint", "status", "-id"], name="delivery_by_status"),
            models.Index(fields=["workspace", "endpoint", "event", "-id"], name="delivery_by_event"),
            models.Index(fields=["happened_at"], name="delivery_by_age"),
            # Whole, not partial: SQLite does not see that status = ? is among those of a condition, and would scan.
            models.Index(fields=["status", "due_at"], name="delivery_due"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "endpoint", "message"], name="delivery_once"),
            models.CheckConstraint(
                condition=Q(status__in=["pending", "delivered", "failed"]), name="delivery_status_known"
            ),
            models.CheckConstraint(
                condition=~Q(status="pending") | Q(due_at__isnull=False), name="delivery_work_has_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.about}".strip()

    @property
    def message_id(self) -> str:
        """What receivers know the message by, in the header `webhook-id`."""
        return f"msg_{self.message.hex}"


class WebhookAttempt(WorkspaceModel):
    """One try, written down before it is made. One that has no end was broken off: the receiver may have got it."""

    delivery = models.ForeignKey(WebhookDelivery, models.CASCADE, related_name="tries_made", editable=False)
    number = models.PositiveIntegerField(editable=False)
    started_at = models.DateTimeField(default=clock.now, editable=False)
    ended_at = models.DateTimeField(null=True, blank=True, editable=False)
    status_code = models.PositiveSmallIntegerField(null=True, blank=True, editable=False)
    is_accepted = models.BooleanField(default=False, editable=False)
    sentence = models.CharField(max_length=300, blank=True, editable=False)
    answer = models.CharField(max_length=500, blank=True, editable=False)

    class Meta(WorkspaceModel.Meta):
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "delivery", "number"], name="webhook_attempt_number_once"
            )
        ]

    def __str__(self) -> str:
        return f"Attempt {self.number}: {self.sentence}".rstrip(": ")
