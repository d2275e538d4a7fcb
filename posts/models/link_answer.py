"""What an address in the words of posts answers."""

from __future__ import annotations

from django.db import models

from aura.kit import clock
from aura.kit.jobs import WorkRow
from posts.words import ADDRESS_LENGTH
from workspaces.models import WorkspaceModel


class LinkAnswer(WorkRow, WorkspaceModel):
    """A link that stands in some post, and what it answered when it was looked at last. Its own work row.

    `misses`: how often its host was not found, as once may be a moment's trouble. `asked_at`: when a post last had it.
    `card` is what its page says about itself (title, description, picture: the address of one), {} for one that says
    nothing, None as long as nobody has read it; `thumb` is that picture, drawn small by us as WebP.
    """

    class Status(models.TextChoices):
        WAITS = "waits", "Being looked at"
        ANSWERS = "answers", "Answers"
        GONE = "gone", "Leads nowhere"

    digest = models.CharField(max_length=64, editable=False)
    url = models.CharField(max_length=ADDRESS_LENGTH, editable=False)
    status = models.CharField(max_length=7, choices=Status.choices, default=Status.WAITS, editable=False)
    says = models.CharField(max_length=200, blank=True, editable=False)
    misses = models.PositiveSmallIntegerField(default=0, editable=False)
    looked_at = models.DateTimeField(null=True, blank=True, editable=False)
    card = models.JSONField(null=True, blank=True, default=None, editable=False)
    thumb = models.BinaryField(null=True)
    asked_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta(WorkspaceModel.Meta):
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["due_at"], name="link_due", condition=models.Q(due_at__isnull=False)),
            models.Index(fields=["asked_at"], name="link_by_age"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "digest"], name="link_once"),
            models.CheckConstraint(
                condition=models.Q(status__in=["waits", "answers", "gone"]), name="link_status_known"
            ),
        ]

    def __str__(self) -> str:
        return self.url
