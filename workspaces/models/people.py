"""People: the user account, membership of a workspace, and the invitation to one."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower

from aura.kit import clock
from aura.kit.ids import uuid7
from workspaces.models.base import WorkspaceModel
from workspaces.models.workspace import Workspace, validate_plain_text, validate_zone
from workspaces.roles import Role

INVITATION_LASTS = timedelta(days=7)


class UserManager(BaseUserManager["User"]):
    """Makes accounts; e-mail addresses are kept in lower case."""

    def get_by_natural_key(self, username: str | None) -> User:
        """Return the account with this e-mail address, whatever its case."""
        return self.get(email=(username or "").strip().lower())

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Create an account. Without a password nobody can sign in to it. Raises ValueError without an e-mail."""
        if not email:
            raise ValueError("An account needs an e-mail address.")
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Create an account of the instance's staff with every permission."""
        return self.create_user(email, password, **{"is_staff": True, "is_superuser": True, **fields})


class User(AbstractBaseUser, PermissionsMixin):
    """A person's account on this instance. They sign in by e-mail address; there is no user name."""

    class Theme(models.TextChoices):
        SYSTEM = "system", "As my device"
        LIGHT = "light", "Light"
        DARK = "dark", "Dark"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField(
        "e-mail",
        unique=True,
        error_messages={"unique": "There is an account with this e-mail. Sign in, or reset its password."},
    )
    name = models.CharField(max_length=80, blank=True, validators=[validate_plain_text])
    zone = models.CharField("time zone", max_length=64, blank=True, validators=[validate_zone])
    theme = models.CharField(max_length=8, choices=Theme.choices, default=Theme.SYSTEM)
    shortcuts_enabled = models.BooleanField("single-letter shortcuts", default=True)
    notices = models.JSONField(default=dict, blank=True, editable=False)  # {kind: [in Aura, by e-mail]}
    is_staff = models.BooleanField("staff of this instance", default=False)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    epoch = models.BigIntegerField(default=0, editable=False)  # what programs got before it changed has ended

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = []

    class Meta:
        ordering = ["email"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")),
                name="user_email_lower_case",
                violation_error_message="Write the e-mail address in lower case.",
            )
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def save(self, *args: Any, **kwargs: Any) -> None:
        """As Django's. A new password, however it came, ends what programs got by the old one (trust A4, J5)."""
        if getattr(self, "_password", None) is not None and not self._state.adding:
            self.end_programs()
            if kwargs.get("update_fields") is not None:
                kwargs["update_fields"] = {*kwargs["update_fields"], "epoch"}
        super().save(*args, **kwargs)

    def end_programs(self) -> None:
        """Let no token or sign-in of a program count any more that was made before; saved with the account."""
        self.epoch = secrets.randbits(62)

    def clean(self) -> None:
        """Bring the e-mail address to lower case."""
        super().clean()
        self.email = self.email.strip().lower()

    def get_full_name(self) -> str:
        """Return the name to show."""
        return str(self)

    def get_short_name(self) -> str:
        """Return the first word of the name, or the part before the @."""
        return self.name.split()[0] if self.name.strip() else self.email.split("@")[0]


class Membership(models.Model):
    """A user in a workspace, with a role. Read before any workspace is open, hence not a tenant table."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=12, choices=Role.choices, default=Role.EDITOR)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "user"],
                name="membership_once",
                violation_error_message="This person is a member already.",
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values),
                name="membership_role_known",
                violation_error_message="Pick one of the five roles.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.get_role_display().lower()}"


def hash_token(token: str) -> str:
    """Return the SHA-256 of a secret token in hex: what is stored instead of the token."""
    return hashlib.sha256(token.encode()).hexdigest()


class Invitation(WorkspaceModel):
    """A way into a workspace: one link, one use, the role fixed when it was made.

    The token itself is only in the link; here is its hash. An empty `email` means whoever has the link.
    """

    email = models.EmailField("e-mail", blank=True)
    role = models.CharField(max_length=12, choices=[c for c in Role.choices if c[0] != Role.OWNER])
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    expires_at = models.DateTimeField(editable=False)
    accepted_at = models.DateTimeField(null=True, blank=True, editable=False)
    accepted_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)

    token = ""  # known only to the request that made the invitation; never stored

    class Meta(WorkspaceModel.Meta):
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["workspace", "-created_at"], name="invitation_newest")]

    def __str__(self) -> str:
        return f"{self.email or 'anyone with the link'}, {self.get_role_display().lower()}"

    def clean(self) -> None:
        """Bring the e-mail address to lower case and refuse the role of owner."""
        super().clean()
        self.email = self.email.strip().lower()
        if self.role == Role.OWNER:
            raise ValidationError(
                {"role": "Ownership is handed over, not given by invitation. Pick another role."}
            )

    @staticmethod
    def new_token() -> str:
        """Return a fresh secret for a link: 256 random bits, URL-safe."""
        return secrets.token_urlsafe(32)

    def is_open(self, now: datetime) -> bool:
        """Tell whether the link still works at `now`."""
        return self.accepted_at is None and self.revoked_at is None and now < self.expires_at
