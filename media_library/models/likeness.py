"""What people said about pictures that look alike."""

from __future__ import annotations

from django.db import models

from aura.kit import clock
from media_library.models.asset import Asset
from workspaces.models import User, WorkspaceModel


class NotDuplicate(WorkspaceModel):
    """Two pictures that look alike and are different all the same: somebody said so, and they are not shown again."""

    newer = models.ForeignKey(Asset, models.CASCADE, related_name="+", editable=False)
    older = models.ForeignKey(Asset, models.CASCADE, related_name="+", editable=False)
    created_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta(WorkspaceModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["newer", "older"],
                name="not_duplicate_once",
                violation_error_message="Somebody said so already.",
            )
        ]
        indexes = [models.Index(fields=["workspace", "newer", "older"], name="not_duplicate_pair")]

    def __str__(self) -> str:
        return f"{self.newer_id} is not {self.older_id}"
