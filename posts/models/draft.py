"""What somebody is writing and has not saved, kept so that a closed window or a lost connection loses nothing."""

from __future__ import annotations

from django.db import models

from posts.models.post import Post
from workspaces.models import User, WorkspaceModel


class KeptDraft(WorkspaceModel):
    """The composer's fields as one person left them, one for each post and one for a new post (`post` None).

    `fields` is what the form would send, lists of texts by name. Nobody else sees it, and it is no change of the post.
    """

    person = models.ForeignKey(User, models.CASCADE, related_name="+", editable=False)
    post = models.ForeignKey(Post, models.CASCADE, null=True, blank=True, related_name="+", editable=False)
    fields = models.JSONField(default=dict, editable=False)
    kept_at = models.DateTimeField(editable=False)

    class Meta(WorkspaceModel.Meta):
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "person", "post"], name="kept_draft_once"),
            models.UniqueConstraint(
                fields=["workspace", "person"],
                name="kept_draft_of_a_new_post_once",
                condition=models.Q(post__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.post or 'A new post'}, as {self.person} left it"
