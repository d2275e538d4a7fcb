"""Queries that every call of a program asks: their SQL is made once, and asked with other values.

Django makes the SQL of a query anew each time, which takes it several times as long as a database needs to find a row
by its key. A `Prepared` query has one value and keeps its SQL; the value and the open workspace are put in when it is
asked, so that it belongs to the workspace that is open then, and fails as loudly as any other where there is none.

    _BY_HASH = Prepared(lambda value: ApiToken.objects.filter(token_hash=value))
    tokens = _BY_HASH.rows(hash_token(secret))
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import QuerySet
from django.db.models.query import ModelIterable, NamedValuesListIterable, get_related_populators
from django.db.models.utils import create_namedtuple_class

from workspaces.models.workspace import Workspace
from workspaces.scope import current_workspace, is_every_workspace, use_rows_of

R = TypeVar("R")
_VALUE: Final = uuid.UUID("5e1f0a3c-6f0e-4c55-9d59-0b6f3a4c8e01")
_WORKSPACE: Final = uuid.UUID("5e1f0a3c-6f0e-4c55-9d59-0b6f3a4c8e02")
_FORMS: Final[list[Callable[[Any], Any]]] = [lambda value: value, lambda value: value.hex, str]
"""How a value stands among the parameters: as it is, as SQLite has an id, as text."""
_PLACE: Final = re.compile(r"(?<!%)%s")


Build = Callable[[Sequence[Any]], Any]


@dataclass(frozen=True, slots=True)
class _Made:
    """A query with its SQL: its parameters, and which of them are the value and the workspace, in which form.

    Parameters have names: SQLite's wrapper fills those in at once, and looks for others through all of the SQL.
    `converted` are the columns that the database gives in another form than Python has, each with what turns it;
    `build` makes of a row what the query gives.
    """

    sql: str
    params: dict[str, Any]
    value_at: list[tuple[str, Callable[[Any], Any]]]
    workspace_at: list[tuple[str, Callable[[Any], Any]]]
    converted: list[tuple[int, list[Callable[..., Any]], Any]]
    build: Build

    def rows(self, value: Any, workspace: uuid.UUID | None) -> list[Any]:
        """Ask it on this thread's connection, without what a compiler works out anew for every query."""
        params = self.params.copy()
        for name, form in self.value_at:
            params[name] = form(value)
        for name, form in self.workspace_at:
            params[name] = form(workspace)
        connection = connections[DEFAULT_DB_ALIAS]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, params)
            found = [list(row) for row in cursor.fetchall()]
        for row in found:
            for place, converters, column in self.converted:
                for convert in converters:
                    row[place] = convert(row[place], column, connection)
        return [self.build(row) for row in found]


class Prepared(Generic[R]):
    """A query of one value, an id or a text: models with what they select beside them, or tuples of `values_list`."""

    def __init__(self, query: Callable[[Any], QuerySet[Any, R]]) -> None:
        self._query = query
        self._made: dict[bool, _Made] = {}

    def rows(self, value: Any) -> list[R]:
        """Return what the query finds for a value in the open workspace, or in all where all are open."""
        every = is_every_workspace()
        workspace = None if every else current_workspace().pk
        made = self._made.get(every)
        if made is None:
            made = self._made[every] = self._make(every)
        return made.rows(value, workspace)

    def first(self, value: Any) -> R | None:
        """Return the first row, or None."""
        found = self.rows(value)
        return found[0] if found else None

    def _make(self, every: bool) -> _Made:
        query = self._query(_VALUE)
        compiler = query.query.get_compiler(DEFAULT_DB_ALIAS)
        if every:
            sql, params = compiler.as_sql()
        else:
            with use_rows_of(Workspace(pk=_WORKSPACE)):
                sql, params = compiler.as_sql()
        gives_models = issubclass(query._iterable_class, ModelIterable)
        assert not (gives_models and compiler.annotation_col_map), "Models are made without annotations."
        columns = [column for column, _, _ in compiler.select[: compiler.col_count]]
        named = {f"p{number}": param for number, param in enumerate(params)}
        names = iter(named)
        made = _Made(
            sql=_PLACE.sub(lambda _: f"%({next(names)})s", sql),
            params=named,
            value_at=_places(named, _VALUE),
            workspace_at=_places(named, _WORKSPACE),
            converted=[(place, *how) for place, how in compiler.get_converters(columns).items()],
            build=_model_builder(compiler) if gives_models else _tuple_builder(query),
        )
        assert made.value_at, "The value has to be compared with a column as it is."
        assert every or made.workspace_at, "The query does not ask for the open workspace."
        return made


def _places(params: dict[str, Any], mark: uuid.UUID) -> list[tuple[str, Callable[[Any], Any]]]:
    return [
        (name, form)
        for name, param in params.items()
        for form in _FORMS
        if type(param) is type(form(mark)) and param == form(mark)
    ]


def _tuple_builder(query: QuerySet[Any, Any]) -> Build:
    named = issubclass(query._iterable_class, NamedValuesListIterable)
    return create_namedtuple_class(*query._fields)._make if named else tuple  # type: ignore[attr-defined]


def _model_builder(compiler: Any) -> Build:
    """Return what makes a model of a row, with those that it selects beside it, as Django's own iterable does."""
    select, info = compiler.select, compiler.klass_info
    begin, end = info["select_fields"][0], info["select_fields"][-1] + 1
    names = [column[0].target.attname for column in select[begin:end]]
    beside = get_related_populators(info, select, DEFAULT_DB_ALIAS)  # type: ignore[call-arg]  # of Django 6
    from_db = info["model"].from_db

    def build(row: Sequence[Any]) -> Any:
        model = from_db(DEFAULT_DB_ALIAS, names, row[begin:end])
        for one in beside:
            one.populate(row, model)
        return model

    return build
