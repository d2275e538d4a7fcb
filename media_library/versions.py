"""What the page of an asset shows of its versions."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import prefetch_related_objects

from aura.kit.files import megabytes
from media_library import edits, formats
from media_library.models import Asset, AssetVersion, Rendition

SHOWN_AT_MOST = 50
WITH = ("stored_file", "created_by")
S = AssetVersion.Status


@dataclass(frozen=True)
class Row:
    """One version in the history."""

    version: AssetVersion
    is_current: bool
    can_be_shown: bool

    @property
    def thumb(self) -> Rendition | None:
        """Its small picture, or None before there is one."""
        made = self.version.renditions.all()
        small = (row for row in made if row.preset == Rendition.Preset.THUMB and row.status == "ready")
        return next(small, None)

    @property
    def size(self) -> str:
        """How many bytes its original has, as people read it; nothing while that is not made."""
        if self.version.recipe and self.version.status != S.READY:
            return ""
        return megabytes(self.version.stored_file.size)

    @property
    def how(self) -> str:
        """How it came to be, as the beginning of "… by Bob"."""
        if self.version.recipe:
            return edits.words_of(self.version.recipe)
        return "Uploaded" if self.version.number == 1 else "New file"

    @property
    def who(self) -> str:
        """Who made it."""
        return str(self.version.created_by or "Aura")


def asset_with_versions(pk: uuid.UUID) -> Asset | None:
    """Return an asset of the open workspace with its newest versions, for `history_of`: one query.

    None where it has no version (words, or what is not there).
    """
    versions = AssetVersion.objects.filter(asset=pk).select_related("asset__created_by", *WITH)
    found = list(versions.order_by("-number")[:SHOWN_AT_MOST])
    if not found:
        return None
    asset = found[0].asset
    asset.newest_versions = found  # type: ignore[attr-defined]
    return asset


def history_of(asset: Asset, *, along: Collection[AssetVersion] = ()) -> dict[str, Any]:
    """Return the part of the page's context about versions, newest first; two queries, one after `asset_with_versions`.

    Loads the renditions of the asset's current version with them, and of what comes `along`.
    """
    found = getattr(asset, "newest_versions", None)
    if found is None:
        versions = AssetVersion.objects.filter(asset=asset).order_by("-number")
        found = list(versions.select_related(*WITH)[:SHOWN_AT_MOST])
    current = next((version for version in found if version.pk == asset.current_id), None) or asset.current
    asset.current = current
    prefetch_related_objects([*found, *along, *([current] if current else [])], "renditions")
    open_ = asset.trashed_at is None
    rows = [
        Row(
            version,
            is_current=version.pk == asset.current_id,
            can_be_shown=open_
            and version.status == S.READY
            and version.pk != asset.current_id
            and asset.status != Asset.Status.PENDING,
        )
        for version in found
    ]
    return {
        "versions": rows,
        "version_coming": any(row.version.status == S.PENDING for row in rows),
        "can_have_versions": open_ and asset.current_id is not None and asset.status != Asset.Status.PENDING,
        "version_accept": formats.accept([asset.kind]),
    }
