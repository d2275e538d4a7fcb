"""Where assets are used, and how often they were used again."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import ClassVar

from django.db import models

from media_library.models.asset import Asset
from workspaces.models import WorkspaceModel


@dataclass(frozen=True)
class Place:
    """Where an asset is used, for a person: `kind` is a word like "post", `status` that thing's own status."""

    title: str
    kind: str
    url: str
    status: str = ""


class Use(WorkspaceModel):
    """Abstract: one place where an asset is used. Apps above make it concrete and register it in `uses`.

    A used asset cannot be purged: the constraint is the foreign key's, the sentence `purge_asset`'s.
    """

    SUBJECT: ClassVar[str]
    """The field that leads to the thing that shows the asset: "post"."""

    asset = models.ForeignKey(Asset, models.RESTRICT, related_name="+")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta(WorkspaceModel.Meta):
        abstract = True

    asset_id: uuid.UUID

    def place(self) -> Place:
        """Return where this is. Every concrete use says it."""
        raise NotImplementedError(f"{type(self).__name__} does not say where it is.")


class Reuse(WorkspaceModel):
    """That an asset was put to use: where, from when, and until when. Kept by `uses.recount`, also of what has gone."""

    asset = models.ForeignKey(Asset, models.CASCADE, related_name="reuses", editable=False)
    kind = models.CharField(max_length=30, editable=False)  # the word of a place: "post"
    subject = models.UUIDField(editable=False)
    title = models.CharField("what it was called then", max_length=200, editable=False)
    began_at = models.DateTimeField(editable=False)
    ended_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta(WorkspaceModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["asset", "kind", "subject"],
                name="reuse_open_once",
                condition=models.Q(ended_at=None),
                violation_error_message="This use is written down already.",
            )
        ]
        indexes = [models.Index(fields=["workspace", "asset", "-began_at"], name="reuse_of_asset")]

    def __str__(self) -> str:
        return f"{self.kind} “{self.title}”"
