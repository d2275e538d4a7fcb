"""Cuts for networks and ads and sizes for the web, made when somebody asks for them; and the point that cuts keep.

A fit is a rendition and its own work row. Before its file is written, the new key is queued for deletion a day later;
the transaction that makes the fit ready takes that back. So a killed worker leaves no file that nobody knows.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.files.storage import default_storage
from django.db import transaction

from aura.kit import clock, jobs
from aura.kit.files import LocalFile, NoSpace, new_temporary_path, store
from aura.kit.ids import uuid7
from aura.kit.problems import Refused, Unavailable
from aura.kit.testing_points import failpoint
from media_library import fits, formats
from media_library.formats import image
from media_library.models import Asset, AssetVersion, FileDeletion, Rendition
from media_library.operations.renditions import LEFT_BEHIND, MISSING, NO_ROOM, TRIES, local_picture
from workspaces.operation import Actor, operation

logger = logging.getLogger(__name__)

WORN_OUT = "Making it failed three times. Try again, or upload the picture as a JPEG."
STOPPED = "It was cut around an earlier focal point. Try again to cut it anew."


@operation
def request_fits(
    asset: Asset, *, placements: Iterable[fits.Place], now: datetime | None = None, by: Actor
) -> Asset:
    """Ask for the cuts of these placements; what is there and still right stays as it is.

    Raises Refused for what is no ready picture.
    """
    version = _version_of(asset)
    now = now or clock.now()
    known = {row.preset: row for row in Rendition.objects.filter(version=version)}
    for placement in placements:
        preset, due = fits.preset_of(placement), {"due_at": now}
        row = known.get(preset)
        if row is None:  # somebody else may ask for the same at this moment
            row, _ = Rendition.objects.get_or_create(version=version, preset=preset, defaults=due)
        elif row.status == Rendition.Status.FAILED or row.params != fits.params_of(version, placement):
            renew([row], now=now)
        else:
            continue
        jobs.ring("media_library.make_fit", row.pk)
    return asset


@operation
def set_focal_point(asset: Asset, *, x: float, y: float, now: datetime | None = None, by: Actor) -> Asset:
    """Move the point that every cut keeps (shares of width and height), and cut anew what was cut around another."""
    version = _version_of(asset)
    version.focal_x, version.focal_y, version.focal_by_hand = x, y, True
    version.save(update_fields=["focal_x", "focal_y", "focal_by_hand"])
    rows = list(Rendition.objects.filter(version=version, preset__startswith=fits.PREFIX))
    renew(rows, now=now or clock.now())
    for row in rows:
        jobs.ring("media_library.make_fit", row.pk)
    return asset


@operation
def drop_fits(asset: Asset, *, by: Actor) -> Asset:
    """Take back what was asked for and is not made yet; an older cut stays, and says what it is."""
    waiting = Rendition.objects.filter(fits.WANTED, version__asset=asset, due_at__isnull=False)
    waiting.filter(key=None).delete()
    for row in waiting.select_related("version"):
        placement = fits.placement_of(row)
        old = placement is not None and row.params != fits.params_of(row.version, placement)
        waiting.filter(pk=row.pk).update(
            due_at=None, status=Rendition.Status.READY, failure=STOPPED if old else ""
        )
    return asset


def _version_of(asset: Asset) -> AssetVersion:
    if asset.trashed_at is not None:
        raise Refused("This is in the trash. Take it out first.")
    if asset.current is None or asset.kind != Asset.Kind.IMAGE or asset.status != Asset.Status.READY:
        raise Refused("Only a picture that is ready can be cut.")
    return asset.current


def renew(rows: list[Rendition], *, now: datetime) -> None:
    """Let these be made (again): one that has a file goes on being served until the new one is there."""
    for row in rows:
        status = Rendition.Status.READY if row.key else Rendition.Status.PENDING
        Rendition.objects.filter(pk=row.pk).update(status=status, failure="", tries=0, due_at=now)


def make_fit(rendition_id: uuid.UUID, token: uuid.UUID) -> None:
    """Cut one fit and record it with the token. Running it twice makes it once more and keeps one."""
    rows = Rendition.objects.select_related("version__stored_file")
    row = rows.filter(pk=rendition_id, claim_token=token).first()
    placement = fits.placement_of(row) if row else None
    if row is None or placement is None:
        return
    if row.tries > TRIES:
        give_up_fit(rendition_id, token)
        return
    path = new_temporary_path(".fit")
    try:
        with local_picture(row.version) as source:
            job = {"path": str(path), **fits.job_of(row.version, placement)}
            made = image.decode(source, job)["made"][0]
        _keep_fit(row, token, placement, made, path)
    except FileNotFoundError:
        logger.error("The file %s of rendition %s is missing.", row.version.stored_file.key, rendition_id)
        _fail(row, token, MISSING)
    except image.Unusable as problem:
        _fail(row, token, str(problem), again=problem.may_work_later)
    except NoSpace:
        _fail(row, token, NO_ROOM, again=True)
    except Unavailable as problem:
        _fail(row, token, str(problem), again=True)
    finally:
        path.unlink(missing_ok=True)


def give_up_fit(rendition_id: uuid.UUID, token: uuid.UUID) -> None:
    """Set aside a fit whose making was begun too often without an end, and say so on it."""
    row = Rendition.objects.filter(pk=rendition_id, claim_token=token).first()
    if row is not None:
        _fail(row, token, WORN_OUT)


def _keep_fit(
    row: Rendition, token: uuid.UUID, placement: fits.Place, made: dict[str, Any], path: Path
) -> None:
    key = f"{row.workspace_id}/{uuid7()}.{formats.extension_of(made['mime'])}"
    promise = FileDeletion.objects.create(key=key, due_at=clock.now() + LEFT_BEHIND)
    failpoint("fit.after_row")
    with LocalFile(path) as file:
        store(default_storage, key, file, made["size"])
    failpoint("fit.after_file")
    ready = {name: made[name] for name in ("mime", "width", "height", "size", "sha256")}
    ready |= {"status": Rendition.Status.READY, "failure": "", "due_at": None, "tries": 0}
    params = fits.params_of(row.version, placement)
    with transaction.atomic():
        if not jobs.record(Rendition, row.pk, token, key=key, params=params, **ready):
            return  # somebody else holds it by now; the promise takes this file away
        old, row.key = row.key, key
        if fits.params_of(AssetVersion.objects.get(pk=row.version_id), placement) != params:
            renew([row], now=clock.now())  # the point was moved meanwhile
        FileDeletion.objects.filter(pk=promise.pk).delete()
        # Not at once: a post on its way may have the old key written down.
        FileDeletion.queue([old] if old else [], due_at=clock.now() + LEFT_BEHIND)
    failpoint("fit.after_commit")


def _fail(row: Rendition, token: uuid.UUID, sentence: str, *, again: bool = False) -> None:
    if again and row.tries < TRIES:
        jobs.record(Rendition, row.pk, token, due_at=clock.now() + jobs.retry_delay(row.tries))
        return
    # A cut that has a file goes on being served, with the sentence beside it.
    status = Rendition.Status.READY if row.key else Rendition.Status.FAILED
    jobs.record(Rendition, row.pk, token, status=status, failure=sentence[:300], due_at=None)
