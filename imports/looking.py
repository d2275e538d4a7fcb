"""A first look at a file: its headings, and enough rows to recognise what its columns are."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path

from imports.files import local
from imports.models import Import
from imports.reading import Shape, Unreadable, headings_of, lines_of, shape_as, shape_of

LOOKED_AT = 500  # rows


@dataclass(frozen=True, slots=True)
class Look:
    """The beginning of a file: its headings and the rows below them."""

    shape: Shape
    headings: list[str]
    rows: list[list[str]]

    def values(self, number: int) -> list[str]:
        """Return what stands in a column, without empty cells."""
        return [row[number] for row in self.rows if number < len(row) and row[number]]


def look_at(path: Path, shape: Shape | None = None) -> Look:
    """Return the beginning of a file. Raises Unreadable."""
    shape = shape or shape_of(path)
    lines = itertools.islice(lines_of(path, shape, most=LOOKED_AT * 10), LOOKED_AT + 1)
    first = next(lines, None)
    headings = headings_of(first) if first is not None else []
    return Look(shape, headings, [line.cells for line in lines if not line.problem])


def look_again(source: Import, encoding: str) -> Look:
    """Return the beginning of the file of an import, read in the encoding that somebody named. Raises Unreadable."""
    if Shape.of(source.shape).is_sheet:
        raise Unreadable("A spreadsheet says by itself how its letters are read. Change them there.")
    try:
        with local(source) as path:
            return look_at(path, shape_as(path, encoding))
    except UnicodeError:
        raise Unreadable("It cannot be read like this. Pick another one.") from None
