"""Pages of a list that stay fast at a million rows and do not slip when rows come and go: keyset paging, both ways.

A page begins after a row, not after a number of rows: the cursor in the address is the sort value and the id of the
row at its edge. Ties are parted by the id, so no row is shown twice or left out.
"""

from __future__ import annotations

import base64
import binascii
import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.db.models import Case, F, IntegerField, JSONField, Model, Q, QuerySet, Subquery, Value, When
from django.http import QueryDict

M = TypeVar("M", bound=Model)
R = TypeVar("R")
PAGE_SIZE = 25


class CappedCount(Subquery):
    """How many rows a sliced queryset has: the slice keeps the cost the same however many there are."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS capped)"
    output_field = IntegerField()


class ListedIds(Subquery):
    """The ids of a sliced queryset of `pk` in its order, as text: so many lists are one query."""

    template = "(SELECT %(array)s FROM (%(subquery)s) AS listed)"
    output_field = JSONField()

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, tuple[Any, ...]]:
        """Return an array of JSON, empty for no rows."""
        return self.as_sql(compiler, connection, array="json_group_array(listed.pk)", **extra)

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, tuple[Any, ...]]:
        """Return an array of JSON, empty for no rows."""
        array = "COALESCE(jsonb_agg(listed.pk), '[]'::jsonb)"
        return self.as_sql(compiler, connection, array=array, **extra)


class ListedRows(Subquery):
    """Some columns of the rows of a queryset, in its order, as a list of lists: what hangs on a row comes with it.

    For texts, numbers, ids (as text) and truth values (0 or 1 on SQLite); not for times, which engines write each
    in its way.
    """

    template = "(SELECT %(rows)s FROM (%(subquery)s) AS listed)"

    output_field = JSONField()

    def __init__(self, rows: QuerySet[Any, Any], *columns: str) -> None:
        named = {f"column_{place}": F(column) for place, column in enumerate(columns)}
        super().__init__(rows.values(**named))
        self._cells = ", ".join(f"listed.{name}" for name in named)

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, tuple[Any, ...]]:
        """Return an array of arrays of JSON, empty for no rows."""
        return self.as_sql(compiler, connection, rows=f"json_group_array(json_array({self._cells}))", **extra)

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, tuple[Any, ...]]:
        """Return an array of arrays of JSON, empty for no rows."""
        rows = f"COALESCE(jsonb_agg(jsonb_build_array({self._cells})), '[]'::jsonb)"
        return self.as_sql(compiler, connection, rows=rows, **extra)


def in_one_of(*parts: QuerySet[Any, Any]) -> Q:
    """Return the condition that a row is in one of these querysets of `pk`, sliced ones too.

    As a union: for an OR of subqueries PostgreSQL reads the whole table.
    """
    ids = [part.model._default_manager.filter(pk__in=part).order_by().values("pk") for part in parts]
    return Q(pk__in=ids[0].union(*ids[1:], all=True) if ids[1:] else ids[0])


@dataclass(frozen=True, slots=True)
class Sort:
    """One order of a list: its key in the address, its word, its column, and which way. Empty values come last."""

    key: str
    word: str
    field: str = "id"
    descending: bool = True
    nullable: bool = False


@dataclass(frozen=True, slots=True)
class Page(Generic[M]):
    """One page: `older` and `newer` are the cursors of its neighbours, empty where there is none."""

    rows: list[M]
    older: str = ""
    newer: str = ""

    def links(self, params: QueryDict) -> dict[str, str]:
        """Return the query strings of both neighbours as `older` and `newer`, keeping what else is in the address."""
        links = {}
        for name, key, cursor in (("older", "after", self.older), ("newer", "before", self.newer)):
            query = params.copy()
            query.pop("after", None)
            query.pop("before", None)
            query[key] = cursor
            links[name] = f"?{query.urlencode()}" if cursor else ""
        return links


def page(rows: QuerySet[M], sort: Sort, params: QueryDict, *, size: int = PAGE_SIZE) -> Page[M]:
    """Return the page that `after=` or `before=` in the address names; one query.

    A cursor that nobody of ours wrote is the first page. Going back past the beginning is the first page, too, so that
    it is always full.
    """
    after, before = _read(rows, sort, params.get("after", "")), _read(rows, sort, params.get("before", ""))
    if before is not None and after is None:
        backwards = list(
            rows.filter(_beyond(sort, before, back=True)).order_by(*_order(sort, back=True))[: size + 1]
        )
        if len(backwards) >= size:
            shown = backwards[:size][::-1]
            more = len(backwards) > size
            return Page(shown, older=_write(sort, shown[-1]), newer=_write(sort, shown[0]) if more else "")
    got = _forwards(rows, sort, after, size + 1)
    shown = got[:size]
    return Page(
        shown,
        older=_write(sort, shown[-1]) if len(got) > size else "",
        newer=_write(sort, shown[0]) if after is not None and shown else "",
    )


def beside(rows: QuerySet[M], sort: Sort, row: M) -> tuple[Any, Any]:
    """Return the ids of the rows before and after this one in a list, None at its ends; one query.

    The row itself need not be in the list (any more): then they are those that it would stand between.
    """
    cursor = (getattr(row, sort.field), row.pk)
    sides = [
        rows.filter(_beyond(sort, cursor, back=back)).order_by(*_order(sort, back=back)).values("pk")[:1]
        for back in (True, False)
    ]
    if sort.nullable and cursor[0] is not None:  # behind the last value stand those without one
        empty = rows.filter(**{f"{sort.field}__isnull": True})
        sides.append(empty.order_by(*_order(sort, back=False)).values("pk")[:1])
    # Asked of the database, whose alphabet is not that of Python.
    comes_before = Case(When(_beyond(sort, cursor, back=True), then=Value(True)), default=Value(False))
    found = rows.model._default_manager.filter(in_one_of(*sides)).order_by()
    before, later = None, {}
    for pk, is_before, value in found.values_list("pk", comes_before, sort.field):
        if is_before:
            before = pk
        else:
            later[value is None] = pk
    return before, later.get(False, later.get(True))


def ranked_beside(
    ranks: Mapping[Any, tuple[int, ...]], rank: tuple[int, ...], row_id: Any
) -> tuple[Any, Any]:
    """Return the ids before and after a row of this rank, as `beside` does, for what `ranked_page` shows."""
    order = sorted(((each, pk) for pk, each in ranks.items()), reverse=True)
    before = [pk for each, pk in order if (each, pk) > (rank, row_id)]
    later = [pk for each, pk in order if (each, pk) < (rank, row_id)]
    return (before[-1] if before else None, later[0] if later else None)


def ranked_page(
    ranks: Mapping[Any, tuple[int, ...]],
    load: Callable[[list[Any]], list[M]],
    params: QueryDict,
    *,
    size: int = PAGE_SIZE,
) -> Page[M]:
    """Return the page of rows with these ranks ({id: rank}), highest first, then newest.

    `load` fetches the rows of one page. For few enough to be ordered here. The cursor is a rank and an id, so that
    nothing slips when rows come and go.
    """
    order = sorted(((rank, pk) for pk, rank in ranks.items()), reverse=True)
    start, before = _read_rank(params.get("after", "")), _read_rank(params.get("before", ""))
    if before is not None and start is None:
        better = [each for each in order if each > before]
        shown = better[-size:] if len(better) >= size else order[:size]
    else:
        shown = [each for each in order if start is None or each < start][:size]
    if not shown:
        return Page([])
    first, last = shown[0], shown[-1]
    return Page(
        load([pk for _, pk in shown]),
        older=_write_rank(last) if order[-1] < last else "",
        newer=_write_rank(first) if order[0] > first else "",
    )


def _write_rank(place: tuple[tuple[int, ...], Any]) -> str:
    rank, row_id = place
    return base64.urlsafe_b64encode(json.dumps([rank, str(row_id)]).encode()).decode().rstrip("=")


def _read_rank(cursor: str) -> tuple[tuple[int, ...], uuid.UUID] | None:
    if not cursor or len(cursor) > 1000:
        return None
    try:
        rank, row_id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(rank, list) or not all(isinstance(part, int) for part in rank):
            return None
        return tuple(rank), uuid.UUID(row_id)
    except (binascii.Error, ValueError, TypeError, AttributeError):
        return None


def order(sort: Sort) -> list[Any]:
    """Return what a queryset is ordered by for this sort."""
    return _order(sort, back=False)


def _forwards(rows: QuerySet[Any, R], sort: Sort, after: tuple[Any, Any] | None, number: int) -> list[R]:
    """Return the next rows after a cursor.

    Empty values, which come last, are asked for by themselves, and only once the others are at an end: to PostgreSQL
    one condition for both is a walk from the beginning.
    """
    order = _order(sort, back=False)
    if after is None:
        return list(rows.order_by(*order)[:number])
    got = list(rows.filter(_beyond(sort, after, back=False)).order_by(*order)[:number])
    if sort.nullable and after[0] is not None and len(got) < number:
        empty = rows.filter(**{f"{sort.field}__isnull": True})
        got += empty.order_by(*order)[: number - len(got)]
    return got


def after(sort: Sort, row: Model) -> str:
    """Return what names the page after this row in an address: `after=…`."""
    return urlencode({"after": _write(sort, row)})


def _order(sort: Sort, *, back: bool) -> list[Any]:
    """Return the order: the sort's own, or turned round; empty values last, so first when turned round."""
    down = sort.descending is not back
    tie = "-id" if down else "id"
    if sort.field == "id":
        return [tie]
    if not sort.nullable:
        return [f"-{sort.field}" if down else sort.field, tie]
    column = F(sort.field)
    nulls: dict[str, Any] = {"nulls_first": True} if back else {"nulls_last": True}
    return [column.desc(**nulls) if down else column.asc(**nulls), tie]


def _beyond(sort: Sort, cursor: tuple[Any, Any], *, back: bool) -> Q:
    """Return the condition for rows past the cursor, in the sort's own direction or back.

    Going forwards from a value, empty ones are not among them: see `_forwards`.
    """
    value, row_id = cursor
    way = "lt" if sort.descending is not back else "gt"
    tie = Q(**{f"id__{way}": row_id})
    if sort.field == "id":
        return tie
    empty = Q(**{f"{sort.field}__isnull": True})
    if value is None:
        return (~empty | (empty & tie)) if back else (empty & tie)
    # Written as a range first: an index on (column, id) is then walked from the cursor on, and not read twice.
    return Q(**{f"{sort.field}__{way}e": value}) & (Q(**{f"{sort.field}__{way}": value}) | tie)


def _write(sort: Sort, row: Any, model: type[Model] | None = None) -> str:
    value = getattr(row, sort.field)
    fields = (model or row)._meta
    shown = None if value is None else fields.get_field(sort.field).value_to_string(row)  # type: ignore[union-attr]
    return base64.urlsafe_b64encode(json.dumps([shown, str(row.pk)]).encode()).decode().rstrip("=")


def _read(rows: QuerySet[Any, Any], sort: Sort, cursor: str) -> tuple[Any, Any] | None:
    if not cursor or len(cursor) > 1000:
        return None
    try:
        shown, row_id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(row_id, str) or not isinstance(shown, str | None):
            return None
        fields = rows.model._meta
        value = None if shown is None else fields.get_field(sort.field).to_python(shown)
        if value is None and not sort.nullable:
            return None
        return value, fields.pk.to_python(row_id)
    except (binascii.Error, ValueError, TypeError, ValidationError):
        return None


# For programs, which say how many rows they want and hear of a cursor that is none ------------------------------------


def cursor_of(rows: QuerySet[Any, Any], sort: Sort, row: Any) -> str:
    """Return the cursor of the place after this row, a model or its columns by their names."""
    return _write(sort, row, rows.model)


def is_cursor(rows: QuerySet[Any, Any], sort: Sort, cursor: str) -> bool:
    """Tell whether this is a cursor that `cursor_of` wrote for such a list."""
    return _read(rows, sort, cursor) is not None


def following(rows: QuerySet[Any, R], sort: Sort, cursor: str, number: int) -> list[R]:
    """Return up to `number` rows after the cursor, from the beginning where it is empty."""
    return _forwards(rows, sort, _read(rows, sort, cursor), number)
