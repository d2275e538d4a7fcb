"""The library as pages of a list, and what stands around it: figures, and what there is to choose from."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet
from django.http import QueryDict

from aura.kit import paging
from aura.kit.search import relevance
from aura.kit.words import TAG_LENGTH, tidy_words
from media_library.filters import BEST, Filter, first_id_at
from media_library.models import Album, AlbumAsset, Asset, SavedFilter, Tag
from workspaces.models import User

PAGE = 60
COUNT_AT_MOST = 10_001
FITTING_AT_MOST = 1_001  # counted under a filter: past that, "1,000+"
CHOICES_AT_MOST = 12  # tags offered beside the list
ALBUMS_AT_MOST = 200
TO_SHOW = 24  # of those that are ticked, on the page that asks about them
SHOWN = ("image", "video")  # what posts are made of
# Offered to filter by beside words: what can be uploaded.
KINDS = ("image", "video", "document", "performance_data")


@dataclass
class Page:
    """One page of assets. `older` and `newer` are query strings of its neighbours, or empty."""

    assets: list[Asset]
    asked: Filter = field(default_factory=Filter)
    older: str = ""
    newer: str = ""

    @property
    def is_waiting(self) -> bool:
        """Tell whether something on the page is still being made."""
        return any(asset.status == Asset.Status.PENDING and not asset.trashed_at for asset in self.assets)


def with_pictures(assets: QuerySet[Asset]) -> QuerySet[Asset]:
    """Return the same assets with what their tiles show: one query more, however many."""
    return assets.select_related("current").prefetch_related("current__renditions")


def page_of(asked: Filter, rows: QuerySet[Asset], params: QueryDict, *, size: int = PAGE) -> Page:
    """Return the page of `rows`, what the filter left, that the cursor in `params` asks for."""
    if asked.order is BEST:
        got = _best(asked, rows, params, size=size)
    else:
        got = paging.page(with_pictures(rows), asked.order, params, size=size)
    links = got.links(params)
    return Page(got.rows, asked, links["older"], links["newer"])


def _best(asked: Filter, rows: QuerySet[Asset], params: QueryDict, *, size: int) -> paging.Page[Asset]:
    """Return a page, best match first. Only what the search gave is ranked: its newest thousand at most."""
    ranks = {pk: relevance(asked.q, title) for pk, title in rows.order_by().values_list("pk", "title")}

    def load(ids: list[uuid.UUID]) -> list[Asset]:
        found = {asset.pk: asset for asset in with_pictures(Asset.objects.filter(pk__in=ids))}
        return [found[pk] for pk in ids if pk in found]

    return paging.ranked_page(ranks, load, params, size=size)


def beside(asked: Filter, rows: QuerySet[Asset], asset: Asset) -> tuple[uuid.UUID | None, uuid.UUID | None]:
    """Return the ids of the assets before and after this one in the list asked for: one query, for words two."""
    if asked.order is not BEST:
        return paging.beside(rows, asked.order, asset)
    ranks = {pk: relevance(asked.q, title) for pk, title in rows.order_by().values_list("pk", "title")}
    return paging.ranked_beside(ranks, relevance(asked.q, asset.title), asset.pk)


def fitting(rows: QuerySet[Asset]) -> int:
    """Return how many there are, counted up to FITTING_AT_MOST."""
    return rows.order_by()[:FITTING_AT_MOST].count()


@dataclass(frozen=True)
class Choices:
    """What the open workspace offers to filter by."""

    tags: list[Tag]
    albums: list[Shelf]
    saved: list[SavedFilter]


def choices(person: User) -> Choices:
    """Return the tags used most, all albums, and the filters this person sees; three queries."""
    tags = list(Tag.objects.order_by("-asset_count", "name")[:CHOICES_AT_MOST])
    saved = filters_of(person).select_related("created_by")
    return Choices(tags, albums_in_order(), list(saved.order_by("name", "id")[:ALBUMS_AT_MOST]))


def filters_of(person: User) -> QuerySet[SavedFilter]:
    """Return the saved filters that somebody sees: their own, and those for everybody here."""
    return SavedFilter.objects.filter(Q(is_shared=True) | Q(created_by=person))


def tags_that_begin(text: str) -> list[Tag]:
    """Return the tags that begin with what is typed, used most first, a dozen at most; one query."""
    begin = next(iter(tidy_words([text.replace("\x00", "")])), "")[:TAG_LENGTH]
    return list(Tag.objects.filter(name__startswith=begin).order_by("-asset_count", "name")[:CHOICES_AT_MOST])


@dataclass(frozen=True)
class Shelf:
    """An album in the order of all: how deep it lies, and how many assets are in it (0 where nobody counted)."""

    album: Album
    depth: int
    size: int = 0

    @property
    def label(self) -> str:
        """Return its name, moved in by its depth."""
        return "– " * self.depth + self.album.name


def albums_in_order(sizes: Mapping[uuid.UUID, int] | None = None) -> list[Shelf]:
    """Return every album, each below the one it lies in, by name; one query."""
    below: dict[uuid.UUID | None, list[Album]] = {}
    for album in Album.objects.order_by("name", "id")[:ALBUMS_AT_MOST]:
        below.setdefault(album.parent_id, []).append(album)
    found: list[Shelf] = []

    def walk(parent: uuid.UUID | None, depth: int) -> None:
        for album in below.get(parent, []):
            found.append(Shelf(album, depth, (sizes or {}).get(album.pk, 0)))
            walk(album.pk, depth + 1)

    walk(None, 0)
    return found


def albums_with_sizes() -> list[Shelf]:
    """Return every album in order with how many assets lie in it; three queries.

    All entries are counted in the index, and those of the trash (few) taken off.
    """
    entries = AlbumAsset.objects.order_by()
    sizes = dict(entries.values_list("album").annotate(n=Count("asset")))
    trash = Asset.objects.filter(trashed_at__isnull=False).order_by()
    gone = entries.filter(asset__in=trash.values("pk"))
    for album, number in gone.values_list("album").annotate(n=Count("asset")):
        sizes[album] -= number
    return albums_in_order(sizes)


def words_of(asked: str) -> str:
    """Return the words that are kept under this id, or nothing: it names none, or no words."""
    try:
        pk = uuid.UUID(asked)
    except ValueError:
        return ""
    kept = Asset.objects.filter(pk=pk, kind__in=Asset.TEXT_KINDS, trashed_at=None)
    return kept.values_list("body", flat=True).first() or ""


def first_page_with(
    wanted: Iterable[uuid.UUID], rows: QuerySet[Asset], *, size: int
) -> tuple[Page, list[Asset]]:
    """Return the first page to pick from, and every asset loaded for it: those of the page and the `wanted` ones.

    `rows` says what is loaded with each asset; nothing is asked for twice.
    """
    newest = Asset.objects.filter(trashed_at=None, kind__in=SHOWN).order_by("-id").values("pk")[: size + 1]
    asked_for = Asset.objects.filter(pk__in=list(wanted)).values("pk")
    loaded = list(rows.filter(paging.in_one_of(newest, asked_for)).order_by("-id"))
    kept = [asset for asset in loaded if asset.trashed_at is None and asset.kind in SHOWN][: size + 1]
    page = Page(kept[:size])
    if len(kept) > size:
        page.older = f"?{paging.after(Filter().order, kept[size - 1])}"
    return page, loaded


@dataclass(frozen=True)
class Figures:
    """How much there is: capped counts, so that a large library costs no more than a small one."""

    kept: int
    added_this_week: int
    failed: int

    @property
    def is_capped(self) -> bool:
        """Tell whether there are more than can be counted quickly."""
        return self.kept >= COUNT_AT_MOST


def figures(now: datetime) -> Figures:
    """Return the figures of the open workspace's library."""
    kept = Asset.objects.filter(trashed_at=None)
    this_week = kept.filter(pk__gte=first_id_at(now - timedelta(days=7)))
    return Figures(_capped(kept), _capped(this_week), _capped(kept.filter(status=Asset.Status.FAILED)))


def _capped(rows: QuerySet[Asset]) -> int:
    return rows.order_by()[:COUNT_AT_MOST].count()
