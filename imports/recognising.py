"""Which column of a file is what: by its heading, by its values, and by what was said the last time."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from imports.kinds import Column, Kind
from imports.models import ColumnMemory

SURE = 0.8  # of the values that a column has must look like what it is taken for


@dataclass(frozen=True, slots=True)
class Guess:
    """What each heading becomes ("" is left out), and whether the headings were met before."""

    mapping: list[str]
    options: dict[str, object]
    is_remembered: bool = False


def plain(heading: str) -> str:
    """Return a heading without what people write differently: case, accents, spaces, marks."""
    bare = unicodedata.normalize("NFKD", heading.casefold())
    return re.sub(r"[^\w]+|_", "", "".join(char for char in bare if not unicodedata.combining(char)))


def hash_of(headings: Sequence[str]) -> str:
    """Return what stands for these headings in this order."""
    return hashlib.sha256(json.dumps([plain(heading) for heading in headings]).encode()).hexdigest()


def guess(kind: Kind, headings: Sequence[str], sample: Sequence[Sequence[str]]) -> Guess:
    """Return what the columns are taken for; one query."""
    known = ColumnMemory.objects.filter(kind=kind.key, headings_hash=hash_of(headings)).first()
    if known is not None and len(known.mapping) == len(headings):
        keys = {column.key for column in kind.columns}
        mapping = [key if key in keys else "" for key in known.mapping]
        return Guess(mapping, dict(known.options), is_remembered=True)
    return Guess(_by_looking(kind.columns, headings, sample), {})


def _by_looking(
    columns: Sequence[Column], headings: Sequence[str], sample: Sequence[Sequence[str]]
) -> list[str]:
    mapping = [""] * len(headings)
    names = [plain(heading) for heading in headings]
    for exact in (True, False):
        for column in columns:
            if column.key in mapping:
                continue
            spellings = [plain(spelling) for spelling in (column.word, column.key, *column.spellings)]
            for number, name in enumerate(names):
                fits = (
                    name in spellings
                    if exact
                    else any(name.startswith(spelling) for spelling in spellings if len(spelling) > 3)
                )
                if not mapping[number] and fits:
                    mapping[number] = column.key
                    break
    for column in columns:
        if column.key in mapping or column.looks_like is None:
            continue
        for number in range(len(headings)):
            values = [row[number] for row in sample if number < len(row) and row[number]]
            if not mapping[number] and values:
                fitting = sum(1 for value in values if column.looks_like(value))
                if fitting / len(values) >= SURE:
                    mapping[number] = column.key
                    break
    return mapping


def remember(kind: str, headings: Sequence[str], mapping: Sequence[str], options: dict[str, object]) -> None:
    """Keep what a person said about these headings, for the next file that has them."""
    ColumnMemory.objects.update_or_create(
        kind=kind,
        headings_hash=hash_of(headings),
        defaults={"mapping": list(mapping), "options": options},
    )
