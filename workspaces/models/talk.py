"""What people say about one thing, whatever it is."""

from __future__ import annotations

from django.db import models

from aura.kit import clock
from workspaces.models.base import WorkspaceModel
from workspaces.models.people import User

COMMENT_LENGTH = 2000


class Comment(WorkspaceModel):
    """One remark on one thing, named by its type and id. Whoever wrote it is known by name after they have left."""

    subject_type = models.CharField(max_length=60, editable=False)
    subject_id = models.UUIDField(editable=False)
    body = models.TextField(
        "comment", max_length=COMMENT_LENGTH, error_messages={"blank": "Write something first."}
    )
    author_name = models.CharField(max_length=100, editable=False)
    created_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta(WorkspaceModel.Meta):
        ordering = ["id"]
        indexes = [
            models.Index(fields=["workspace", "subject_type", "subject_id", "id"], name="comment_of_subject"),
            models.Index(fields=["workspace", "-id"], name="comment_newest"),
        ]

    def __str__(self) -> str:
        return self.author_name
