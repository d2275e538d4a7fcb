"""Which pictures look alike: by the 64-bit fingerprint (dhash) of their current version."""

from __future__ import annotations

import uuid

from django.db.models import Q

from media_library.models import Asset
from media_library.models.asset import bands_of

SAME_WITHIN = 6  # bits: the same picture, made smaller or stored anew
MAYBE_WITHIN = 12  # bits: perhaps the same; somebody has to look
CANDIDATES = 5000  # rows compared at most: plain areas of one colour share a fingerprint by the thousand


def near(asset: Asset, *, limit: int, distance: int = MAYBE_WITHIN) -> list[tuple[Asset, int]]:
    """Return the pictures nearest to this one and how many bits they differ in, nearest first.

    Candidates share one of the four bands, or all but one bit of it. That finds every picture up to 7 bits away and
    many of those further off. What lies in the trash is left out.
    """
    if asset.dhash is None:
        return []
    probes = Q()
    for name, band in zip("abcd", bands_of(asset.dhash), strict=True):
        if band is not None:
            probes |= Q(**{f"hash_{name}__in": [band, *(band ^ (1 << bit) for bit in range(16))]})
    rows = Asset.objects.filter(probes, trashed_at=None).exclude(pk=asset.pk).order_by()
    found: list[tuple[int, uuid.UUID]] = []
    for pk, dhash in rows.values_list("pk", "dhash")[:CANDIDATES]:
        if dhash is None:
            continue
        apart = ((asset.dhash ^ dhash) & 0xFFFF_FFFF_FFFF_FFFF).bit_count()
        if apart <= distance:
            found.append((apart, pk))
    nearest = sorted(found)[:limit]
    if not nearest:
        return []
    loaded = Asset.objects.prefetch_related("current__renditions").in_bulk([pk for _, pk in nearest])
    return [(loaded[pk], apart) for apart, pk in nearest if pk in loaded]
