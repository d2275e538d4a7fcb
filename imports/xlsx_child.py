"""Reads the first sheet of a spreadsheet and prints its rows, a JSON list a line. Runs in a process of its own.

    python -I xlsx_child.py FILE ROWS BYTES

What a spreadsheet unpacks to is limited by the memory and the seconds of this process, whatever its ZIP says. Rows
above the first used cell are printed as empty ones, so that numbers are those of the sheet. Exit code 3: no sheet.
"""

from __future__ import annotations

import json
import resource
import sys
from datetime import date, datetime, time, timedelta

CPU_SECONDS = 45
COLUMNS = 20_000  # of a row, so that the one that reads this gets lines it can hold


def cell(value: object) -> str:
    """Return a value as people would type it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        value += timedelta(
            milliseconds=500
        )  # days are kept as fractions, and a minute may come out a moment short
        if value.time().replace(microsecond=0) == time(0):
            return value.date().isoformat()
        return value.replace(microsecond=0).isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        minutes = round(value.total_seconds() / 60)
        return f"{minutes // 60:02}:{minutes % 60:02}"
    return str(value)


def main(path: str, most: int, memory: int) -> int:
    """Print the rows, at most so many, in so much memory; return the exit code."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_path(path)
    if not book.sheet_names:
        return 3
    for number, row in enumerate(book.get_sheet_by_index(0).iter_rows()):
        if number >= most:
            break
        sys.stdout.write(json.dumps([cell(value) for value in row[:COLUMNS]]) + "\n")
    sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
