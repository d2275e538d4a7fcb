"""Versions of an asset: a new one uploaded or made by an edit, an earlier one taken again.

A version that comes later is its own work row. The worker makes its renditions, and the transaction that makes it ready
also makes it the current one. So what posts show changes in one moment, and a version that cannot be read harms nobody.
"""

from __future__ import annotations

import contextlib
import logging
import uuid
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import Max

from aura.kit import clock, jobs
from aura.kit.files import HashedUpload, LocalFile, NoSpace, new_temporary_path, store
from aura.kit.ids import uuid7
from aura.kit.problems import Refused, Unavailable
from aura.kit.testing_points import failpoint
from media_library import edits, fits, formats, uses
from media_library.formats import Description, image
from media_library.models import Asset, AssetVersion, FileDeletion, Rendition, StoredFile
from media_library.names import display_name
from media_library.operations import renditions
from media_library.operations.uploads import STALE_AFTER, finish_file, index
from workspaces.models import User
from workspaces.operation import SYSTEM, Actor, operation, those_allowed
from workspaces.scope import current_workspace

logger = logging.getLogger(__name__)

S = AssetVersion.Status
LEASES_OVER = timedelta(minutes=10)
IN_TRASH = "This is in the trash. Take it out first."
NOT_YET = "This is still getting ready. Try again in a moment."
THE_SAME = "This is the very file that is shown now. Choose another one."
GONE = "This upload was cleared away meanwhile. Send the file once more."
NO_LOGO = "The logo was deleted meanwhile. Edit the picture again with another one."
WORN_OUT = "Making it failed three times. Try again, or upload another file."


def receive_version(
    asset: Asset, upload: HashedUpload, description: Description, *, now: datetime | None = None, by: Actor
) -> AssetVersion:
    """Take in one judged upload as the next version of an asset. Safe to repeat.

    Raises PermissionDenied, Refused, NoSpace when the disk is full, and OSError when the storage fails.
    """
    now = now or clock.now()
    try:
        version = add_version(asset, upload=upload, description=description, now=now, by=by)
    except IntegrityError:  # the same bytes arrived a moment before, by another upload
        version = add_version(asset, upload=upload, description=description, now=now, by=by)
    failpoint("version.after_row")
    stored = version.stored_file
    if stored.status == StoredFile.Status.PENDING:
        try:
            store(default_storage, stored.key, upload, stored.size)
        finally:
            upload.close()
        if not finish_file(stored, now=now):
            raise Refused(GONE)
    return version


@operation
def add_version(
    asset: Asset, *, upload: HashedUpload, description: Description, now: datetime, by: Actor
) -> AssetVersion:
    """Write down that another version is coming; bytes that the workspace has are not kept twice."""
    held = hold(asset)
    if description.kind != held.kind:
        kind = Asset.Kind(held.kind).label.lower()
        raise Refused(f"This is a {kind}. Choose a file of the same kind, or upload yours for itself.")
    if held.current is not None and held.current.stored_file.sha256 == upload.sha256:
        raise Refused(THE_SAME)
    stored = StoredFile.objects.filter(sha256=upload.sha256).first()
    if stored is None:
        stored = StoredFile(
            sha256=upload.sha256,
            key=f"{current_workspace().pk}/{uuid7()}.{description.extension}",
            size=upload.size or 0,
            mime=description.mime,
            extension=description.extension,
            created_at=now,
            due_at=now + STALE_AFTER,
        )
        stored.save(force_insert=True)
    coming = AssetVersion.objects.filter(asset=held, stored_file=stored, status=S.PENDING, made_from=None)
    if (same := coming.select_related("stored_file").first()) is not None:
        return same  # sent once more, after a connection that broke
    version = AssetVersion(
        asset=held,
        stored_file=stored,
        width=description.width,
        height=description.height,
        frames=description.frames,
        original_name=display_name(upload.name or ""),
    )
    return write_down(version, now=now, due=stored.status == StoredFile.Status.READY, by=by)


def write_down(version: AssetVersion, *, now: datetime, due: bool, by: Actor) -> AssetVersion:
    """Save a pending version under the next number of its asset, which the transaction holds."""
    newest = AssetVersion.objects.filter(asset=version.asset).aggregate(newest=Max("number"))["newest"]
    version.number = (newest or 0) + 1
    version.created_by = by if isinstance(by, User) else getattr(by, "user", None)
    version.created_at, version.status = now, S.PENDING
    version.due_at = now if due else None
    version.save(force_insert=True)
    if due:
        jobs.ring("media_library.make_version", version.pk)
    return version


@operation
def edit_picture(
    asset: Asset, *, recipe: dict[str, Any], now: datetime | None = None, by: Actor
) -> AssetVersion:
    """Ask for a version made by a recipe (formats/child_edit.py) from the uploaded one that is behind what is shown.

    The original is never touched, and an edit of an edit begins with the original again. Raises Refused.
    """
    held = hold(asset)
    current = held.current
    if current is None or held.kind != Asset.Kind.IMAGE or held.status != Asset.Status.READY:
        raise Refused("Only a picture that is ready can be edited.")
    if recipe == current.recipe:
        raise Refused("It looks like that already. Change something, then save it.")
    base = edits.base_of(current)
    version = AssetVersion(
        asset=held,
        stored_file=base.stored_file,
        made_from=base,
        recipe=recipe,
        original_name=base.original_name,
    )
    return write_down(version, now=now or clock.now(), due=True, by=by)


@operation
def show_version(asset: Asset, *, version: AssetVersion, now: datetime | None = None, by: Actor) -> Asset:
    """Go back to a version that is ready: everything that uses the asset shows it from now on."""
    asset.refresh_from_db()  # not locked yet: what uses it is held first
    if asset.trashed_at is not None:
        raise Refused(IN_TRASH)
    if version.status != S.READY or version.asset_id != asset.pk:
        raise Refused("This version is not ready. Choose another one.")
    if asset.status == Asset.Status.PENDING:
        raise Refused(NOT_YET)
    if asset.current_id == version.pk:
        raise Refused("This version is shown already.")
    _make_current(version, by=by, now=now or clock.now())
    asset.refresh_from_db()
    return asset


@operation
def retry_version(asset: Asset, *, version: AssetVersion, now: datetime | None = None, by: Actor) -> Asset:
    """Try once more to make a version that failed."""
    again = AssetVersion.objects.filter(pk=version.pk, asset=asset, status=S.FAILED)
    if not again.update(status=S.PENDING, failure="", tries=0, due_at=now or clock.now()):
        raise Refused("This is not waiting for another try.")
    jobs.ring("media_library.make_version", version.pk)
    return asset


@operation
def drop_version(asset: Asset, *, version: AssetVersion, by: Actor) -> Asset:
    """Take back a version that is not ready: it failed, or is still being made.

    One of somebody else is taken back only by whoever may trash what others made. Raises Refused.
    """
    if not those_allowed(by, "media_library.trash_asset", [version]):
        raise Refused("Somebody else made this version. Ask them or an editor to take it back.")
    going = AssetVersion.objects.select_for_update(no_key=True, of=("self",))
    row = going.filter(pk=version.pk, asset=asset).exclude(status=S.READY).first()
    if row is None or row.pk == asset.current_id:
        raise Refused("This version is ready. It stays in the history.")
    keys = list(Rendition.objects.filter(version=row).exclude(key=None).values_list("key", flat=True))
    AssetVersion.objects.filter(pk=row.pk).delete()
    alone = StoredFile.objects.filter(pk=row.stored_file_id, versions=None)
    keys += list(alone.values_list("key", flat=True))
    alone.delete()
    # A worker may be writing them at this moment: then they go when it has certainly ended.
    later = clock.now() + LEASES_OVER if row.claim_token else None
    for deletion in FileDeletion.queue((key for key in keys if key), due_at=later):
        jobs.ring("media_library.delete_file", deletion.pk)
    return asset


def hold(asset: Asset) -> Asset:
    """Return the asset, locked, when another version of it may be made; else raise Refused."""
    rows = Asset.objects.select_for_update(no_key=True, of=("self",))
    held = rows.select_related("current__stored_file").get(pk=asset.pk)
    if held.trashed_at is not None:
        raise Refused(IN_TRASH)
    if held.current is None:
        raise Refused("This has no file, so it has no versions.")
    if held.status == Asset.Status.PENDING:
        raise Refused(NOT_YET)
    return held


def make_version(version_id: uuid.UUID, token: uuid.UUID) -> None:
    """Make everything of one claimed version, and record it with the token. Running it twice makes it once more."""
    rows = AssetVersion.objects.select_related("stored_file", "made_from", "created_by")
    version = rows.filter(pk=version_id, claim_token=token, status=S.PENDING).first()
    if version is None:
        return
    if version.tries > renditions.TRIES:
        give_up_version(version_id, token)
        return
    name, edited = new_temporary_path(), new_temporary_path(".edit")
    try:
        stored = None
        if version.made_from is None:
            with renditions.local_copy(version.stored_file) as source:
                drawn = formats.of_mime(version.stored_file.mime).draw(source, name.parent, name.name)
        else:
            file = _edited(version, edited)
            drawn = image.draw(edited, name.parent, name.name)
            stored = _keep_original(version, file)
        made = renditions.keep(version, drawn.made)
        failpoint("version.after_files")
        _succeed(version, token, drawn, made, stored)
        failpoint("version.after_commit")
    except FileNotFoundError:
        logger.error("The file %s of version %s is missing.", version.stored_file.key, version_id)
        _fail(version, token, renditions.MISSING)
    except formats.Unusable as problem:
        _fail(version, token, str(problem), again=problem.may_work_later)
    except NoSpace:
        _fail(version, token, renditions.NO_ROOM, again=True)
    except Unavailable as problem:
        _fail(version, token, str(problem), again=True)
    except Refused as problem:  # there is no room left in the workspace
        _fail(version, token, str(problem))
    finally:
        formats.discard(name.parent, name.name)
        edited.unlink(missing_ok=True)


def _edited(version: AssetVersion, path: Path) -> formats.Made:
    """Make the full-size file of an edit at `path`. Raises formats.Unusable, FileNotFoundError."""
    with contextlib.ExitStack() as stack:
        source = stack.enter_context(renditions.local_picture(version.made_from or version))
        logo = None
        if "logo" in version.recipe:
            asked = AssetVersion.objects.select_related("stored_file").filter(
                pk=version.recipe["logo"]["version"]
            )
            found = asked.first()
            if found is None:
                raise formats.Unusable(NO_LOGO)
            logo = stack.enter_context(renditions.local_picture(found))
        return image.edit(source, version.recipe, path, logo=logo)


def _keep_original(version: AssetVersion, file: formats.Made) -> StoredFile:
    """Store the file of an edit as the original of its version: promised by `_succeed`, or swept a day later."""
    now = clock.now()
    stored = StoredFile.objects.filter(sha256=file.sha256).first()
    if stored is None:
        extension = formats.extension_of(file.mime)
        stored = StoredFile(
            sha256=file.sha256,
            key=f"{version.workspace_id}/{uuid7()}.{extension}",
            size=file.size,
            mime=file.mime,
            extension=extension,
            created_at=now,
            due_at=now + STALE_AFTER,
        )
        stored.save(force_insert=True)
    failpoint("edit.after_row")
    if stored.status == StoredFile.Status.PENDING:
        with LocalFile(file.path) as local:
            store(default_storage, stored.key, local, file.size)
    failpoint("edit.after_file")
    return stored


def give_up_version(version_id: uuid.UUID, token: uuid.UUID) -> None:
    """Set aside a version whose making was begun too often without an end, and say so on it."""
    jobs.record(AssetVersion, version_id, token, status=S.FAILED, failure=WORN_OUT, due_at=None)


def _succeed(
    version: AssetVersion,
    token: uuid.UUID,
    drawn: formats.Drawn,
    made: list[renditions.Kept],
    stored: StoredFile | None,
) -> None:
    now = clock.now()
    with transaction.atomic():
        ready: dict[str, Any] = {"status": S.READY, "failure": "", "due_at": None, "tries": 0}
        if stored is not None:
            ready["stored_file"] = stored
        if not jobs.record(AssetVersion, version.pk, token, **ready):
            return  # taken back meanwhile, or somebody else holds it and makes the same
        if stored is not None:
            StoredFile.objects.filter(pk=stored.pk).update(status=StoredFile.Status.READY, due_at=None)
        renditions.ready(made)
        fields = renditions.describe(version, drawn)
        if version.made_from is not None:
            fields += edits.carry_over(version, version.made_from)
        version.save(update_fields=fields)
        current = Asset.objects.values_list("current__number", flat=True).get(pk=version.asset_id)
        if version.shown_at is None and version.number > (current or 0):
            _make_current(version, by=version.created_by or SYSTEM, now=now, unless_older=True)


def _make_current(version: AssetVersion, *, by: Actor, now: datetime, unless_older: bool = False) -> None:
    """Let the asset show this version from now on; `unless_older`, if it still shows none that is newer.

    In a transaction.
    """
    with uses.changing([version.asset_id], by=by, now=now):
        rows = Asset.objects.select_for_update(no_key=True, of=("self",)).select_related("current")
        asset = rows.get(pk=version.asset_id)
        before = asset.current
        if unless_older and before is not None and before.number > version.number:
            return  # that one became ready a moment before
        fields = asset.show(version)
        asset.status, asset.failure, asset.due_at = Asset.Status.READY, version.failure, None
        asset.save(update_fields=[*fields, "status", "failure", "due_at"])
        AssetVersion.objects.filter(pk=version.pk).update(shown_at=now)
        if before is not None:
            _ask_for_the_same_fits(before, version, now=now)
        if asset.trashed_at is None:
            index(asset)


def _ask_for_the_same_fits(before: AssetVersion, version: AssetVersion, *, now: datetime) -> None:
    """Let every cut that there was of one version be made of another."""
    presets = Rendition.objects.filter(fits.WANTED)
    there = set(presets.filter(version=version).values_list("preset", flat=True))
    for preset in presets.filter(version=before).values_list("preset", flat=True):
        if preset not in there:
            row = Rendition(version=version, preset=preset, due_at=now)
            row.save(force_insert=True)
            jobs.ring("media_library.make_fit", row.pk)


def _fail(version: AssetVersion, token: uuid.UUID, sentence: str, *, again: bool = False) -> None:
    if again and version.tries < renditions.TRIES:
        later = clock.now() + jobs.retry_delay(version.tries)
        jobs.record(AssetVersion, version.pk, token, due_at=later)
        return
    jobs.record(AssetVersion, version.pk, token, status=S.FAILED, failure=sentence[:300], due_at=None)
