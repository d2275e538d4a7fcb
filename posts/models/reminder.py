"""A reminder that a post waits for a yes while its time comes near."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from aura.kit.jobs import WorkRow
from posts.models.post import Post
from workspaces.models import WorkspaceModel


class Reminder(WorkRow, WorkspaceModel):
    """One moment at which somebody is reminded of a post in review that is planned for `for_at`. Its own work row."""

    class Moment(models.TextChoices):
        DAY = "day", "A day ahead"
        HOURS = "hours", "Two hours ahead"
        PASSED = "passed", "When its time has passed"

    post = models.ForeignKey(Post, models.CASCADE, related_name="reminders", editable=False)
    moment = models.CharField(max_length=6, choices=Moment.choices, editable=False)
    for_at = models.DateTimeField(editable=False)

    class Meta(WorkspaceModel.Meta):
        ordering = ["for_at", "id"]
        indexes = [
            models.Index(fields=["due_at"], name="reminder_due", condition=Q(due_at__isnull=False)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "post", "moment"], name="reminder_once"),
            models.CheckConstraint(
                condition=Q(moment__in=["day", "hours", "passed"]), name="reminder_moment_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_moment_display()}: {self.post}"
