"""A cut of a picture that goes out instead of the picture, on one channel."""

from __future__ import annotations

from django.db import models

from media_library.models import Asset
from posts.models.target import Target
from workspaces.models import WorkspaceModel


class Fit(WorkspaceModel):
    """On this target, this cut of the asset goes out: `place` is the key of a place the library cuts for."""

    target = models.ForeignKey(Target, models.CASCADE, related_name="fits", editable=False)
    asset = models.ForeignKey(Asset, models.CASCADE, related_name="+", editable=False)
    place = models.CharField(max_length=34, editable=False)

    class Meta(WorkspaceModel.Meta):
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "target", "asset"], name="fit_once"),
        ]

    def __str__(self) -> str:
        return f"{self.asset} as {self.place} on {self.target}"
