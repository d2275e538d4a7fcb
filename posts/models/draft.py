"""What somebody is writing and has not saved, kept so that a closed window or a lost connection loses nothing."""

from __future__ import annotations

from django.db import models

from aura.kit.ids import uuid7
from posts.models.post import Post
from workspaces.models import User, WorkspaceModel


class KeptDraft(WorkspaceModel):
    """The composer's fields as one person left them: one for each post, one for each new one begun (`post` None).

    `writing` tells new posts apart that one person began: in another window, or before and left. `fields` is what the
    form would send, lists of texts by name. Nobody else sees it, and it is no change of the post.
    """

    person = models.ForeignKey(User, models.CASCADE, related_name="+", editable=False)
    post = models.ForeignKey(Post, models.CASCADE, null=True, blank=True, related_name="+", editable=False)
    writing = models.UUIDField(default=uuid7, editable=False)
    fields = models.JSONField(default=dict, editable=False)
    kept_at = models.DateTimeField(editable=False)

    class Meta(WorkspaceModel.Meta):
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "person", "post"], name="kept_draft_once"),
            models.UniqueConstraint(
                fields=["workspace", "person", "writing"],
                name="kept_draft_of_each_new_post_once",
                condition=models.Q(post__isnull=True),
            ),
        ]

    @property
    def title(self) -> str:
        """The title or the first words, as they were left; empty where there are none."""
        said = (" ".join("".join(self.fields.get(name, [])[:1]).split()) for name in ("title", "caption"))
        return next((words for words in said if words), "")

    def __str__(self) -> str:
        return f"{self.post or 'A new post'}, as {self.person} left it"
