"""The times of the week at which a channel usually posts."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from aura.kit import clock
from posts.models.channel import Channel
from workspaces.models import User, WorkspaceModel

WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


class PostingSlot(WorkspaceModel):
    """One weekday and wall time of a channel, by the clocks of `Channel.zone`, else of the workspace."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="slots")
    weekday = models.PositiveSmallIntegerField(choices=list(enumerate(WEEKDAYS)))
    time = models.TimeField()
    created_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta(WorkspaceModel.Meta):
        ordering = ["weekday", "time", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "channel", "weekday", "time"],
                name="slot_once",
                violation_error_message="This channel has that time already.",
            ),
            models.CheckConstraint(condition=Q(weekday__gte=0, weekday__lte=6), name="slot_weekday_known"),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.time:%H:%M}"
