"""What is cut from a picture for a place: the rendition's preset, and what says that it is still the right one."""

from __future__ import annotations

import hashlib
import json

from media_library.models import Asset, AssetVersion, Rendition
from media_library.placements import Placement, by_key

PREFIX = "fit:"


def preset_of(placement: Placement) -> str:
    """Return the preset under which a fit for this placement is kept."""
    return PREFIX + placement.key


def placement_of(rendition: Rendition) -> Placement | None:
    """Return what a rendition was cut for, or None: it is no fit, or the place is gone."""
    return by_key(rendition.preset.removeprefix(PREFIX)) if rendition.preset.startswith(PREFIX) else None


def params_of(version: AssetVersion, placement: Placement) -> str:
    """Return a digest of all that a fit depends on: another one means that it has to be cut anew."""
    parts = [
        *(version.focal_x, version.focal_y),
        *(placement.width, placement.height, placement.min_width, placement.min_height),
        placement.max_bytes,
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def fit_for(asset: Asset, key: str) -> Rendition | None:
    """Return the ready fit of an asset for a placement, or None."""
    return asset.rendition(PREFIX + key)
