"""What can be imported. Each kind is registered by the app that owns what the rows become, from its `apps.py`."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from django import forms

from workspaces.operation import Actor


@dataclass(frozen=True, slots=True)
class Column:
    """Something that a column of a file can be.

    `spellings` are the headings it is known by, `looks_like` tells it by its values where the heading says nothing.
    `is_day` asks for the order of day and month where the values leave that open. `instead` is the sentence that asks
    for the choice of the same name, where the rows need one and no column says it.
    """

    key: str
    word: str
    spellings: Sequence[str] = ()
    looks_like: Callable[[str], bool] | None = None
    is_day: bool = False
    hint: str = ""
    example: str = ""
    instead: str = ""


@dataclass(slots=True)
class Judged:
    """What was found out about a row: `errors` keep it out, `warnings` do not, `shown` is for the preview.

    Rows with the same `key` say the same, and whoever looks at them is told; "" is like no other row.
    """

    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    shown: dict[str, Any] = field(default_factory=dict)
    key: str = ""


@dataclass(frozen=True, slots=True)
class Made:
    """What a row became, and a mark that is another one once somebody changed it."""

    object_id: uuid.UUID
    mark: str


class Reader(Protocol):
    """Judges the rows of one import and brings them in. Lives for one batch; may remember what it looked up."""

    def judge(self, cells: Mapping[str, str]) -> Judged:
        """Tell what would become of a row, by the same form as everything else; changes nothing."""
        ...

    def bring_in(self, cells: Mapping[str, str]) -> Made:
        """Make what the row says, in the transaction that is open. Raises Refused with the reason."""
        ...

    def take_back(self, object_id: uuid.UUID, mark: str) -> str:
        """Take away what a row made; return "" or the sentence why it stays."""
        ...


@dataclass(frozen=True, slots=True)
class Setting:
    """What a reader is opened with: the person's choices, who acts, and the present instant."""

    options: Mapping[str, Any]
    by: Actor
    now: datetime


class Options(Protocol):
    """Makes the form of what a person chooses beside the columns. Its cleaned data must be made of JSON's values."""

    def __call__(self, data: Any = None, *, initial: Mapping[str, Any], by: Actor) -> forms.Form:
        """Return the form."""
        ...


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of import. `one` and `many` are its words, `right` the operation that the person needs for it.

    `needs` tells which operations more run where rows come in with what was chosen for them all.

    `preview` are the headings of the check and `row_template` draws the cells below them for a `row`. `result_url`
    names the page that shows what came in, `undone` says what becomes of what is taken back. `example` gives the cells
    of the example sheet that depend on what is in the open workspace, by column.
    """

    key: str
    one: str
    many: str
    columns: Sequence[Column]
    right: str
    preview: Sequence[str]
    row_template: str
    result_url: str
    options: Options
    open: Callable[[Setting], Reader]
    undone: str
    needs: Callable[[Mapping[str, Any]], Collection[str]] = lambda options: ()
    example: Callable[[], Mapping[str, str]] = dict

    def column(self, key: str) -> Column | None:
        """Return the column with this key."""
        return next((column for column in self.columns if column.key == key), None)

    def counted(self, number: int) -> str:
        """Return "1 post", "2,119 posts"."""
        return f"{number:,} {self.one if number == 1 else self.many}"


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Make a kind known. Raises ValueError when its key is taken."""
    if kind.key in _kinds:
        raise ValueError(f"The kind of import {kind.key} is registered twice.")
    _kinds[kind.key] = kind


def kinds() -> list[Kind]:
    """Return every kind."""
    return list(_kinds.values())


def get_kind(key: str) -> Kind | None:
    """Return the kind with this key, None for one that this Aura does not know (any more)."""
    return _kinds.get(key)
