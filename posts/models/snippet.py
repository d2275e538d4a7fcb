"""Words that come again in posts: hashtag sets, signatures, templates."""

from __future__ import annotations

from django.db import models

from aura.kit import clock
from posts.models.post import CAPTION_LENGTH
from workspaces.models import User, WorkspaceModel


class Snippet(WorkspaceModel):
    """Words under a name, put into posts with a click. A post keeps its copy: changing a snippet changes no post."""

    class Kind(models.TextChoices):
        HASHTAGS = "hashtags", "Hashtags"
        SIGNATURE = "signature", "Signature"
        TEMPLATE = "template", "Template"

    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.TEMPLATE)
    words = models.TextField(max_length=CAPTION_LENGTH)
    created_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta(WorkspaceModel.Meta):
        ordering = ["kind", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "name"],
                name="snippet_name_once",
                violation_error_message="There are words with this name already. Pick another one.",
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=["hashtags", "signature", "template"]), name="snippet_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name
