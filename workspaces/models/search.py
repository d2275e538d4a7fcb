"""What the search finds: one row for each campaign, post and asset, kept by their operations."""

from __future__ import annotations

from django.db import models

from aura.kit import clock
from workspaces.models.base import WorkspaceModel


class SearchEntry(WorkspaceModel):
    """The words of one object, written by `workspaces.search` alone.

    `words` are folded tokens (aura.kit.search), each marked as this workspace's; the engine's full-text index over
    them is made by the migration. `number` orders by the object's age, newest highest, and is the row's key there.
    """

    kind = models.CharField(max_length=20)
    object_id = models.UUIDField()
    number = models.BigIntegerField(unique=True)
    title = models.CharField(max_length=200)
    words = models.TextField(blank=True)
    changed_at = models.DateTimeField(default=clock.now)

    class Meta(WorkspaceModel.Meta):
        verbose_name_plural = "search entries"
        constraints = [
            models.UniqueConstraint(fields=["workspace", "kind", "object_id"], name="search_entry_once")
        ]

    def __str__(self) -> str:
        return self.title
