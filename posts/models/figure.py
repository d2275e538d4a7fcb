"""How a post does on a channel, as far as its network tells."""

from __future__ import annotations

from django.db import models

from posts.models.target import Target
from posts.networks.figures import Figure
from workspaces.models import WorkspaceModel


class TargetFigure(WorkspaceModel):
    """One total of one post on one channel since it went out, as it was when it was asked for last."""

    class Kind(models.TextChoices):
        IMPRESSIONS = Figure.IMPRESSIONS, "impressions"
        REACH = Figure.REACH, "people reached"
        LIKES = Figure.LIKES, "likes"
        COMMENTS = Figure.COMMENTS, "comments"
        SHARES = Figure.SHARES, "shares"
        SAVES = Figure.SAVES, "saves"
        CLICKS = Figure.CLICKS, "clicks"
        VIDEO_VIEWS = Figure.VIDEO_VIEWS, "film views"

    target = models.ForeignKey(Target, models.CASCADE, related_name="figures")
    figure = models.CharField(max_length=12, choices=Kind.choices)
    total = models.PositiveBigIntegerField()
    fetched_at = models.DateTimeField()

    class Meta(WorkspaceModel.Meta):
        ordering = ["target", "figure"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "target", "figure"], name="target_figure_once")
        ]

    def __str__(self) -> str:
        return f"{self.total:,} {self.get_figure_display()}"
