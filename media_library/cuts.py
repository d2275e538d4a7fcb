"""What the page of an asset shows of its cuts."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.urls import reverse

from aura.kit.files import megabytes
from media_library import fits
from media_library.models import Asset, Rendition
from media_library.web_sizes import WebSize


@dataclass(frozen=True)
class Cut:
    """One cut: the placement and its row."""

    asset: Asset
    placement: fits.Place
    row: Rendition

    @property
    def url(self) -> str:
        """Where it is downloaded, or nothing before it is made."""
        return reverse("media:fit", args=[self.asset.pk, self.placement.key]) if self.row.key else ""

    @property
    def shown(self) -> str:
        """Where a browser gets the picture to show it: another address once it is cut anew, as it is kept for ever."""
        return f"{self.row.get_absolute_url()}?v={self.row.sha256[:12]}"

    @property
    def measures(self) -> str:
        """How many pixels it has, or will have once it is made."""
        if self.row.width:
            return f"{self.row.width} × {self.row.height}"
        place = self.placement
        if isinstance(place, WebSize):
            return f"{place.width} × {place.height_of(self.asset.width or 0, self.asset.height or 0)}"
        return f"{place.width} × {place.height}"

    @property
    def can_be_made(self) -> bool:
        """Tell whether the picture is large enough for it as it is now: another try may help then."""
        return self.placement.suits(self.asset.width or 0, self.asset.height or 0)

    @property
    def size(self) -> str:
        """How many bytes it has, as people read it."""
        return megabytes(self.row.size)


def cuts_of(asset: Asset) -> dict[str, Any]:
    """Return the part of the page's context about cuts; no query after the renditions are loaded."""
    version = asset.current
    if (
        version is None
        or asset.kind != Asset.Kind.IMAGE
        or asset.status != Asset.Status.READY
        or asset.trashed_at
    ):
        return {"can_cut": False}
    found = [(fits.placement_of(row), row) for row in version.renditions.all()]
    cuts = [Cut(asset, placement, row) for placement, row in found if placement]
    order = {placement.key: at for at, placement in enumerate(fits.PLACES)}
    cuts.sort(key=lambda cut: order[cut.placement.key])
    waiting = [cut for cut in cuts if cut.row.due_at is not None]
    taken = {cut.placement.key for cut in cuts}
    width, height = asset.width or 0, asset.height or 0
    left = [placement for placement in fits.PLACES if placement.key not in taken]
    left.sort(key=lambda placement: (placement.platform, order[placement.key]))
    return {
        "can_cut": True,
        "across": round(version.focal_x * 100, 1),
        "down": round(version.focal_y * 100, 1),
        "cuts": cuts,
        "ready": [cut for cut in cuts if cut.row.key],
        "waiting": waiting,
        "made_count": len(cuts) - len(waiting),
        "offered": [
            (platform, [(placement, placement.suits(width, height)) for placement in group])
            for platform, group in groupby(left, key=lambda placement: placement.platform)
        ],
    }
