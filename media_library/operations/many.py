"""The same for many assets at once: one operation, one transaction, one entry in the activity.

What an asset does not allow (somebody else's, no picture, tags enough) leaves that one alone and says so; all others
are changed.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import F

from aura.kit import clock, jobs
from aura.kit.problems import Refused
from media_library import fits
from media_library.models import Album, AlbumAsset, Asset, Rendition
from media_library.models.group import TAGS_AT_MOST
from media_library.operations.fits import renew
from media_library.operations.tagging import change_tags, tags_of
from media_library.operations.uploads import KIND, index_all
from media_library.placements import Placement
from workspaces import search
from workspaces.operation import Actor, Many, operation, those_allowed

CUTS_AT_MOST = 2000  # of one request: an hour of work for one worker
TOO_MANY_TAGS = f"It would have more than {TAGS_AT_MOST} tags."


@dataclass(frozen=True)
class Done(Many[Asset]):
    """As `Many`, with why each of the assets was left alone that were."""

    why: Sequence[str] = ()


def _done(changed: Sequence[Asset], left: Sequence[Asset], why: Callable[[Asset], str]) -> Done:
    return Done(changed, left, [why(asset) for asset in left])


@operation
def tag_assets(
    assets: Sequence[Asset], *, add: Iterable[str] = (), remove: Iterable[str] = (), by: Actor
) -> Done:
    """Add tidy tags to all of these and take others off; whoever would have too many is left alone."""
    adding, removing = set(add), set(remove)
    before = tags_of(assets)
    crowded = {pk for pk, names in before.items() if len(names - removing | adding) > TAGS_AT_MOST}
    going = [asset for asset in assets if asset.pk not in crowded]
    change_tags(going, add=adding, remove=removing)
    index_all([asset for asset in going if asset.trashed_at is None])
    return _done(going, [asset for asset in assets if asset.pk in crowded], lambda asset: TOO_MANY_TAGS)


@operation
def add_to_album(album: Album, *, assets: Sequence[Asset], by: Actor) -> Done:
    """Put these into an album; what lies in it already stays there."""
    AlbumAsset.objects.bulk_create(
        [AlbumAsset(album=album, asset=asset) for asset in assets], ignore_conflicts=True
    )
    return Done(assets)


@operation
def take_out_of_album(album: Album, *, assets: Sequence[Asset], by: Actor) -> Done:
    """Take these out of an album; they stay in the library."""
    entries = AlbumAsset.objects.filter(album=album, asset__in=[asset.pk for asset in assets])
    inside = set(entries.values_list("asset", flat=True))
    entries.delete()
    return _done(
        [asset for asset in assets if asset.pk in inside],
        [asset for asset in assets if asset.pk not in inside],
        lambda asset: "It is not in this album.",
    )


@operation
def set_rights(assets: Sequence[Asset], *, rights: Mapping[str, str | date | None], by: Actor) -> Done:
    """Write these judged rights (author, licence, source, expires_date) on all of these; others stay."""
    Asset.objects.filter(pk__in=[asset.pk for asset in assets]).update(**rights)
    return Done(assets)


@operation
def request_many_fits(
    assets: Sequence[Asset], *, placements: Sequence[Placement], now: datetime | None = None, by: Actor
) -> Done:
    """Ask for the cuts of these placements of every ready picture; one too small for a place is not cut for it.

    Raises Refused for more than CUTS_AT_MOST.
    """
    now = now or clock.now()
    wanted = {
        asset: [place for place in placements if place.suits(asset.width or 0, asset.height or 0)]
        for asset in assets
        if asset.trashed_at is None
        and asset.kind == Asset.Kind.IMAGE
        and asset.status == Asset.Status.READY
        and asset.current is not None
    }
    cutting = {asset: places for asset, places in wanted.items() if places}
    number = sum(map(len, cutting.values()))
    if number > CUTS_AT_MOST:
        raise Refused(
            f"These are {number:,} cuts, and {CUTS_AT_MOST:,} is the most at once. Choose fewer places."
        )
    versions = [asset.current_id for asset in cutting]
    known = {(row.version_id, row.preset): row for row in Rendition.objects.filter(version__in=versions)}
    new, again = [], []
    for asset, places in cutting.items():
        assert asset.current is not None
        for place in places:
            row = known.get((asset.current.pk, fits.preset_of(place)))
            if row is None:
                new.append(Rendition(version=asset.current, preset=fits.preset_of(place), due_at=now))
            elif row.status == Rendition.Status.FAILED or row.params != fits.params_of(asset.current, place):
                again.append(row)
    Rendition.objects.bulk_create(new, ignore_conflicts=True)  # somebody else may ask for the same
    renew(again, now=now)
    for row in [*new, *again][:1]:  # one knock is enough, the worker finds the others
        jobs.ring("media_library.make_fit", row.pk)

    def why(asset: Asset) -> str:
        if asset in wanted:
            return "It is too small for every one of these places."
        return "It is in the trash." if asset.trashed_at else "It is no picture that is ready."

    return _done(list(cutting), [asset for asset in assets if asset not in cutting], why)


@operation
def trash_assets(assets: Sequence[Asset], *, now: datetime | None = None, by: Actor) -> Done:
    """Move these to the trash, as `trash_asset` does with one; what others made is left to whoever may."""
    allowed = those_allowed(by, "media_library.trash_asset", assets)
    going = [asset for asset in allowed if asset.trashed_at is None]
    ids = [asset.pk for asset in going]
    Asset.objects.filter(pk__in=ids).update(trashed_at=now or clock.now(), trashed_with=None)
    Rendition.objects.filter(version__asset__in=ids).update(link_epoch=F("link_epoch") + 1)
    search.forget(KIND, ids)
    others = "Somebody else made it; an editor can put it in the trash."
    return _done(
        going,
        _but(assets, ids),
        lambda asset: "It is in the trash already." if asset.trashed_at else others,
    )


@operation
def restore_assets(assets: Sequence[Asset], *, by: Actor) -> Done:
    """Take these out of the trash, as `restore_asset` does with one."""
    allowed = those_allowed(by, "media_library.restore_asset", assets)
    coming = [asset for asset in allowed if asset.trashed_at is not None]
    ids = [asset.pk for asset in coming]
    Asset.objects.filter(pk__in=ids).update(trashed_at=None, trashed_with=None)
    index_all(coming)
    others = "Somebody else made it; an editor can bring it back."
    return _done(
        coming,
        _but(assets, ids),
        lambda asset: others if asset.trashed_at else "It is not in the trash.",
    )


def _but(assets: Iterable[Asset], ids: Iterable[uuid.UUID]) -> list[Asset]:
    known = set(ids)
    return [asset for asset in assets if asset.pk not in known]
