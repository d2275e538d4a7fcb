"""What programs come in by: API tokens that people make."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models

from aura.kit import clock
from workspaces.models.base import WorkspaceModel
from workspaces.models.people import Membership, User
from workspaces.models.workspace import validate_plain_text
from workspaces.roles import Role

ENDS_SOON = timedelta(days=7)
"""So long before its end people are told of it."""


class ApiToken(WorkspaceModel):
    """A key to one workspace for a program: it acts for whoever made it, and may do no more than its role and words.

    The secret is shown once; here is its hash, and its first letters to know it by. It goes with the membership.
    """

    membership = models.ForeignKey(
        Membership, models.CASCADE, related_name="api_tokens", editable=False, verbose_name="made by"
    )
    name = models.CharField(max_length=60, validators=[validate_plain_text])
    role = models.CharField("may do at most what", max_length=12, choices=Role.choices)
    scopes = models.JSONField(default=list, editable=False)  # words of workspaces.narrowing
    prefix = models.CharField("begins with", max_length=16, editable=False)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    epoch = models.BigIntegerField(editable=False)  # of the person, when it was made
    created_at = models.DateTimeField(default=clock.now, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    told_at = models.DateTimeField(null=True, blank=True, editable=False)  # that it ends soon
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)

    secret = ""  # known only to the request that made the token; never stored

    class Meta(WorkspaceModel.Meta):
        verbose_name = "API token"
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["workspace", "-created_at", "-id"], name="api_token_newest")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values),
                name="api_token_role_known",
                violation_error_message="Pick one of the five roles.",
            ),
            models.UniqueConstraint(
                fields=["workspace", "name"],
                condition=models.Q(revoked_at=None),
                name="api_token_name_once",
                violation_error_message="There is a token of this name. Revoke that one first, or pick another name.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def created_by(self) -> User:
        """Whoever made it, and for whom it acts."""
        return self.membership.user

    def is_open(self, now: datetime) -> bool:
        """Tell whether it works at `now`: not revoked, not run out, not from before a new password."""
        runs = self.expires_at is None or now < self.expires_at
        return self.revoked_at is None and runs and self.epoch == self.membership.user.epoch

    def ends_soon(self, now: datetime) -> bool:
        """Tell whether its last week has begun."""
        return self.expires_at is not None and self.expires_at <= now + ENDS_SOON
