"""Makes anew what is shown of assets: what failed, what is missing, or everything. For `make_renditions`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Q, QuerySet

from aura.kit import clock
from media_library.fits import WANTED
from media_library.models import Asset, Rendition
from media_library.operations.storage import files_of, make_again
from workspaces.operation import Actor, operation
from workspaces.scope import current_workspace

EXPECTED = (Rendition.Preset.THUMB, Rendition.Preset.WEB, Rendition.Preset.CLEAN)  # of a picture
BATCH = 500


class Which(StrEnum):
    """What to make anew."""

    ALL = "all"
    FAILED = "failed"
    MISSING = "missing"


@dataclass
class Queued:
    """How many assets, and how many cuts and sizes for the web, wait to be made; and how many waited already."""

    assets: int = 0
    cuts: int = 0
    waiting: int = 0


@operation
def remake_renditions(*, which: frozenset[Which], now: datetime | None = None, by: Actor) -> Queued:
    """Queue what is asked for in the open workspace. What is there goes on being served until it is made anew.

    Safe to repeat: what waits already is only counted.
    """
    now = now or clock.now()
    assets = Asset.objects.filter(trashed_at=None, current__isnull=False).order_by()
    cuts = Rendition.objects.filter(WANTED, version__asset__trashed_at=None).order_by()
    queued = Queued()
    queued.waiting = assets.filter(status=Asset.Status.PENDING).count()
    queued.waiting += cuts.filter(due_at__isnull=False).count()
    still, idle = assets.exclude(status=Asset.Status.PENDING), cuts.filter(due_at=None)
    if Which.ALL in which:
        queued.assets += _queue_assets(still, now)
        queued.cuts += _queue_cuts(idle, now)
        return queued
    if Which.FAILED in which:
        queued.assets += _queue_assets(still.filter(status=Asset.Status.FAILED), now)
        queued.cuts += _queue_cuts(idle.filter(~Q(failure="")), now)
    if Which.MISSING in which:
        lost = _lost_files()
        make_again(lost, now=now)
        queued.cuts += sum(row.preset not in Rendition.Preset.values for row in lost)
        queued.assets += len({row.version_id for row in lost if row.preset in Rendition.Preset.values})
        queued.assets += _queue_assets(_incomplete(still), now)
    return queued


def _incomplete(assets: QuerySet[Asset]) -> QuerySet[Asset]:
    """Return the ready pictures that lack a rendition that every picture has."""
    ready = Rendition.objects.filter(status=Rendition.Status.READY).order_by()
    lacking = Q()
    for preset in EXPECTED:
        lacking |= ~Q(current__in=ready.filter(preset=preset).values("version"))
    return assets.filter(lacking, status=Asset.Status.READY, kind=Asset.Kind.IMAGE)


def _lost_files() -> list[Rendition]:
    """Return the ready renditions whose file the storage has no more, and that do not wait already."""
    files = set(files_of(current_workspace()))
    rows = Rendition.objects.filter(
        status=Rendition.Status.READY, due_at=None, version__asset__trashed_at=None
    ).exclude(preset__in=Rendition.Preset.values, version__asset__status=Asset.Status.PENDING)
    return [row for row in rows.iterator(chunk_size=BATCH) if row.key not in files]


def _queue_assets(assets: QuerySet[Asset], now: datetime) -> int:
    ids = list(assets.values_list("pk", flat=True))
    for at in range(0, len(ids), BATCH):
        Asset.objects.filter(pk__in=ids[at : at + BATCH]).update(
            status=Asset.Status.PENDING, failure="", tries=0, due_at=now
        )
    return len(ids)


def _queue_cuts(cuts: QuerySet[Rendition], now: datetime) -> int:
    ids = list(cuts.values_list("pk", "key"))
    for at in range(0, len(ids), BATCH):
        part = ids[at : at + BATCH]
        for has_file, status in ((True, Rendition.Status.READY), (False, Rendition.Status.PENDING)):
            Rendition.objects.filter(pk__in=[pk for pk, key in part if bool(key) == has_file]).update(
                status=status, failure="", tries=0, due_at=now
            )
    return len(ids)
