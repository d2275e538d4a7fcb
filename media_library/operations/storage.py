"""Rows and files kept in step: files that no row needs go, uploads that broke off go, and what is missing is said."""

from __future__ import annotations

import hashlib
import logging
import uuid
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.core.files.storage import default_storage
from django.db import transaction

from aura.kit import clock, jobs
from aura.kit.files import CHUNK, PART_SUFFIX
from aura.kit.testing_points import failpoint
from imports.models import Import
from media_library import uses
from media_library.happenings import FAILED
from media_library.models import Asset, AssetVersion, FileDeletion, Rendition, StoredFile, StoredTotal
from media_library.operations.tagging import forget_tags
from media_library.operations.uploads import KIND
from workspaces import search
from workspaces.models import Workspace
from workspaces.operations import forget_comments, happened
from workspaces.scope import current_workspace, every_workspace, use_workspace

logger = logging.getLogger(__name__)

INCOMING = ".incoming"  # what browsers post to the object store by themselves
ORPHAN_AFTER = timedelta(hours=24)
NEVER_CAME = "Its file never arrived whole. Upload it again."


def delete_file(deletion_id: uuid.UUID, token: uuid.UUID) -> None:
    """Delete one file that was queued for it; a missing one is logged. Keys that a row needs are left alone."""
    row = FileDeletion.objects.filter(pk=deletion_id, claim_token=token).first()
    if row is None:
        return
    failpoint("delete.before_file")
    if _is_wanted(row.key):
        logger.error("The file %s was queued for deletion, and a row still needs it: left alone.", row.key)
    elif default_storage.exists(row.key):
        default_storage.delete(row.key)
        failpoint("delete.after_file")
    elif not row.key.endswith(INCOMING):  # those are deleted twice: their form can be posted once more
        logger.warning("The file %s was to be deleted and is missing already.", row.key)
    FileDeletion.objects.filter(pk=deletion_id, claim_token=token).delete()


def _is_wanted(key: str) -> bool:
    with every_workspace("a file to be deleted may be wanted by a row of any workspace"):
        return StoredFile.objects.filter(key=key).exists() or Rendition.objects.filter(key=key).exists()


def drop_stale_upload(stored_file_id: uuid.UUID, token: uuid.UUID) -> None:
    """Clear away an upload that was begun a day ago and never finished: its rows now, its file if there is one.

    An asset that something uses already stays there, and says that its file never came.
    """
    with transaction.atomic():
        stale = StoredFile.objects.select_for_update().filter(
            pk=stored_file_id, claim_token=token, status=StoredFile.Status.PENDING
        )
        row = stale.first()
        if row is not None:
            _clear_away(row)


def let_go(upload_keys: Collection[str]) -> None:
    """Clear away what came with these keys and was never promised: what they were for came to nothing."""
    with transaction.atomic():
        came = Asset.objects.filter(upload_key__in=upload_keys).values("current__stored_file")
        unfinished = StoredFile.objects.select_for_update().filter(status=StoredFile.Status.PENDING)
        for row in unfinished.filter(pk__in=came):
            _clear_away(row)


def _clear_away(row: StoredFile) -> None:
    """Take away an upload that was never finished; the transaction holds its row."""
    versions = AssetVersion.objects.filter(stored_file=row)
    assets = list(Asset.objects.filter(current__stored_file=row, status=Asset.Status.PENDING))
    used = [asset.pk for asset in assets if uses.is_used(asset)]
    gone = {"current": None, "status": Asset.Status.FAILED, "failure": NEVER_CAME, "due_at": None}
    Asset.objects.filter(pk__in=used).update(**gone)
    happened(FAILED, used)
    going = [asset for asset in assets if asset.pk not in used]
    waiting = [asset.pk for asset in going]
    forget_tags(going)
    for asset in going:
        forget_comments(asset)
    Asset.objects.filter(pk__in=waiting).update(current=None)
    Asset.objects.filter(pk__in=waiting).delete()
    versions.delete()  # of assets that are something already, and stay that
    StoredFile.objects.filter(pk=row.pk).delete()
    search.forget(KIND, waiting)
    for deletion in FileDeletion.queue([row.key]):
        jobs.ring("media_library.delete_file", deletion.pk)


def queue_workspace_files(workspace: Workspace) -> int:
    """Queue every file of a workspace for deletion, before its rows go; return how many."""
    with use_workspace(workspace):
        keys = [
            *StoredFile.objects.values_list("key", flat=True),
            *Rendition.objects.values_list("key", flat=True),
            *Import.objects.exclude(file_key="").values_list("file_key", flat=True),
        ]
        # The rows go now: `delete_file` leaves alone whatever a row still needs.
        Asset.objects.update(current=None)
        Rendition.objects.all().delete()
    return len(FileDeletion.queue(keys))


@dataclass
class Findings:
    """What `check_storage` found. Keys, except for the figures; the total is `counted_off` by so many bytes."""

    rows: int = 0
    files: int = 0
    counted_off: int = 0
    missing: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    orphans: list[str] = field(default_factory=list)
    repaired: int = 0

    @property
    def all_is_well(self) -> bool:
        """Tell whether rows and files agree."""
        return not (self.missing or self.wrong or self.orphans or self.counted_off)


def check_storage(
    workspace: Workspace, *, repair: bool = False, hashes: bool = False, now: datetime | None = None
) -> Findings:
    """Compare the rows of a workspace with its files, both ways; `hashes` reads every file as well.

    With `repair`, renditions that are missing or wrong are made again, files that no row has needed for a day are
    queued for deletion, and the total that the quota goes by is added up anew. A missing original cannot be repaired
    here: it is in a backup, or gone.
    """
    now = now or clock.now()
    found = Findings()
    with use_workspace(workspace):
        rows: dict[str, StoredFile | Rendition] = {
            row.key: row
            for row in (
                *StoredFile.objects.filter(status=StoredFile.Status.READY),
                *Rendition.objects.filter(status=Rendition.Status.READY),
            )
            if row.key
        }
        pending = {
            *StoredFile.objects.filter(status=StoredFile.Status.PENDING).values_list("key", flat=True),
            *Rendition.objects.filter(status=Rendition.Status.PENDING).values_list("key", flat=True),
        }
        going = set(
            FileDeletion.objects.filter(key__startswith=f"{workspace.pk}/").values_list("key", flat=True)
        )
        files = set(files_of(workspace))
        found.rows, found.files = len(rows), len(files)
        found.counted_off = StoredTotal.difference(repair=repair)
        found.missing = sorted(set(rows) - files)
        found.wrong = sorted(
            key for key in set(rows) & files if not _is_intact(key, rows[key], hashes=hashes)
        )
        found.orphans = sorted(
            key
            for key in files - set(rows) - pending - going
            if now - default_storage.get_modified_time(key) > ORPHAN_AFTER
        )
        if repair:
            broken = [rows[key] for key in (*found.missing, *found.wrong)]
            found.repaired = make_again([row for row in broken if isinstance(row, Rendition)], now=now)
            for deletion in FileDeletion.queue(found.orphans):
                jobs.ring("media_library.delete_file", deletion.pk)
            found.repaired += len(found.orphans) + bool(found.counted_off)
    return found


def sweep_parts(*, now: datetime) -> int:
    """Queue for deletion what killed processes left half-written in the open workspace a day ago; return how many.

    Nothing else can be left without a row: the rows come before the files. So only these go by themselves.
    """
    parts = [
        key
        for key in files_of(current_workspace())
        if key.endswith(PART_SUFFIX) and now - default_storage.get_modified_time(key) > ORPHAN_AFTER
    ]
    going = set(FileDeletion.objects.filter(key__in=parts).values_list("key", flat=True))
    return len(FileDeletion.queue(key for key in parts if key not in going))


def files_of(workspace: Workspace) -> Iterator[str]:
    """Yield the key of every file that the storage has of a workspace."""
    try:
        names = default_storage.listdir(str(workspace.pk))[1]
    except FileNotFoundError:
        return
    for name in names:
        yield f"{workspace.pk}/{name}"


def _is_intact(key: str, row: StoredFile | Rendition, *, hashes: bool) -> bool:
    if default_storage.size(key) != row.size:
        return False
    if not hashes:
        return True
    digest = hashlib.sha256()
    with default_storage.open(key) as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest() == row.sha256


def make_again(renditions: list[Rendition], *, now: datetime) -> int:
    """Let these renditions, whose files are missing or wrong, be made again; return how many."""
    with transaction.atomic():
        for row in renditions:
            version = AssetVersion.objects.select_related("asset").get(pk=row.version_id)
            asset_id = version.asset_id
            if row.preset not in Rendition.Preset.values:  # a cut: made by itself, and replaced
                Rendition.objects.filter(pk=row.pk).update(due_at=now, tries=0, failure="")
                jobs.ring("media_library.make_fit", row.pk)
                continue
            Rendition.objects.filter(pk=row.pk).update(status=Rendition.Status.PENDING)
            if version.asset.current_id != version.pk:  # an older one: made again, and not shown by that
                again = {"status": AssetVersion.Status.PENDING, "failure": "", "tries": 0, "due_at": now}
                AssetVersion.objects.filter(pk=version.pk).update(shown_at=now, **again)
                jobs.ring("media_library.make_version", version.pk)
                continue
            Asset.objects.filter(pk=asset_id).update(
                status=Asset.Status.PENDING, failure="", tries=0, due_at=now
            )
            jobs.ring("media_library.make_renditions", asset_id)
    return len(renditions)
