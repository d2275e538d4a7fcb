"""The workspace: the tenant that everything belongs to."""

from __future__ import annotations

import unicodedata

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models

from aura.kit import clock
from aura.kit.ids import uuid7


def validate_zone(name: str) -> None:
    """Raise ValidationError unless `name` is an IANA time zone."""
    if not clock.is_zone(name):
        raise ValidationError("Pick a time zone from the list, such as Europe/Dublin.", code="zone")


_CONTROLS = {"Cc", "Cs", "Zl", "Zp"}
_TURNERS = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def validate_plain_text(text: str) -> None:
    """Raise ValidationError for line ends, control characters and marks that turn the direction of writing.

    A name stands in mail headers, page titles and file names; there such characters are a way to lie (trust O2).
    """
    if any(unicodedata.category(letter) in _CONTROLS or letter in _TURNERS for letter in text):
        raise ValidationError("Use letters, digits and signs only, on one line.", code="plain_text")


class AsksForApproval(models.Model):
    """Whose yes a post needs before it goes out: asked by a workspace, and by a channel; what both ask holds.

    `approver` is the person where one is named; None there: the account is gone, and nobody can say that yes.
    """

    class Approval(models.TextChoices):
        NONE = "none", "Nobody"
        ANYONE = "anyone", "Anyone who may approve"
        OTHER = "other", "Somebody other than the author"
        PERSON = "person", "One person"

    approval = models.CharField(
        "who has to approve a post", max_length=6, choices=Approval.choices, default=Approval.NONE
    )
    approver = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="the person",
    )

    class Meta:
        abstract = True


class Workspace(AsksForApproval):
    """A team's room. Its slug is in every address and fixed at creation.

    While `paused_at` is set nothing goes out of it; `pause_reason` says why.
    """

    class Links(models.TextChoices):
        PLAIN = "plain", "As they are written"
        UTM = "utm", "With UTM parameters of their campaign"
        SHORT = "short", "With UTM parameters, as short links that count clicks"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=80, validators=[validate_plain_text])
    slug = models.SlugField(
        max_length=50,
        unique=True,
        error_messages={"unique": "This address is taken. Pick another one."},
    )
    zone = models.CharField("time zone", max_length=64, default="UTC", validators=[validate_zone])
    client_approval = models.BooleanField(
        "a client’s yes counts",
        default=False,
        help_text="By a review link: as the yes of somebody other than the author. Off: you are told of it.",
    )
    grace_minutes = models.PositiveSmallIntegerField(
        "send late by up to (minutes)",
        default=30,
        validators=[MaxValueValidator(1440, "Pick a day (1,440 minutes) or less.")],
        help_text="A post that is later than this is not sent; it is listed as missed.",
    )
    # Quiet times (workspaces.quiet): hours, weekdays as bits from Monday on, and days off {first, last, why}.
    quiet_from = models.TimeField("quiet from", null=True, blank=True)
    quiet_until = models.TimeField("quiet until", null=True, blank=True)
    quiet_weekdays = models.PositiveSmallIntegerField(default=0, editable=False)
    quiet_dates = models.JSONField("days off", default=list, blank=True, editable=False)
    quiet_blocks = models.BooleanField(
        "quiet times are kept", default=False, help_text="Off: a post at a quiet time is advised against."
    )
    links = models.CharField(
        "links in posts",
        max_length=5,
        choices=Links.choices,
        default=Links.PLAIN,
        help_text="How links go out. What people wrote stays as it is.",
    )
    paused_at = models.DateTimeField(null=True, blank=True, editable=False)
    pause_reason = models.CharField(max_length=200, blank=True, editable=False)
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, through="workspaces.Membership")
    created_at = models.DateTimeField(default=clock.now, editable=False)
    trashed_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(approval__in=["none", "anyone", "other", "person"]),
                name="workspace_approval_known",
            ),
            models.CheckConstraint(
                condition=models.Q(grace_minutes__lte=1440),
                name="workspace_grace_at_most_a_day",
                violation_error_message="Pick a day (1,440 minutes) or less.",
            ),
            models.CheckConstraint(
                condition=models.Q(quiet_from=None, quiet_until=None)
                | (
                    models.Q(quiet_from__isnull=False, quiet_until__isnull=False)
                    & ~models.Q(quiet_from=models.F("quiet_until"))
                ),
                name="workspace_quiet_hours_are_two",
                violation_error_message="Say both when the quiet hours begin and when they end, or neither.",
            ),
            models.CheckConstraint(
                condition=models.Q(quiet_weekdays__lt=127),
                name="workspace_is_not_always_quiet",
                violation_error_message="Leave at least one day of the week on which posts go out.",
            ),
        ]

    def __str__(self) -> str:
        return self.name
