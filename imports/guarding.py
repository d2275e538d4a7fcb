"""Cells of a CSV that a spreadsheet would run as a formula (trust.md V1), made harmless on the way out.

An apostrophe stands before them; on the way in it is taken off again, so that what was exported comes back the same.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header

_FIRST = "=+-@\t\r\n\x00＝＋－＠"
AT_ONCE = 200  # rows in one piece of an answer


def guarded(text: str) -> str:
    """Return the text of a cell so that no spreadsheet runs it."""
    text = text.replace("\x00", "")
    return f"'{text}" if text.startswith(tuple(_FIRST)) else text


def unguarded(text: str) -> str:
    """Return what `guarded` was given."""
    return text[1:] if text.startswith("'") and text[1:].startswith(tuple(_FIRST)) else text


def written(rows: Iterable[Sequence[str]], *, bom: bool = False) -> Iterator[bytes]:
    """Yield a CSV in UTF-8, some rows at a time; `bom` is the mark by which Excel knows UTF-8."""
    if bom:
        yield b"\xef\xbb\xbf"
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    for number, row in enumerate(rows, start=1):
        writer.writerow([guarded(cell) for cell in row])
        if number % AT_ONCE == 0:
            yield _emptied(out)
    if out.tell():
        yield _emptied(out)


def _emptied(out: io.StringIO) -> bytes:
    text = out.getvalue()
    out.seek(0)
    out.truncate()
    return text.encode()


def csv_response(rows: Iterable[Sequence[str]], name: str, *, bom: bool = False) -> StreamingHttpResponse:
    """Return a download of these rows that is made while it is sent."""
    response = StreamingHttpResponse(written(rows, bom=bom), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(True, name)
    response["Cache-Control"] = "private, no-store"
    return response
