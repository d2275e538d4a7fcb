"""Uploads under way: in parts, so that a pause or a broken connection loses little, or past Aura to an object store."""

from __future__ import annotations

from django.db import models

from aura.kit import clock
from aura.kit.jobs import WorkRow
from workspaces.models import User, WorkspaceModel


class UploadSession(WorkRow, WorkspaceModel):
    """One file on its way. As a work row it is due when it has expired, and is cleared away then.

    Each part is a file of its own in the storage, queued for deletion from before it is written: whatever becomes of
    the session, no part outlives it for long. A direct one has one part, which the browser posts to the object store by
    itself; `received` stays 0.
    """

    name = models.CharField("name of the file", max_length=200, editable=False)
    size = models.PositiveBigIntegerField("size in bytes", editable=False)
    received = models.PositiveBigIntegerField("bytes received", default=0, editable=False)
    parts = models.JSONField("keys of the parts, in order", default=list, editable=False)
    is_direct = models.BooleanField("past Aura", default=False, editable=False)
    upload_key = models.CharField(max_length=64, blank=True, editable=False)
    created_by = models.ForeignKey(User, models.CASCADE, related_name="+", editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta(WorkspaceModel.Meta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(received__lte=models.F("size")),
                name="upload_session_no_more_than_all",
                violation_error_message="More arrived than was announced.",
            )
        ]
        indexes = [
            models.Index(fields=["workspace", "created_by"], name="upload_session_mine"),
            models.Index(fields=["due_at"], name="upload_session_expired"),
        ]

    def __str__(self) -> str:
        return self.name
