"""A yes to a post, with what the post said then."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from aura.kit import clock
from posts.models.post import Post
from workspaces.models import User, WorkspaceModel


class Approval(WorkspaceModel):
    """One person's yes. It is bound to `content`, what they have read (posts.snapshot), and ends with the first edit.

    `by_name` outlives the account. `is_others`: it was not the author's own. `content` is empty for what was approved
    before contents were kept.
    """

    post = models.ForeignKey(Post, models.CASCADE, related_name="approvals", editable=False)
    by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+", editable=False)
    by_name = models.CharField(max_length=100, editable=False)
    is_others = models.BooleanField(default=False, editable=False)
    content = models.JSONField(default=dict, blank=True, editable=False)
    content_hash = models.CharField(max_length=64, editable=False)
    at = models.DateTimeField(default=clock.now, editable=False)
    ended_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta(WorkspaceModel.Meta):
        ordering = ["-id"]
        indexes = [models.Index(fields=["workspace", "post", "-id"], name="approval_of_post")]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "post", "by"],
                condition=Q(ended_at=None),
                name="approval_once",
                violation_error_message="This person has said yes already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.by_name} approved {self.post}"
