"""What programs come in by: API tokens that people make, and sign-ins of programs with their refresh tokens."""

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

    def works(self, now: datetime) -> bool:
        """Tell whether a program that comes with it is let in at `now`."""
        return self.is_open(now) and self.created_by.is_active

    def ends_soon(self, now: datetime) -> bool:
        """Tell whether its last week has begun."""
        return self.expires_at is not None and self.expires_at <= now + ENDS_SOON


class ApiSession(WorkspaceModel):
    """A program that signed in with somebody's password: a family of refresh tokens, one after another.

    Access tokens name it, and count only while it lasts. A refresh token that comes a second time ends it: one of the
    two who have it should not. It goes with the membership.
    """

    class Why(models.TextChoices):
        SIGNED_OUT = "signed_out", "Signed out"
        REUSED = "reused", "An old refresh token came again"

    membership = models.ForeignKey(
        Membership, models.CASCADE, related_name="api_sessions", editable=False, verbose_name="for"
    )
    program = models.CharField(max_length=120, blank=True, editable=False)  # what it calls itself
    epoch = models.BigIntegerField(editable=False)  # of the person, when they signed in
    created_at = models.DateTimeField(default=clock.now, editable=False)
    refreshed_at = models.DateTimeField(default=clock.now, editable=False)
    ends_at = models.DateTimeField(editable=False)
    ended_at = models.DateTimeField(null=True, blank=True, editable=False)
    why = models.CharField(max_length=10, choices=Why.choices, blank=True, editable=False)

    class Meta(WorkspaceModel.Meta):
        verbose_name = "sign-in of a program"
        verbose_name_plural = "sign-ins of programs"
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["workspace", "ends_at"], name="api_session_ends")]

    def __str__(self) -> str:
        return self.program or "A program"

    def is_open(self, now: datetime) -> bool:
        """Tell whether it lasts at `now`: not ended, not run out, not from before a new password."""
        return self.ended_at is None and now < self.ends_at and self.epoch == self.membership.user.epoch


class RefreshToken(WorkspaceModel):
    """One of the refresh tokens of a program, as a hash. It works once; what it was is kept to know it again."""

    session = models.ForeignKey(ApiSession, models.CASCADE, related_name="tokens", editable=False)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    expires_at = models.DateTimeField(editable=False)
    used_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta(WorkspaceModel.Meta):
        ordering = ["-id"]
        indexes = [models.Index(fields=["workspace", "expires_at"], name="refresh_token_expires")]

    def __str__(self) -> str:
        return f"Refresh token of {self.created_at:%d %B %Y %H:%M}"
