"""Where assets are used, and how often they were used again."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

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

    asset = models.ForeignKey(Asset, models.RESTRICT, related_name="+")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta(WorkspaceModel.Meta):
        abstract = True

    asset_id: uuid.UUID

    def place(self) -> Place:
        """Return where this is. Every concrete use says it."""
        raise NotImplementedError(f"{type(self).__name__} does not say where it is.")
