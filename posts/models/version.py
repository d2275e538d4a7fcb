"""What a post said before: a version for each save that changed it."""

from __future__ import annotations

from django.db import models

from aura.kit import clock
from posts.models.post import TITLE_LENGTH, Post
from workspaces.models import User, WorkspaceModel


class PostVersion(WorkspaceModel):
    """What a post said from `at` on until the next version; the newest one is what it said when it was last saved.

    `content` is that of `posts.snapshot`, `created_by` who saved it: None for Aura, and for what was written before
    versions were kept.
    """

    post = models.ForeignKey(Post, models.CASCADE, related_name="versions", editable=False)
    number = models.PositiveIntegerField(editable=False)
    title = models.CharField(max_length=TITLE_LENGTH, editable=False)
    content = models.JSONField(default=dict, editable=False)
    created_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    at = models.DateTimeField(default=clock.now, editable=False)

    class Meta(WorkspaceModel.Meta):
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "post", "number"], name="post_version_once"),
        ]

    def __str__(self) -> str:
        return f"{self.title}, version {self.number}"
