"""Short links of posts, and how often they were followed."""

from __future__ import annotations

from django.db import models

from aura.kit import clock
from posts.models.target import Target
from workspaces.models import WorkspaceModel

URL_LENGTH = 2048


class ShortLink(WorkspaceModel):
    """A link of one target under a short name of this Aura. It leads on for as long as its post is there."""

    target = models.ForeignKey(Target, models.CASCADE, related_name="short_links")
    token = models.CharField(max_length=16, unique=True, editable=False)
    url = models.URLField(max_length=URL_LENGTH)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta(WorkspaceModel.Meta):
        ordering = ["id"]
        indexes = [models.Index(fields=["workspace", "target"], name="short_links_of_target")]

    def __str__(self) -> str:
        return self.url


class LinkDay(WorkspaceModel):
    """How often a short link was followed on one day (UTC). Nothing is kept of who followed it."""

    link = models.ForeignKey(ShortLink, models.CASCADE, related_name="days")
    day = models.DateField()
    clicks = models.PositiveIntegerField(default=0)

    class Meta(WorkspaceModel.Meta):
        ordering = ["day"]
        constraints = [models.UniqueConstraint(fields=["workspace", "link", "day"], name="link_day_once")]

    def __str__(self) -> str:
        return f"{self.clicks:,} on {self.day}"
