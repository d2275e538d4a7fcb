"""Where posts go: a connected account, or the built-in sandbox."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q

from aura.kit import clock
from aura.kit.jobs import WorkRow
from campaigns.models import Brand, Campaign, Trashable
from workspaces.models import User, WorkspaceModel
from workspaces.models.workspace import AsksForApproval

CALL_LASTS = timedelta(seconds=60)
"""An access token that ends sooner is not begun with."""


class Channel(AsksForApproval, Trashable, WorkRow):
    """A connected account on one network. `secret` is sealed (aura.kit.secrets); `settings` is not secret.

    `account_id` is the network's own name for the account, "" where the network has no accounts: connecting again takes
    that account and no other. `access_ends_at` is when calls stop being answered (None: never), `ends_at` when a person
    has to connect again, as far as that is foreseeable; `end_told_for` is the end of which people were told. A work
    row: at `due_at` it is renewed, asked for its limits, or its end is told.

    `paused_at` and `pause_reason` say since when and why it is paused, where that was said.

    `not_before` is when its network lets us call again; `next_turn_at` when the next post may go
    (`spacing_seconds` after the last one, and never while one is being sent), `last_sent_at` when the last one did.
    """

    class Status(models.TextChoices):
        ACTIVE = "active", "Connected"
        PAUSED = "paused", "Paused"
        BROKEN = "broken", "Needs reconnecting"

    brand = models.ForeignKey(
        Brand,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="channels",
        help_text="Empty: any brand may use it.",
    )
    network = models.CharField(max_length=20)
    name = models.CharField(max_length=80)
    settings = models.JSONField(default=dict, blank=True)
    secret = models.TextField(blank=True, editable=False)
    account_id = models.CharField(max_length=200, blank=True, editable=False)
    access_ends_at = models.DateTimeField(null=True, blank=True, editable=False)
    ends_at = models.DateTimeField(null=True, blank=True, editable=False)
    end_told_for = models.DateTimeField(null=True, blank=True, editable=False)
    learned_at = models.DateTimeField(null=True, blank=True, editable=False)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.ACTIVE, editable=False)
    problem = models.CharField(max_length=300, blank=True, editable=False)
    paused_at = models.DateTimeField(null=True, blank=True, editable=False)
    pause_reason = models.CharField(max_length=200, blank=True, editable=False)
    zone = models.CharField(
        "time zone of its posting times", max_length=64, blank=True, help_text="Empty: the workspace's."
    )
    spacing_seconds = models.PositiveIntegerField("seconds between two posts", default=0)
    not_before = models.DateTimeField(null=True, blank=True, editable=False)
    next_turn_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_sent_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta(Trashable.Meta):
        ordering = ["name"]
        indexes = [
            models.Index(fields=["workspace", "trashed_at", "name"], name="channel_by_name"),
            models.Index(fields=["due_at"], name="channel_due", condition=Q(due_at__isnull=False)),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "network", "name"],
                condition=Q(trashed_at=None),
                name="channel_name_once",
                violation_error_message="There is a channel with this name on this network. Pick another one.",
            ),
            models.UniqueConstraint(
                fields=["workspace", "network", "account_id"],
                condition=Q(trashed_at=None) & ~Q(account_id=""),
                name="channel_account_once",
                violation_error_message="This account is connected already, as another channel.",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["active", "paused", "broken"]), name="channel_status_known"
            ),
            models.CheckConstraint(
                condition=Q(approval__in=["none", "anyone", "other", "person"]), name="channel_approval_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def is_signed_out(self, now: datetime) -> bool:
        """Tell whether calls would not be answered any more, or not for the length of one."""
        return self.access_ends_at is not None and self.access_ends_at <= now + CALL_LASTS

    def speaks_for(self, campaign: Campaign | None) -> bool:
        """Tell whether posts of the campaign may go there: the channel is for any brand, or for the campaign's."""
        return campaign is None or self.brand_id in {None, campaign.brand_id}


class SandboxPost(WorkspaceModel):
    """What the sandbox network received: the feed that shows how a post would look. One row for each key.

    Later parts of a thread and comments have the post they hang below as `root`.
    """

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="sandbox_posts")
    key = models.CharField(max_length=80)
    payload = models.JSONField()
    root = models.ForeignKey(
        "self", models.CASCADE, null=True, blank=True, related_name="answers", editable=False
    )
    as_comment = models.BooleanField(default=False, editable=False)
    received_at = models.DateTimeField(default=clock.now)

    class Meta(WorkspaceModel.Meta):
        ordering = ["-id"]
        indexes = [models.Index(fields=["workspace", "channel", "-id"], name="sandbox_newest")]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "channel", "key"], name="sandbox_post_once")
        ]

    def __str__(self) -> str:
        return str(self.payload.get("title") or self.payload.get("text", ""))[:80]
