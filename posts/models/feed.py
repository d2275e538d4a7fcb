"""The calendar of a workspace as one person subscribes to it elsewhere."""

from __future__ import annotations

from django.db import models

from aura.kit import clock
from workspaces.models import User, WorkspaceModel


class CalendarFeed(WorkspaceModel):
    """A secret address that a calendar program asks. Only the hash of its secret is kept: it is shown once.

    `created_by` is whose it is. It shows what that person may read, for as long as they are a member.
    """

    created_by = models.ForeignKey(User, models.CASCADE, related_name="+", editable=False)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta(WorkspaceModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "created_by"],
                name="calendar_feed_once",
                violation_error_message="This person has a link already. Renew it.",
            )
        ]

    def __str__(self) -> str:
        return f"Calendar link of {self.created_by}"
