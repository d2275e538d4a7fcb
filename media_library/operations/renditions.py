"""Makes what is shown of an asset: called by the worker for one claimed row, and safe to run twice.

The rows of the renditions come first (pending), then the files, then all of it becomes ready in one transaction
together with the asset, if the token still holds. What was ready before is served until then: where it comes out
differently it is written under a new key, and the old file goes a day later, as a post on its way may name it.
"""

from __future__ import annotations

import contextlib
import logging
import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.files.storage import default_storage
from django.db import transaction

from aura.kit import clock, jobs
from aura.kit.files import CHUNK, LocalFile, NoSpace, asking_storage, new_temporary_path, store
from aura.kit.ids import uuid7
from aura.kit.problems import Unavailable
from aura.kit.testing_points import failpoint
from media_library import formats
from media_library.fits import WANTED
from media_library.happenings import FAILED, READY
from media_library.models import Asset, AssetVersion, FileDeletion, Rendition, StoredFile
from workspaces.operations import happened

logger = logging.getLogger(__name__)

TRIES = 3
LEFT_BEHIND = timedelta(hours=24)
MISSING = "Its file is missing from the storage. Upload it again."
NO_ROOM = "There is no room left to store it. Tell whoever runs this Aura, then try again."
WORN_OUT = "Getting it ready failed three times. Try again, or export it once more and upload that."


def make_renditions(asset_id: uuid.UUID, token: uuid.UUID) -> None:
    """Make every rendition of the asset's current version and record the result with the token."""
    asset = Asset.objects.select_related("current__stored_file").filter(pk=asset_id).first()
    if asset is None or asset.current is None or asset.claim_token != token:
        return
    version = asset.current
    if asset.tries > TRIES:
        give_up_renditions(asset_id, token)
        return
    name = new_temporary_path()
    try:
        with local_copy(version.stored_file) as source:
            drawn = formats.of_mime(version.stored_file.mime).draw(source, name.parent, name.name)
        kept = keep(version, drawn.made)
    except FileNotFoundError:
        logger.error("The file %s of asset %s is missing.", version.stored_file.key, asset_id)
        _fail(asset, token, MISSING)
    except formats.Unusable as problem:
        _fail(asset, token, str(problem), again=problem.may_work_later)
    except NoSpace:
        _fail(asset, token, NO_ROOM, again=True)
    except Unavailable as problem:
        _fail(asset, token, str(problem), again=True)
    else:
        _succeed(version, token, drawn, kept)
    finally:
        formats.discard(name.parent, name.name)


def give_up_renditions(asset_id: uuid.UUID, token: uuid.UUID) -> None:
    """Set aside an asset whose processing was begun too often without an end, and say so on it."""
    _set_failed(asset_id, token, WORN_OUT)


def local_copy(stored: StoredFile) -> contextlib.AbstractContextManager[Path]:
    """Give the path of the original on this machine: itself, or a temporary copy of what an object store has."""
    return _local(stored.key, stored.extension)


def local_picture(version: AssetVersion) -> contextlib.AbstractContextManager[Path]:
    """Give the path of what cuts and edits are made of: the original, or the PNG of a drawing."""
    if version.stored_file.mime not in formats.svg.WORDS:
        return local_copy(version.stored_file)
    copies = Rendition.objects.filter(version=version, preset=Rendition.Preset.CLEAN)
    copy = copies.filter(status=Rendition.Status.READY).first()
    if copy is None:
        raise FileNotFoundError(version.stored_file.key)
    return _local(copy.stored_key, formats.extension_of(copy.mime))


@contextlib.contextmanager
def _local(key: str, extension: str) -> Iterator[Path]:
    try:
        path = Path(default_storage.path(key))
    except NotImplementedError:
        path = new_temporary_path(f".{extension}")
        try:
            with asking_storage(), default_storage.open(key) as remote, open(path, "wb") as local:
                shutil.copyfileobj(remote, local, CHUNK)
            yield path
        finally:
            path.unlink(missing_ok=True)
    else:
        if not path.exists():
            raise FileNotFoundError(key)
        yield path


@dataclass(frozen=True)
class Kept:
    """A rendition with the file that was made for it, and the key that is written: a new one beside a ready file."""

    row: Rendition
    made: formats.Made
    key: str

    @property
    def is_new(self) -> bool:
        """Tell whether the row names another file until now."""
        return self.key != self.row.key


def keep(version: AssetVersion, files: list[formats.Made]) -> list[Kept]:
    """Write the pending rows of the renditions and then their files."""
    with transaction.atomic():
        known = {row.preset: row for row in Rendition.objects.select_for_update().filter(version=version)}
        kept = [_row(version, made, known.get(made.preset)) for made in files]
        FileDeletion.queue([each.key for each in kept if each.is_new], due_at=clock.now() + LEFT_BEHIND)
    failpoint("rendition.after_rows")
    for each in kept:
        with LocalFile(each.made.path) as file:
            store(default_storage, each.key, file, each.made.size)
    failpoint("rendition.after_files")
    return kept


def _figures(made: formats.Made) -> dict[str, Any]:
    return {name: getattr(made, name) for name in ("mime", "width", "height", "size", "sha256")}


def _row(version: AssetVersion, made: formats.Made, row: Rendition | None) -> Kept:
    """Return the row of a rendition with the figures of its file: a new one, or the one an earlier try left."""
    figures = _figures(made)
    key = f"{version.workspace_id}/{uuid7()}.{formats.extension_of(made.mime)}"
    if row is None:
        row = Rendition(version=version, preset=made.preset, key=key, **figures)
        row.save(force_insert=True)
    elif row.status == Rendition.Status.PENDING:
        for field, value in figures.items():
            setattr(row, field, value)
        row.save(update_fields=list(figures))
    elif row.sha256 != made.sha256:
        return Kept(row, made, key)
    return Kept(row, made, row.stored_key)


def _succeed(version: AssetVersion, token: uuid.UUID, drawn: formats.Drawn, kept: list[Kept]) -> None:
    with transaction.atomic():
        done = jobs.record(
            Asset,
            version.asset_id,
            token,
            status=Asset.Status.READY,
            failure=drawn.note[:300],
            due_at=None,
            tries=0,
        )
        if not done:
            return  # somebody else holds it by now, and makes the same
        is_made_anew = any(each.row.status == Rendition.Status.READY for each in kept)
        ready(kept)
        version.save(update_fields=describe(version, drawn))
        asset = version.asset
        if asset.current_id == version.pk:
            asset.save(update_fields=asset.show(version))
        if not is_made_anew:
            happened(READY, [asset.pk])


def ready(kept: list[Kept]) -> None:
    """Let these renditions be served: new ones, and in place of what was made before, whose file goes a day later."""
    Rendition.objects.filter(pk__in=[each.row.pk for each in kept]).update(status=Rendition.Status.READY)
    anew = [each for each in kept if each.is_new]
    for each in anew:
        Rendition.objects.filter(pk=each.row.pk).update(key=each.key, **_figures(each.made))
    if anew:
        FileDeletion.objects.filter(key__in=[each.key for each in anew]).delete()
        FileDeletion.queue([each.row.key or "" for each in anew], due_at=clock.now() + LEFT_BEHIND)


def describe(version: AssetVersion, drawn: formats.Drawn) -> list[str]:
    """Write on a version what was seen of it; return the names of the fields. A point set by hand stays."""
    version.width, version.height = drawn.width, drawn.height
    version.orientation, version.taken = drawn.orientation, drawn.taken
    version.duration_ms, version.codecs, version.pages = drawn.duration_ms, drawn.codecs, drawn.pages
    version.failure = drawn.note[:300]  # what is missing of it, though it is ready
    fields = ["width", "height", "orientation", "taken", "duration_ms", "codecs", "pages", "failure"]
    if drawn.look is not None:
        version.dhash, version.colour, version.colours = (
            drawn.look.dhash,
            drawn.look.colour,
            drawn.look.colours,
        )
        fields += ["dhash", "colour", "colours"]
        if not version.focal_by_hand:
            version.focal_x, version.focal_y = drawn.look.focal
            fields += ["focal_x", "focal_y"]
    return fields


def _fail(asset: Asset, token: uuid.UUID, sentence: str, *, again: bool = False) -> None:
    if again and asset.tries < TRIES:
        jobs.record(Asset, asset.pk, token, due_at=clock.now() + jobs.retry_delay(asset.tries))
        return
    # What was whole before, and was only to be made anew, goes on being served.
    rows = Rendition.objects.filter(version=asset.current_id).exclude(WANTED)
    if {row.status for row in rows} == {Rendition.Status.READY}:
        logger.error("Asset %s could not be made anew: %s", asset.pk, sentence)
        jobs.record(Asset, asset.pk, token, status=Asset.Status.READY, failure="", due_at=None, tries=0)
        return
    _set_failed(asset.pk, token, sentence)


def _set_failed(asset_id: uuid.UUID, token: uuid.UUID, sentence: str) -> None:
    with transaction.atomic():
        failed = {"status": Asset.Status.FAILED, "failure": sentence[:300], "due_at": None}
        if jobs.record(Asset, asset_id, token, **failed):
            happened(FAILED, [asset_id])
