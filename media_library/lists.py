"""The library as pages of a list: newest first, with keyset paging, a search and a state."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.utils.dateparse import parse_datetime

from media_library import uses
from media_library.models import Asset
from workspaces import search

PAGE = 60
COUNT_AT_MOST = 10_001
STATES = {"": "All", "pending": "Getting ready", "failed": "Could not be read", "trash": "Trash"}


@dataclass
class Page:
    """One page of assets. `older` is the query string of the next page, or empty; `used` counts uses by id."""

    assets: list[Asset]
    state: str
    query: str
    older: str = ""
    is_first: bool = True
    used: dict[uuid.UUID, int] = field(default_factory=dict)

    @property
    def tiles(self) -> list[tuple[Asset, int]]:
        """Each asset with how often it is used."""
        return [(asset, self.used.get(asset.pk, 0)) for asset in self.assets]

    @property
    def is_waiting(self) -> bool:
        """Tell whether something on the page is still being made."""
        return any(asset.status == Asset.Status.PENDING and not asset.trashed_at for asset in self.assets)


def with_pictures(assets: QuerySet[Asset]) -> QuerySet[Asset]:
    """Return the same assets with what their tiles show: one query more, however many."""
    return assets.select_related("current").prefetch_related("current__renditions")


def page_of(*, query: str = "", state: str = "", cursor: str = "", size: int = PAGE) -> Page:
    """Return a page of the open workspace's assets. An unknown state or a broken cursor is as if it were not there."""
    state = state if state in STATES else ""
    query = "" if state == "trash" else query.strip()[: search.QUERY_LENGTH]
    rows, read = _trash(cursor) if state == "trash" else _kept(query, state, cursor, size)
    page = _page(list(with_pictures(rows)[: size + 1]), state, query, size)
    page.is_first = not read
    page.used = uses.counts_of(asset.pk for asset in page.assets)
    return page


def first_page_with(
    wanted: Iterable[uuid.UUID], rows: QuerySet[Asset], *, size: int
) -> tuple[Page, list[Asset]]:
    """Return the first page to pick from, and every asset loaded for it: those of the page and the `wanted` ones.

    `rows` says what is loaded with each asset; nothing is asked for twice.
    """
    newest = Asset.objects.filter(trashed_at=None).order_by("-id").values("pk")[: size + 1]
    loaded = list(rows.filter(Q(pk__in=newest) | Q(pk__in=list(wanted))).order_by("-id"))
    kept = [asset for asset in loaded if asset.trashed_at is None]
    return _page(kept[: size + 1], "", "", size), loaded


def _page(assets: list[Asset], state: str, query: str, size: int) -> Page:
    """Make a page of the first `size` assets; one more tells that there are older ones."""
    page = Page(assets[:size], state, query)
    if len(assets) > size:
        page.older = "?" + urlencode({"q": query, "state": state, "cursor": _cursor_after(assets[size - 1])})
    return page


def _kept(query: str, state: str, cursor: str, size: int) -> tuple[QuerySet[Asset], bool]:
    rows = Asset.objects.filter(trashed_at=None).order_by("-id")
    if state:
        rows = rows.filter(status=state)
    after = _uuid(cursor)
    if query:
        # Of a state only few of the matches may be left, so look further than one page there.
        enough = search.MATCHES_AT_MOST if state else size + 1
        rows = rows.filter(pk__in=search.ids("asset", query, limit=enough, before=after))
    elif after:
        rows = rows.filter(pk__lt=after)
    return rows, after is not None


def _trash(cursor: str) -> tuple[QuerySet[Asset], bool]:
    rows = Asset.objects.filter(trashed_at__isnull=False).order_by("-trashed_at", "-id")
    moment, _, key = cursor.partition("~")
    at, after = _moment(moment), _uuid(key)
    if at is None or after is None:
        return rows, False
    return rows.filter(Q(trashed_at__lt=at) | Q(trashed_at=at, pk__lt=after)), True


def _cursor_after(asset: Asset) -> str:
    return f"{asset.trashed_at.isoformat()}~{asset.pk}" if asset.trashed_at else str(asset.pk)


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _moment(text: str) -> datetime | None:
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return moment if moment and moment.tzinfo else None


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
    this_week = kept.filter(pk__gte=_first_id_at(now - timedelta(days=7)))
    return Figures(_capped(kept), _capped(this_week), _capped(kept.filter(status=Asset.Status.FAILED)))


def _capped(rows: QuerySet[Asset]) -> int:
    return rows.order_by()[:COUNT_AT_MOST].count()


def _first_id_at(instant: datetime) -> uuid.UUID:
    """Return the least UUIDv7 of an instant: ids sort by time, so they are the index on it."""
    return uuid.UUID(int=int(instant.timestamp() * 1000) << 80)
