"""One asset instead of another, in every place at once; and two that look alike and are different."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from aura.kit import clock
from aura.kit.problems import Refused
from media_library import uses
from media_library.models import Asset, NotDuplicate
from media_library.operations.assets import trash_asset
from workspaces.models import User
from workspaces.operation import Actor, operation


@dataclass(frozen=True)
class Replaced:
    """In how many places the other one is now, and in how many the old one stayed, as they are out."""

    replaced: int
    stayed: int


def why_not(asset: Asset, other: Asset) -> str:
    """Return why the other one cannot take the place of an asset, or nothing."""
    if other.pk == asset.pk:
        return "This is the same one. Choose another."
    if other.trashed_at is not None:
        return f"“{other}” is in the trash. Take it out first, or choose another."
    if other.kind != asset.kind:
        return f"“{other}” is no {Asset.Kind(asset.kind).label.lower()}. Choose one of the same kind."
    if other.status != Asset.Status.READY:
        return f"“{other}” is not ready. Choose another, or wait until it is."
    return ""


@operation
def replace_asset(
    asset: Asset, *, other: Asset, trash: bool = False, now: datetime | None = None, by: Actor
) -> Replaced:
    """Let the other one take the place of an asset wherever that is used and not out yet; then, perhaps, trash it.

    Posts are treated as if each had been edited: an approval ends, and what may not go out is taken off the schedule.
    Raises Refused for an asset that cannot take that place.
    """
    now = now or clock.now()
    if reason := why_not(asset, other):
        raise Refused(reason)
    done = uses.replace(asset, other, by=by, now=now)
    left = uses.plan_of(asset, other, by=by, limit=1)[1]
    if trash and asset.trashed_at is None:
        trash_asset(asset, now=now, by=by)
    return Replaced(done, left)


@operation
def mark_different(asset: Asset, *, other: Asset, by: Actor) -> Asset:
    """Write down that two pictures that look alike are different, so that nobody is asked again."""
    if asset.pk == other.pk:
        raise Refused("This is one picture. Choose two.")
    newer, older = sorted((asset, other), key=lambda each: each.pk, reverse=True)
    person = by if isinstance(by, User) else getattr(by, "user", None)
    NotDuplicate.objects.get_or_create(newer=newer, older=older, defaults={"created_by": person})
    return asset
