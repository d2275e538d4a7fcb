"""Which pictures look alike: by the 64-bit fingerprint (dhash) of their current version."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from media_library.lists import with_pictures
from media_library.models import Asset, NotDuplicate
from media_library.models.asset import bands_of

SAME_WITHIN = 6  # bits: the same picture, made smaller or stored anew
MAYBE_WITHIN = 12  # bits: perhaps the same; somebody has to look
PAIRS = 24  # on one page
WINDOW, WINDOW_OF_MANY = 2000, 250  # pictures looked at for one page: fewer where each has more by chance
MANY = 20_000  # pictures in a library
OF_ONE = 4  # pairs shown of one picture
COMPARISONS = 100_000  # at most, for one page
CANDIDATES = 5000  # rows compared at most: plain areas of one colour share a fingerprint by the thousand


def near(
    asset: Asset, *, limit: int, distance: int = MAYBE_WITHIN, pictures: bool = True
) -> list[tuple[Asset, int]]:
    """Return the pictures nearest to this one and how many bits they differ in, nearest first.

    `pictures` False leaves their renditions to whoever loads them along with others.

    Candidates share one of the four bands, or all but one bit of it. That finds every picture up to 7 bits away and
    many of those further off. What lies in the trash is left out.
    """
    if asset.dhash is None:
        return []
    found: list[tuple[int, uuid.UUID]] = []
    for pk, dhash in _candidates([asset.dhash]):
        if pk == asset.pk:
            continue
        apart = bits_between(asset.dhash, dhash)
        if apart <= distance:
            found.append((apart, pk))
    nearest = sorted(found)[:limit]
    if not nearest:
        return []
    rows_of = Asset.objects.select_related("current")
    loaded = (with_pictures(rows_of) if pictures else rows_of).in_bulk([pk for _, pk in nearest])
    return [(loaded[pk], apart) for apart, pk in nearest if pk in loaded]


def same_as(assets: Iterable[Asset]) -> dict[uuid.UUID, Asset]:
    """Return for each of these (by its id) the picture nearest to it, where one looks the same; three queries.

    What somebody called different, or kept beside the other on purpose, is left out.
    """
    asked = {asset.pk: asset.dhash for asset in assets if asset.dhash is not None}
    found = [
        (max(pk, other), min(pk, other), apart)
        for other, dhash in _candidates(asked.values())
        for pk, own in asked.items()
        if pk != other and (apart := bits_between(own, dhash)) <= SAME_WITHIN
    ]
    nearest: dict[uuid.UUID, tuple[int, uuid.UUID]] = {}
    for newer, older, apart in _without_different(found) if found else []:
        for pk, other in ((newer, older), (older, newer)):
            if pk in asked:
                nearest[pk] = min(nearest.get(pk, (apart, other)), (apart, other))
    loaded = Asset.objects.in_bulk([other for _, other in nearest.values()]) if nearest else {}
    return {pk: loaded[other] for pk, (_, other) in nearest.items() if other in loaded}


def _candidates(fingerprints: Iterable[int]) -> list[tuple[uuid.UUID, int]]:
    """Return what shares a band with one of these, or all but one bit of it, with its own fingerprint; one query."""
    wanted: dict[str, set[int]] = {}
    for fingerprint in fingerprints:
        for name, band in zip("abcd", bands_of(fingerprint), strict=True):
            if band is not None:
                near_it = (band, *(band ^ (1 << bit) for bit in range(16)))
                wanted.setdefault(f"hash_{name}__in", set()).update(near_it)
    if not wanted:
        return []
    probes = Q(*((name, list(bands)) for name, bands in wanted.items()), _connector=Q.OR)
    rows = Asset.objects.filter(probes, trashed_at=None, dhash__isnull=False).order_by()
    return list(rows.values_list("pk", "dhash")[:CANDIDATES])


def bits_between(one: int, other: int) -> int:
    """Return in how many bits two fingerprints differ, 0 to 64."""
    return ((one ^ other) & 0xFFFF_FFFF_FFFF_FFFF).bit_count()


@dataclass(frozen=True)
class Pair:
    """Two pictures that look the same, the one that came later first, and how many bits they are apart."""

    newer: Asset
    older: Asset
    apart: int

    @property
    def both(self) -> tuple[Asset, Asset]:
        """The two, as they stand side by side."""
        return self.newer, self.older


@dataclass(frozen=True)
class Pairs:
    """One page of pairs: how many pictures were `looked` at, and the id after which to go on, if there are more."""

    pairs: list[Pair]
    looked: int
    after: uuid.UUID | None


Found = tuple[uuid.UUID, uuid.UUID, int]  # newer, older, bits


def pairs(after: uuid.UUID | None = None) -> Pairs:
    """Return pairs of pictures that look the same, the newest first; a fixed number of queries, and bounded work.

    Looks at the next so many pictures after one, and for each at the older ones that share one of the four bands: all
    up to 3 bits away, and most of those up to SAME_WITHIN. What somebody called different is left out.
    """
    library = Asset.objects.filter(trashed_at=None, status=Asset.Status.READY, kind=Asset.Kind.IMAGE)
    size = WINDOW_OF_MANY if library.order_by()[: MANY + 1].count() > MANY else WINDOW
    here = library.filter(pk__lt=after) if after else library
    rows = list(here.order_by("-pk").values_list("pk", "dhash")[: size + 1])
    looked = {pk: dhash for pk, dhash in rows[:size] if dhash is not None}
    found = _without_different(_found(looked))
    shown: list[Found] = []
    last = rows[size - 1][0] if len(rows) > size else None
    for newer in sorted({newer for newer, _, _ in found}, reverse=True):
        if len(shown) >= PAIRS:
            last = shown[-1][0]
            break
        of_it = sorted((each for each in found if each[0] == newer), key=lambda each: (each[2], each[1]))
        shown += of_it[:OF_ONE]
    ids = {pk for newer, older, _ in shown for pk in (newer, older)}
    loaded = {asset.pk: asset for asset in with_pictures(Asset.objects.filter(pk__in=ids))}
    return Pairs(
        [Pair(loaded[one], loaded[other], apart) for one, other, apart in shown], len(rows[:size]), last
    )


def _found(looked: dict[uuid.UUID, int]) -> list[Found]:
    """Return the pairs of each of these pictures ({id: fingerprint}) with older ones; one query."""
    by_band: list[dict[int, list[uuid.UUID]]] = [{}, {}, {}, {}]
    for pk, dhash in looked.items():
        for place, band in enumerate(bands_of(dhash)):
            by_band[place].setdefault(band or 0, []).append(pk)
    if not looked:
        return []
    probes = Q()
    for name, values in zip("abcd", by_band, strict=True):
        probes |= Q(**{f"hash_{name}__in": list(values)})
    others = Asset.objects.filter(probes, trashed_at=None, status=Asset.Status.READY).order_by()
    found: dict[tuple[uuid.UUID, uuid.UUID], int] = {}
    left = COMPARISONS
    for pk, dhash in others.values_list("pk", "dhash")[: CANDIDATES * 4]:
        for place, band in enumerate(bands_of(dhash)):
            for newer in by_band[place].get(band or 0, []):
                left -= 1
                if newer > pk and (apart := bits_between(looked[newer], dhash or 0)) <= SAME_WITHIN:
                    found[newer, pk] = apart
        if left <= 0:
            break
    return [(newer, older, apart) for (newer, older), apart in found.items()]


def _without_different(found: list[Found]) -> list[Found]:
    """Leave out what somebody called different; one query."""
    said = NotDuplicate.objects.filter(newer__in={newer for newer, _, _ in found})
    different = set(said.values_list("newer_id", "older_id"))
    return [each for each in found if each[:2] not in different]
