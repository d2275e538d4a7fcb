"""What people do with an asset once it is there."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import F

from aura.kit import clock, jobs
from aura.kit.files import sweep_temporary_files
from aura.kit.problems import Refused
from aura.kit.testing_points import failpoint
from media_library import uses
from media_library.models import Asset, AssetVersion, FileDeletion, Rendition, StoredFile
from media_library.operations.storage import NEVER_CAME, sweep_parts
from media_library.operations.tagging import forget_tags
from media_library.operations.uploads import KIND, index
from workspaces import search
from workspaces.operation import SYSTEM, Actor, operation
from workspaces.operations import forget_comments

KEPT_IN_TRASH = timedelta(days=30)
DAY = 24 * 3600.0
EDITED = ("title", "alt_text", "author", "licence", "source", "expires_date")


@operation
def edit_asset(asset: Asset, *, fields: Collection[str] = EDITED, by: Actor) -> Asset:
    """Save the judged title, description and rights of an asset, or those `fields` of them that were sent."""
    asset.save(update_fields=list(fields))
    if asset.trashed_at is None:
        index(asset)
    return asset


@operation
def trash_asset(
    asset: Asset, *, now: datetime | None = None, trashed_with: uuid.UUID | None = None, by: Actor
) -> Asset:
    """Move an asset to the trash for 30 days. Posts that use it keep it; public links to it end.

    `trashed_with` is the id of what it goes along with, so that restoring that brings it back.
    """
    if asset.trashed_at is not None:
        raise Refused("This is in the trash already.")
    asset.trashed_at, asset.trashed_with = now or clock.now(), trashed_with
    asset.save(update_fields=["trashed_at", "trashed_with"])
    Rendition.objects.filter(version__asset=asset).update(link_epoch=F("link_epoch") + 1)
    search.forget(KIND, [asset.pk])
    return asset


@operation
def restore_asset(asset: Asset, *, by: Actor) -> Asset:
    """Take an asset out of the trash."""
    if asset.trashed_at is None:
        raise Refused("This is not in the trash.")
    asset.trashed_at = asset.trashed_with = None
    asset.save(update_fields=["trashed_at", "trashed_with"])
    index(asset)
    return asset


@operation
def retry_asset(asset: Asset, *, now: datetime | None = None, by: Actor) -> Asset:
    """Try once more to read an asset that failed. Raises Refused for one whose file never came."""
    if asset.status == Asset.Status.FAILED and asset.current_id is None:
        raise Refused(NEVER_CAME)
    again = Asset.objects.filter(pk=asset.pk, status=Asset.Status.FAILED)
    if not again.update(status=Asset.Status.PENDING, failure="", tries=0, due_at=now or clock.now()):
        raise Refused("This is not waiting for another try.")
    jobs.ring("media_library.make_renditions", asset.pk)
    asset.status, asset.failure = Asset.Status.PENDING, ""
    return asset


@operation
def purge_asset(asset: Asset, *, by: Actor) -> None:
    """Delete a trashed asset for good, and queue its files for deletion.

    Raises Refused while it is used anywhere (what is in the trash counts: it could come back).
    """
    if asset.trashed_at is None:
        raise Refused("Move it to the trash first.")
    places = uses.places_of(asset, limit=3)
    if places:
        named = ", ".join(f"{place.kind} “{place.title}”" for place in places)
        raise Refused(f"It is used in {named}. Use another one instead there, or take it out.")
    versions = AssetVersion.objects.filter(asset=asset)
    stored = list(versions.values_list("stored_file_id", flat=True))
    keys = list(Rendition.objects.filter(version__asset=asset).values_list("key", flat=True))
    forget_tags([asset])
    Asset.objects.filter(pk=asset.pk).update(current=None)
    Asset.objects.filter(pk=asset.pk).delete()
    alone = StoredFile.objects.filter(pk__in=stored, versions=None)
    keys += list(alone.values_list("key", flat=True))
    StoredFile.objects.filter(pk__in=stored, versions=None).delete()
    search.forget(KIND, [asset.pk])
    forget_comments(asset)
    for deletion in FileDeletion.queue(keys):
        jobs.ring("media_library.delete_file", deletion.pk)
    failpoint("purge.before_commit")


def purge_expired(*, now: datetime | None = None, limit: int = 500) -> int:
    """Delete what has been in the open workspace's trash for 30 days and is used nowhere; return how many assets.

    Also takes away temporary and half-written files that a killed process left behind more than a day ago.
    """
    sweep_temporary_files(older_than=DAY)
    now = now or clock.now()
    sweep_parts(now=now)
    expired = Asset.objects.filter(trashed_at__lt=now - KEPT_IN_TRASH).order_by("trashed_at")[:limit]
    purged = 0
    for asset in list(expired):
        if not uses.is_used(asset):
            purge_asset(asset, by=SYSTEM)
            purged += 1
    return purged
