"""Cuts that go out instead of a picture, on one channel: which would do, which is chosen, and how it measures.

The library makes them (`media_library.fits`); a post remembers the place it is cut for, so a later version of the
picture, or another focal point, is cut anew for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import log
from uuid import UUID

from django.db.models import OuterRef, QuerySet

from aura.kit.paging import ListedRows
from media_library import fits, placements, web_sizes
from media_library.fits import Place
from media_library.formats import cutting
from media_library.models import Asset, Rendition
from media_library.web_sizes import WebSize
from posts.models import Fit, Post, Target
from posts.models.target import NO_PART
from posts.networks.facts import Capabilities

Pair = tuple[UUID, UUID]
"""A channel and an asset, by their ids."""
Fits = Mapping[Pair, str]
"""The key of the place for which an asset is cut, on a channel."""

JPEG = "image/jpeg"


@cache
def _places() -> dict[str, Place]:
    return {place.key: place for place in fits.PLACES}


def place_of(key: str) -> Place | None:
    """Return the place of this key, or None."""
    return _places().get(key)


def fits_of(post: Post) -> dict[Pair, str]:
    """Return what is chosen for a post's channels; one query, none where its targets came through `with_cuts`."""
    loaded = getattr(post, "_prefetched_objects_cache", {}).get("targets")
    if loaded is not None and all(hasattr(target, "cuts") for target in loaded):
        going = [target for target in loaded if not target.position and target.status not in NO_PART]
        return {(target.channel_id, UUID(asset)): place for target in going for asset, place in target.cuts}
    rows = Fit.objects.filter(target__post=post, target__position=0).exclude(target__status__in=NO_PART)
    return {
        (channel, asset): place
        for channel, asset, place in rows.order_by("id").values_list("target__channel", "asset", "place")
    }


def with_cuts(targets: QuerySet[Target]) -> QuerySet[Target]:
    """Add what is cut on each target, for `fits_of`."""
    rows = Fit.objects.filter(target=OuterRef("pk")).order_by("id")
    return targets.annotate(cuts=ListedRows(rows, "asset_id", "place"))


def made_for(asset: Asset, place: Place) -> Rendition | None:
    """Return the cut of the current version for a place, ready or not; no query once renditions are loaded."""
    if asset.current is None:
        return None
    preset = fits.preset_of(place)
    return next((row for row in asset.current.renditions.all() if row.preset == preset), None)


@dataclass(frozen=True, slots=True)
class Measures:
    """What a cut is, or will be once it is made: then its bytes are not known, and 0."""

    mime: str
    size: int
    sha256: str
    width: int
    height: int


def measures_of(asset: Asset, key: str) -> Measures | None:
    """Return how the cut measures that goes out instead; None where none can come."""
    place = place_of(key)
    if place is None or asset.kind != Asset.Kind.IMAGE:
        return None
    row = made_for(asset, place)
    if row is not None and row.key:
        return Measures(row.mime, row.size, row.sha256, row.width, row.height)
    if row is not None and row.status == Rendition.Status.FAILED:
        return None
    size = _size_for(place, asset.width or 0, asset.height or 0)
    return None if size is None else Measures(_mime_of(place), 0, "", *size)


def best_place(asset: Asset, can: Capabilities) -> Place | None:
    """Return the place whose cut of this picture the network takes; None where no cut would do.

    The whole picture, smaller, where its shape is taken; else the cut whose shape is nearest to its own.
    """
    width, height = asset.width or 0, asset.height or 0
    if asset.kind != Asset.Kind.IMAGE or asset.status != Asset.Status.READY or not width or not height:
        return None
    whole = sorted((size for size in web_sizes.SIZES if size.mime == JPEG), key=lambda size: -size.width)
    cuts = sorted(
        placements.PLACEMENTS,
        key=lambda place: (
            abs(log(place.ratio * height / width)),
            place.platform != can.network,
            -place.width,
        ),
    )
    places: list[Place] = [*whole, *cuts]
    return next((place for place in places if _would_do(place, asset, can)), None)


def _would_do(place: Place, asset: Asset, can: Capabilities) -> bool:
    size = _size_for(place, asset.width or 0, asset.height or 0)
    if size is None or not _shape_is_taken(size, can):
        return False
    types = can.image_types
    if types is not None and not set(_mimes_of(place)) <= set(types):
        return False
    row = made_for(asset, place)
    if row is None or not row.key:
        return row is None or row.status != Rendition.Status.FAILED
    return can.image_bytes_max is None or row.size <= can.image_bytes_max


def _shape_is_taken(size: tuple[int, int], can: Capabilities) -> bool:
    ratio = round(1000 * size[0] / size[1])
    return not ((can.ratio_min and ratio < can.ratio_min) or (can.ratio_max and ratio > can.ratio_max))


def _size_for(place: Place, width: int, height: int) -> tuple[int, int] | None:
    """Return the size of the cut that a picture of this size gives, None where it is too small."""
    if isinstance(place, WebSize):
        return (place.width, place.height_of(width, height)) if place.suits(width, height) else None
    least = (place.min_width, place.min_height)
    return cutting.made_size((width, height), (place.width, place.height), least, place.tolerance)


def _mimes_of(place: Place) -> tuple[str, ...]:
    return (place.mime,) if isinstance(place, WebSize) else place.mimes


def _mime_of(place: Place) -> str:
    return _mimes_of(place)[0]
