"""An upload, from a temporary file to a row that promises it (trust.md §6.8).

row `pending` → file written, fsynced, renamed → row `ready`. Killed anywhere in between, nothing is promised that is
not there: the client sends it again and it goes on, or the pending row is cleared away after a day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction

from aura.kit import clock, jobs
from aura.kit.direct import copy_within
from aura.kit.files import HashedUpload, store
from aura.kit.ids import uuid7
from aura.kit.problems import Refused
from aura.kit.testing_points import failpoint
from media_library.formats import Description
from media_library.models import Asset, AssetVersion, NotDuplicate, StoredFile
from media_library.names import display_name, title_from
from media_library.operations.tagging import tags_of
from workspaces import search
from workspaces.models import User
from workspaces.operation import Actor, may, operation
from workspaces.scope import current_workspace

STALE_AFTER = timedelta(hours=24)
HELD_FOR = timedelta(hours=1)  # longer than any request lasts: what a killed one left goes then
KIND = "asset"  # in the search
ANOTHER_KEY = "Another file came under the key of this upload. Send it once more, under a key of its own."
COPIED = ("alt_text", "author", "licence", "source", "expires_date")  # to a second asset of the same bytes


class Outcome(StrEnum):
    """What became of an upload."""

    ADDED = "added"
    ALREADY = "already"
    IN_TRASH = "in_trash"


@dataclass(frozen=True)
class Received:
    """The answer to an upload: the asset, and whether it is new, known already, or known and in the trash."""

    asset: Asset
    outcome: Outcome
    stored: StoredFile

    @property
    def version(self) -> AssetVersion | None:
        """The version of the asset that has these bytes; a query where it is not the one that is shown."""
        current = self.asset.current
        if current is not None and current.stored_file_id == self.stored.pk:
            return current
        return AssetVersion.objects.filter(asset=self.asset, stored_file=self.stored).first()


def words_of(asset: Asset, tags: Sequence[str]) -> list[str]:
    """Return what an asset with these tags is found by beside its title: description, text, file name and tags."""
    name = asset.current.original_name if asset.current else ""
    return [asset.alt_text, asset.body, name, *tags]


def index(asset: Asset) -> None:
    """Let the asset be found by its words; in the transaction that changed it."""
    words = words_of(asset, sorted(tags_of([asset])[asset.pk]))
    search.index(KIND, asset.pk, title=asset.title, words=words)


def index_all(assets: Sequence[Asset]) -> None:
    """Let all of these be found by their words: one query for the tags, and the writing."""
    tags = tags_of(assets)
    search.index_many(
        [
            search.entry(KIND, asset.pk, title=asset.title, words=words_of(asset, sorted(tags[asset.pk])))
            for asset in assets
        ]
    )


def receive_upload(
    upload: HashedUpload,
    description: Description,
    *,
    upload_key: str = "",
    source: str = "",
    now: datetime | None = None,
    by: Actor,
) -> Received:
    """Take in one judged upload, and return what became of it. Safe to repeat with the same `upload_key`.

    The same bytes in the same workspace are kept once: the answer then is the asset that has them. Other workspaces
    are never looked at. Raises PermissionDenied, Refused where another file came under that key, NoSpace when
    the disk is full, and OSError when the storage fails.
    """
    now = now or clock.now()
    held = hold_upload(upload, description, upload_key=upload_key, source=source, now=now, by=by)
    if held.stored.status == StoredFile.Status.READY:
        return held
    promise(held, now=now)
    failpoint("upload.after_commit")
    return Received(held.asset, Outcome.ADDED, held.stored)


def promise(held: Received, *, now: datetime) -> None:
    """Promise what is held: from now on it is in the library. Raises Refused where it was cleared away meanwhile."""
    if held.stored.status != StoredFile.Status.READY and not finish_file(held.stored, now=now):
        raise Refused("This upload was cleared away meanwhile. Send the file once more.")


def hold_upload(
    upload: HashedUpload,
    description: Description,
    *,
    upload_key: str = "",
    source: str = "",
    lasts: timedelta = STALE_AFTER,
    now: datetime,
    by: Actor,
) -> Received:
    """Keep the file of an upload without promising it yet: it goes after `lasts` unless somebody does (`promise`).

    Raises what `receive_upload` raises.
    """
    if isinstance(by, User) and not may(by, "media_library.add_upload"):
        raise PermissionDenied("Viewers look and comment. An owner or admin can change your role.")
    known = _known(upload.sha256, upload_key)
    if known is None:
        try:
            asset = add_upload(
                upload,
                description=description,
                upload_key=upload_key,
                source=source,
                lasts=lasts,
                now=now,
                by=by,
            )
        except IntegrityError:  # the same bytes, or the same upload, arrived a moment before
            known = _known(upload.sha256, upload_key)
            if known is None and upload_key and Asset.objects.filter(upload_key=upload_key).exists():
                raise Refused(ANOTHER_KEY) from None
            if known is None:
                raise
        else:
            known = Received(asset, Outcome.ADDED, _file_of(asset))
    failpoint("upload.after_row")
    stored = known.stored
    if stored.status == StoredFile.Status.READY:
        return known
    try:
        if upload.stored_as:
            copy_within(default_storage, upload.stored_as, stored.key, stored.size)
        else:
            store(default_storage, stored.key, upload, stored.size)
    finally:
        upload.close()  # moved or copied: either way the temporary file is done with
    return known


@operation
def add_upload(
    upload: HashedUpload,
    *,
    description: Description,
    upload_key: str,
    source: str = "",
    lasts: timedelta = STALE_AFTER,
    now: datetime,
    by: Actor,
) -> Asset:
    """Write down that a file is coming: stored file, asset and first version, all pending. Returns the asset."""
    user = by if isinstance(by, User) else getattr(by, "user", None)
    stored = StoredFile(
        sha256=upload.sha256,
        key=f"{current_workspace().pk}/{uuid7()}.{description.extension}",
        size=upload.size or 0,
        mime=description.mime,
        extension=description.extension,
        created_at=now,
        due_at=now + lasts,
    )
    stored.save()
    name = upload.name or ""
    asset = Asset(
        kind=description.kind,
        title=title_from(name),
        source=source,
        upload_key=upload_key or None,
        created_by=user,
        created_at=now,
    )
    asset.save()
    version = AssetVersion(
        asset=asset,
        stored_file=stored,
        width=description.width,
        height=description.height,
        frames=description.frames,
        original_name=display_name(name),
        created_by=user,
        created_at=now,
    )
    version.save()
    asset.save(update_fields=asset.show(version))
    index(asset)
    return asset


@operation
def keep_both(
    asset: Asset,
    *,
    version: AssetVersion,
    name: str = "",
    upload_key: str = "",
    now: datetime | None = None,
    by: Actor,
) -> Asset:
    """Keep the bytes of this version as one more asset, with a name of its own; both share the stored file.

    Description and rights come along: they are true of the picture, whatever it is called. Safe to repeat with the same
    `upload_key`. Raises Refused for what is in the trash or was deleted meanwhile.
    """
    if asset.trashed_at is not None:
        raise Refused("This is in the trash. Take it out instead.")
    stored = StoredFile.objects.select_for_update().filter(pk=version.stored_file_id).first()
    if stored is None:
        raise Refused("This was deleted a moment ago. Upload the file once more.")
    again = Asset.objects.filter(upload_key=upload_key or None).first() if upload_key else None
    if again is not None:
        return again
    now = now or clock.now()
    user = by if isinstance(by, User) else getattr(by, "user", None)
    name = display_name(name or version.original_name)
    copy = Asset(
        kind=asset.kind,
        title=title_from(name),
        **{field: getattr(asset, field) for field in COPIED},
        upload_key=upload_key or None,
        created_by=user,
        created_at=now,
        due_at=now if stored.status == StoredFile.Status.READY else None,
    )
    copy.save()
    own = AssetVersion(
        asset=copy,
        stored_file=stored,
        width=version.width,
        height=version.height,
        frames=version.frames,
        original_name=name,
        created_by=user,
        created_at=now,
    )
    own.save()
    copy.save(update_fields=copy.show(own))
    if copy.kind == Asset.Kind.IMAGE:  # kept on purpose: nobody is asked again
        newer, older = max(copy, asset, key=lambda each: each.pk), min(copy, asset, key=lambda each: each.pk)
        NotDuplicate.objects.create(newer=newer, older=older, created_by=user)
    index(copy)
    jobs.ring("media_library.make_renditions", copy.pk)
    return copy


def _known(sha256: str, upload_key: str) -> Received | None:
    assets = Asset.objects.select_related("current__stored_file")
    if upload_key:
        same_upload = assets.filter(upload_key=upload_key, current__stored_file__sha256=sha256).first()
        if same_upload is not None:
            return Received(same_upload, Outcome.ADDED, _file_of(same_upload))
    stored = StoredFile.objects.filter(sha256=sha256).first()
    if stored is None:
        return None
    holders = assets.filter(pk__in=list(stored.versions.values_list("asset_id", flat=True)))
    shown = holders.filter(current__stored_file=stored)  # rather than what only has it as an older version
    asset = shown.filter(trashed_at=None).order_by("-id").first()
    asset = (
        asset or holders.filter(trashed_at=None).order_by("-id").first() or holders.order_by("-id").first()
    )
    if asset is None:
        return None
    return Received(asset, Outcome.ALREADY if asset.trashed_at is None else Outcome.IN_TRASH, stored)


def _file_of(asset: Asset) -> StoredFile:
    assert asset.current is not None
    return asset.current.stored_file


def finish_file(stored: StoredFile, *, now: datetime) -> bool:
    """Promise the file, and put its assets and versions in the queue; return False when its row is gone."""
    with transaction.atomic():
        pending = StoredFile.objects.filter(pk=stored.pk, status=StoredFile.Status.PENDING)
        turned = pending.update(status=StoredFile.Status.READY, due_at=None)
        if turned:
            waiting = Asset.objects.filter(versions__stored_file=stored, status=Asset.Status.PENDING)
            for pk in list(waiting.values_list("pk", flat=True)):
                Asset.objects.filter(pk=pk).update(due_at=now)
                jobs.ring("media_library.make_renditions", pk)
            coming = AssetVersion.objects.filter(stored_file=stored, status=AssetVersion.Status.PENDING)
            for pk in list(coming.values_list("pk", flat=True)):
                AssetVersion.objects.filter(pk=pk).update(due_at=now)
                jobs.ring("media_library.make_version", pk)
        failpoint("upload.after_ready")
        return bool(turned) or StoredFile.objects.filter(pk=stored.pk).exists()
