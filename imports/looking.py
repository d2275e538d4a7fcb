"""A first look at a file: its headings, and enough rows to recognise what its columns are."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path

from imports.reading import Shape, headings_of, lines_of, shape_of

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
