"""A link by which somebody without an account reads posts and says yes, or what should change."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models

from aura.kit import clock
from posts.models.post import Post
from workspaces.models import User, WorkspaceModel

LASTS = timedelta(days=14)
"""How long a link lasts unless somebody says otherwise: a fortnight is a client's holiday."""
DAYS_AT_MOST = 90
NOTE_LENGTH = 500
"""Of what somebody says should change."""


class ReviewLink(WorkspaceModel):
    """Lets whoever has it review some posts until it ends. Only the hash of its secret is kept: it is shown once."""

    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    password = models.CharField(
        max_length=200, blank=True, editable=False
    )  # hashed; "" where none is asked for
    created_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    created_at = models.DateTimeField(default=clock.now, editable=False)
    ends_at = models.DateTimeField(editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta(WorkspaceModel.Meta):
        ordering = ["-id"]
        indexes = [models.Index(fields=["workspace", "-id"], name="review_link_newest")]

    def __str__(self) -> str:
        return f"Review link of {self.created_by or 'somebody who has left'}"

    def is_open(self, now: datetime) -> bool:
        """Tell whether it leads somewhere."""
        return self.revoked_at is None and now < self.ends_at


class LinkedPost(WorkspaceModel):
    """A post that a review link shows."""

    link = models.ForeignKey(ReviewLink, models.CASCADE, related_name="linked", editable=False)
    post = models.ForeignKey(Post, models.CASCADE, related_name="+", editable=False)

    class Meta(WorkspaceModel.Meta):
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["workspace", "link", "post"], name="linked_post_once")]

    def __str__(self) -> str:
        return f"{self.post} by link"
