"""Posts that come again: the rule by which they do, and each date it has been followed for."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from aura.kit import clock
from aura.kit.jobs import WorkRow
from posts.models.post import Post
from posts.models.slot import WEEKDAYS
from workspaces.models import User, WorkspaceModel


class Series(WorkspaceModel, WorkRow):
    """A rule by which posts like `pattern` are made ahead. A work row: at `due_at` the next ones are made.

    Every `every` days, or weeks on `weekdays` (bits, Monday first), from `first_date` until `last_date` or `count`
    dates, at the wall time `time` in `zone`. `sentence` says why it stopped by itself or could not go on.
    """

    class Unit(models.TextChoices):
        DAY = "day", "days"
        WEEK = "week", "weeks"

    pattern = models.ForeignKey(Post, models.CASCADE, related_name="+")
    every = models.PositiveSmallIntegerField(default=1)
    unit = models.CharField(max_length=4, choices=Unit.choices, default=Unit.WEEK)
    weekdays = models.PositiveSmallIntegerField(default=0)
    time = models.TimeField()
    zone = models.CharField(max_length=64)
    first_date = models.DateField()
    last_date = models.DateField(null=True, blank=True)
    count = models.PositiveSmallIntegerField(null=True, blank=True)
    schedule = models.BooleanField(default=True)
    paused_at = models.DateTimeField(null=True, blank=True, editable=False)
    ended_at = models.DateTimeField(null=True, blank=True, editable=False)
    sentence = models.CharField(max_length=300, blank=True, editable=False)
    created_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta(WorkspaceModel.Meta):
        ordering = ["-id"]
        verbose_name_plural = "series"
        indexes = [
            models.Index(fields=["workspace", "-id"], name="series_newest"),
            models.Index(fields=["due_at"], name="series_due"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(every__gte=1, every__lte=52),
                name="series_every_1_to_52",
                violation_error_message="Pick a number from 1 to 52.",
            ),
            models.CheckConstraint(condition=Q(unit__in=["day", "week"]), name="series_unit_known"),
            models.CheckConstraint(
                condition=Q(unit="day") | Q(weekdays__gte=1, weekdays__lte=127),
                name="series_weeks_have_days",
                violation_error_message="Tick at least one day of the week.",
            ),
            models.CheckConstraint(
                condition=Q(claim_token__isnull=True) | Q(lease_until__isnull=False),
                name="series_claim_has_a_lease",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pattern}, {self.rhythm}"

    @property
    def days(self) -> list[int]:
        """The ticked days of the week, 0 for Monday."""
        return [day for day in range(7) if self.weekdays >> day & 1]

    @property
    def rhythm(self) -> str:
        """When it comes: "every 2 weeks on Monday and Friday at 09:00"."""
        unit = self.unit if self.every == 1 else f"{self.every} {self.unit}s"
        names = [WEEKDAYS[day] for day in self.days] if self.unit == self.Unit.WEEK else []
        on = f" on {', '.join(names[:-1])}{' and ' if len(names) > 1 else ''}{names[-1]}" if names else ""
        return f"every {unit}{on} at {self.time:%H:%M}"


class SeriesDate(WorkspaceModel):
    """A date that a series has been followed for, once and for all; `post` is what was made.

    `content_hash` is what the post said when it was made or last carried on: what differs was changed on its own.
    """

    series = models.ForeignKey(Series, models.CASCADE, related_name="dates")
    date = models.DateField()
    post = models.OneToOneField(
        Post, models.SET_NULL, null=True, blank=True, related_name="series_date", editable=False
    )
    content_hash = models.CharField(max_length=64, blank=True, editable=False)
    sentence = models.CharField(max_length=300, blank=True, editable=False)

    class Meta(WorkspaceModel.Meta):
        ordering = ["date"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "series", "date"], name="series_date_once")
        ]

    def __str__(self) -> str:
        return f"{self.date}"
