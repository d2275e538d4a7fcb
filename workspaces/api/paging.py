"""Lists: `{items, next, total}`, by `limit` and a `cursor` that stays fast, or by an `offset` within bounds.

The rows, their filters and their order are those of the app's own list page; a list here says only how a row is shown.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest
from pydantic import BaseModel

from aura.kit import paging
from aura.kit.paging import Sort
from workspaces.api.problems import Invalid
from workspaces.api.schemas import TOTAL_COUNTED_TO, ListQuery

M = TypeVar("M")


@dataclass(frozen=True)
class Listing(Generic[M]):
    """What a list call hands over: its rows (filtered, without an order), their order, and how they are shown.

    `show` gets the rows of one page at once, so that what they need beside is asked for once. Rows are models, or
    columns by their names (`values_list(…, named=True)`, the `id` and the column of the order among them).
    """

    rows: QuerySet[Any, M]
    sort: Sort
    show: Callable[[list[M]], list[BaseModel]]


@dataclass(frozen=True)
class Part:
    """One page of a list, ready to be written."""

    items: list[BaseModel]
    next: str | None
    total: int


def part_of(listing: Listing[M], query: ListQuery) -> Part:
    """Return the page that a query asks for. Raises Invalid for a cursor that is none of this list and order."""
    rows, sort, limit = listing.rows, listing.sort, query.limit
    if query.cursor:
        if query.offset:
            raise Invalid({"cursor": ["Send a cursor or an offset, not both."]})
        if not paging.is_cursor(rows, sort, query.cursor):
            raise Invalid(
                {
                    "cursor": [
                        "This is no cursor of this list. Take `next` of the page before, and keep `sort`."
                    ]
                }
            )
        got = paging.following(rows, sort, query.cursor, limit + 1)
    else:
        got = list(rows.order_by(*paging.order(sort))[query.offset : query.offset + limit + 1])
    shown = got[:limit]
    more = len(got) > limit
    if query.cursor or more or (query.offset and not shown):
        total = rows.order_by().values("pk")[:TOTAL_COUNTED_TO].count()
    else:
        total = query.offset + len(shown)
    return Part(listing.show(shown), paging.cursor_of(rows, sort, shown[-1]) if more else None, total)


def link_to_next(request: HttpRequest, cursor: str) -> str:
    """Return the `Link` header that leads to the next page."""
    params = {name: value for name, value in request.GET.items() if name not in {"cursor", "offset"}}
    return f'<{request.path}?{urlencode({**params, "cursor": cursor})}>; rel="next"'
