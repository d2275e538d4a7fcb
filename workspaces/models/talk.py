"""What people say about one thing, whatever it is."""

from __future__ import annotations

from django.db import models

from aura.kit import clock
from workspaces.models.base import WorkspaceModel
from workspaces.models.people import User

COMMENT_LENGTH = 2000
QUOTE_LENGTH = 300


class Comment(WorkspaceModel):
    """One remark on one thing, named by its type and id. Whoever wrote it is known by name after they have left.

    A remark without `parent` begins a conversation; the answers to it have it as theirs, one level deep. It may be
    about words of the thing: `quote` is what they were, in `place`, from the letter `quote_at` on. `mentions` are
    `{"as": "@Bob", "id": …}`. A beginning that was taken back while it had answers stays empty (`removed_at`).
    """

    subject_type = models.CharField(max_length=60, editable=False)
    subject_id = models.UUIDField(editable=False)
    parent = models.ForeignKey(
        "self", models.CASCADE, null=True, blank=True, related_name="replies", editable=False
    )
    body = models.TextField(
        "comment", max_length=COMMENT_LENGTH, error_messages={"blank": "Write something first."}
    )
    place = models.CharField(max_length=80, blank=True, editable=False)
    quote = models.CharField("about these words", max_length=QUOTE_LENGTH, blank=True)
    quote_at = models.PositiveIntegerField(null=True, blank=True)
    mentions = models.JSONField(default=list, blank=True, editable=False)
    author_name = models.CharField(max_length=100, editable=False)
    created_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    created_at = models.DateTimeField(default=clock.now, editable=False)
    edited_at = models.DateTimeField(null=True, blank=True, editable=False)
    removed_at = models.DateTimeField(null=True, blank=True, editable=False)
    resolved_at = models.DateTimeField(null=True, blank=True, editable=False)
    resolved_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )

    class Meta(WorkspaceModel.Meta):
        ordering = ["id"]
        indexes = [
            models.Index(fields=["workspace", "subject_type", "subject_id", "id"], name="comment_of_subject"),
            models.Index(fields=["workspace", "-id"], name="comment_newest"),
        ]

    def __str__(self) -> str:
        return self.author_name
