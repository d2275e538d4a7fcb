"""A scheduled post looked at again before its time."""

from __future__ import annotations

from django.db import models

from aura.kit.jobs import WorkRow
from posts.models.post import Post
from workspaces.models import WorkspaceModel


class Preflight(WorkRow, WorkspaceModel):
    """One look at a scheduled post: a day ahead, and a quarter of an hour ahead. Its own work row.

    It is about the post as it was promised for `for_at`; a post that was moved or taken off the schedule has another
    time, and then this says nothing. `found` is what the rules said, as the pages show it; `blocks` that something in
    it keeps the post from going out: such a look is taken again until the time has come.
    """

    class Moment(models.TextChoices):
        DAY = "day", "A day ahead"
        QUARTER = "quarter", "A quarter of an hour ahead"

    post = models.ForeignKey(Post, models.CASCADE, related_name="preflights", editable=False)
    moment = models.CharField(max_length=7, choices=Moment.choices, editable=False)
    for_at = models.DateTimeField(editable=False)
    looked_at = models.DateTimeField(null=True, blank=True, editable=False)
    found = models.JSONField(default=list, blank=True, editable=False)
    blocks = models.BooleanField(default=False, editable=False)

    class Meta(WorkspaceModel.Meta):
        ordering = ["for_at", "id"]
        indexes = [
            models.Index(
                fields=["workspace", "for_at"], name="preflight_that_blocks", condition=models.Q(blocks=True)
            ),
            models.Index(fields=["due_at"], name="preflight_due", condition=models.Q(due_at__isnull=False)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "post", "moment"], name="preflight_once"),
            models.CheckConstraint(
                condition=models.Q(moment__in=["day", "quarter"]), name="preflight_moment_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_moment_display()}: {self.post}"
