"""What is made from a picture for a place: the rendition's preset, and what says that it is still the right one."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.db.models import Q

from media_library import formats, names, placements, web_sizes
from media_library.models import Asset, AssetVersion, Rendition
from media_library.placements import Placement
from media_library.web_sizes import WebSize

PREFIX, SIZE_PREFIX = "fit:", "size:"
WANTED = Q(preset__startswith=PREFIX) | Q(preset__startswith=SIZE_PREFIX)
"""Renditions that are made when somebody asks for them, and are their own work rows."""

Place = Placement | WebSize
PLACES: tuple[Place, ...] = (*placements.PLACEMENTS, *web_sizes.SIZES)
_FIGURES = (
    "width",
    "height",
    "min_width",
    "min_height",
    "tolerance",
    "max_bytes",
    "mimes",
)  # of a placement, for the child


def preset_of(place: Place) -> str:
    """Return the preset under which a fit for this placement, or this size for the web, is kept."""
    return (SIZE_PREFIX if isinstance(place, WebSize) else PREFIX) + place.key


def placement_of(rendition: Rendition) -> Place | None:
    """Return what a rendition was made for, or None: nobody asked for it, or the place is gone."""
    prefix, _, key = rendition.preset.partition(":")
    if f"{prefix}:" == SIZE_PREFIX:
        return web_sizes.by_key(key)
    return placements.by_key(key) if f"{prefix}:" == PREFIX else None


def params_of(version: AssetVersion, place: Place) -> str:
    """Return a digest of all that a fit depends on: another one means that it has to be made anew."""
    if isinstance(place, WebSize):
        return place.params
    parts = [
        *(version.focal_x, version.focal_y),
        *(place.width, place.height, place.min_width, place.min_height),
        place.max_bytes,
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def job_of(version: AssetVersion, place: Place) -> dict[str, Any]:
    """Return what the decoding child is asked for."""
    if isinstance(place, WebSize):
        quality = web_sizes.QUALITY[place.mime]
        return {"do": "size", "mime": place.mime, "width": place.width, "quality": quality}
    figures = {name: getattr(place, name) for name in _FIGURES}
    return {"do": "fit", "focal": [version.focal_x, version.focal_y], **figures}


def fit_for(asset: Asset, key: str) -> Rendition | None:
    """Return the ready fit of an asset for a placement, or its size for the web, or None."""
    return asset.rendition(PREFIX + key) or asset.rendition(SIZE_PREFIX + key)


def file_name(title: str, made: Rendition) -> str:
    """Return the name under which a rendition of something of this title is saved."""
    key = made.preset.rpartition(":")[2]
    return names.download_name(f"{title} {key}", formats.extension_of(made.mime))
