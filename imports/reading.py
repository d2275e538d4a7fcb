"""Files of rows, read one row at a time: CSV in whatever encoding and with whatever delimiter, and XLSX."""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import json
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from imports.guarding import unguarded

CHILD = Path(__file__).with_name("xlsx_child.py")
WALL_SECONDS = 60.0
MEMORY = 1_000_000_000  # of the child that reads a spreadsheet
MOST_COLUMNS = 200
UNPACKED = 4  # times the limit of a file that a spreadsheet may unpack to
LONGEST_CELL = 131_072  # as the csv module has it
SAMPLE = 64 * 1024
DELIMITERS = {",": "Comma", ";": "Semicolon", "\t": "Tab", "|": "Bar"}
ENCODINGS = {
    "utf-8-sig": "Unicode (UTF-8)",
    "utf-16": "Unicode (UTF-16)",
    "cp1252": "Western (Windows-1252)",
    "cp1250": "Central European (Windows-1250)",
    "cp1251": "Cyrillic (Windows-1251)",
    "cp1253": "Greek (Windows-1253)",
    "cp1254": "Turkish (Windows-1254)",
}
XLSX = "xlsx"
_ZIP, _OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
NO_TEXT = "�"


class Unreadable(Exception):
    """The file cannot be read; `str()` is the sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How a file is read: `encoding` and `delimiter` of a CSV, or "xlsx"."""

    encoding: str
    delimiter: str = ""

    @property
    def is_sheet(self) -> bool:
        """Whether it is a spreadsheet."""
        return self.encoding == XLSX

    def as_json(self) -> dict[str, str]:
        """Return it for a row."""
        return {"encoding": self.encoding, "delimiter": self.delimiter}

    @classmethod
    def of(cls, value: dict[str, Any]) -> Shape:
        """Return what `as_json` wrote."""
        return cls(str(value.get("encoding", "utf-8-sig")), str(value.get("delimiter", ",")))


@dataclass(frozen=True, slots=True)
class Line:
    """One row: its number as spreadsheets count, its cells, and what keeps it from being read, if anything."""

    number: int
    cells: list[str]
    problem: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing stands in it."""
        return not self.problem and not any(self.cells)


def shape_of(path: Path) -> Shape:
    """Return how this file is to be read, found by looking at it. Raises Unreadable."""
    with path.open("rb") as file:
        head = file.read(SAMPLE)
    if head.startswith(_ZIP):
        return Shape(XLSX)
    if head.startswith(_OLD_EXCEL):
        raise Unreadable("This is a file of an old Excel. Save it as XLSX or CSV, then bring that.")
    if not head.strip():
        raise Unreadable("There is nothing in this file. Choose another one.")
    encoding = _encoding_of(path, head)
    if encoding != "utf-16" and b"\x00" * 4 in head:
        raise Unreadable("This is no table. Save it as CSV or XLSX, then bring that.")
    text = _decoded(head, encoding)
    return Shape(encoding, _delimiter_of(text))


def shape_as(path: Path, encoding: str, delimiter: str = "") -> Shape:
    """Return the shape of a CSV in the encoding that a person named. Raises Unreadable where it cannot be that."""
    with path.open("rb") as file:
        head = file.read(SAMPLE)
    return Shape(encoding, delimiter or _delimiter_of(_decoded(head, encoding)))


def _encoding_of(path: Path, head: bytes) -> str:
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as file:
            while chunk := file.read(1 << 20):
                decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def _decoded(head: bytes, encoding: str) -> str:
    return codecs.getincrementaldecoder(encoding)(errors="replace").decode(head)


def _delimiter_of(text: str) -> str:
    """Return the delimiter that parts the first lines into the most columns of one number."""
    if text[:5].casefold().startswith("sep=") and len(text) > 4:
        return text[4]
    best, best_score = ",", (0.0, 0)
    for delimiter in DELIMITERS:
        widths: Counter[int] = Counter()
        try:
            for row in itertools.islice(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), 30):
                if any(row):
                    widths[len(row)] += 1
        except csv.Error:
            pass
        if not widths:
            continue
        width, times = widths.most_common(1)[0]
        score = (times / widths.total(), width) if width > 1 else (0.0, 0)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def lines_of(path: Path, shape: Shape, *, most: int) -> Iterator[Line]:
    """Yield the rows of a file that hold anything, headings first, at most `most` of all its rows and one more.

    Raises Unreadable, perhaps after some rows.
    """
    rows = _sheet_lines(path, most + 1) if shape.is_sheet else _text_lines(path, shape)
    for line in itertools.islice(rows, most + 1):
        if not line.is_empty:
            yield line


def headings_of(line: Line) -> list[str]:
    """Return the headings in the first row, each once: empty ones get the letter of their column. Raises Unreadable."""
    cells = [cell.strip() for cell in line.cells]
    while cells and not cells[-1]:
        cells.pop()
    if line.problem or not cells:
        raise Unreadable(line.problem or "There is nothing in this file. Choose another one.")
    if len(cells) > MOST_COLUMNS:
        raise Unreadable(
            f"This sheet has {len(cells):,} columns, {MOST_COLUMNS} are the limit. Take out what is not needed."
        )
    seen: Counter[str] = Counter()
    headings = []
    for number, cell in enumerate(cells):
        name = cell[:100] or f"Column {letter(number)}"
        seen[name] += 1
        headings.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return headings


def letter(number: int) -> str:
    """Return what spreadsheets call a column: A, B … Z, AA."""
    name = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        name = chr(65 + rest) + name
    return name


# Text --------------------------------------------------------------------------------------------------------------


def _text_lines(path: Path, shape: Shape) -> Iterator[Line]:
    with path.open(encoding=shape.encoding, errors="replace", newline="") as file:
        reader = csv.reader(file, delimiter=shape.delimiter or ",")
        number = 0
        while True:
            number += 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except UnicodeError:
                raise Unreadable(
                    "The letters of this file cannot be read. Save it as CSV in UTF-8, then bring that."
                ) from None
            except csv.Error:
                yield Line(
                    number,
                    [],
                    f"A cell has more than {LONGEST_CELL:,} characters, or a quotation mark is never closed.",
                )
                continue
            if number == 1 and len(cells) <= 2 and cells and cells[0].casefold().startswith("sep="):
                number = 0
                continue
            yield _line(number, cells)


def _line(number: int, cells: list[str]) -> Line:
    problem = ""
    if len(cells) > MOST_COLUMNS + 1 and any(cells[MOST_COLUMNS:]) and number > 1:
        cells, problem = cells[:MOST_COLUMNS], "It has far more cells than there are headings."
    if any("\x00" in cell for cell in cells):
        cells = [cell.replace("\x00", NO_TEXT) for cell in cells]
        problem = "It holds a character that no text may have (NUL). Take it out."
    return Line(number, [unguarded(cell.strip()) for cell in cells], problem)


# Spreadsheets ------------------------------------------------------------------------------------------------------


def _sheet_lines(path: Path, most: int) -> Iterator[Line]:
    """Yield what the child prints. It ends when nobody reads any more, or when its time is up."""
    environment = {"PATH": os.environ.get("PATH", ""), "MALLOC_ARENA_MAX": "1"}
    child = subprocess.Popen(
        [sys.executable, "-I", str(CHILD), str(path), str(most), str(MEMORY)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        close_fds=True,
    )
    clock = threading.Timer(WALL_SECONDS, child.kill)
    clock.daemon = True
    clock.start()
    assert child.stdout is not None
    try:
        number = total = 0
        for number, text in enumerate(child.stdout, start=1):
            total += len(text)
            if total > UNPACKED * settings.AURA_IMPORT_MB * 1_000_000:
                raise Unreadable(
                    "This spreadsheet unpacks to far too much. Save it as CSV, and bring it in parts."
                )
            yield _line(number, json.loads(text))
        code = child.wait()
        if code == 3 or (code == 0 and number == 0):
            raise Unreadable("There is nothing in this file. Choose another one.")
        if code != 0:
            raise Unreadable(
                "This spreadsheet cannot be read: it is damaged, locked by a password, or too large. "
                "Save it as CSV, then bring that."
            )
    finally:
        clock.cancel()
        child.kill()
        child.stdout.close()
        child.wait()
