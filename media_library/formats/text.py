"""Plain text, and tables in it (CSV). Kept as they are, always served as a download.

There is no signature to know text by, so it is asked last: whatever decodes and shows no sign of being something else.
Markup is refused, as a page that calls itself text is one in the hands of whoever opens it.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from media_library.formats import base, image
from media_library.formats.base import Drawn, Unusable

TEXT, CSV = "text/plain", "text/csv"
KINDS = ("document", "performance_data")
WORDS = {TEXT: "Text", CSV: "CSV"}
EXTENSIONS = {TEXT: "txt", CSV: "csv"}
ACCEPT = (".csv", ".tsv", ".txt")
TAKES = "CSV and plain text"
LEAVES = base.AS_IT_IS

CHUNK = 256 * 1024
LOOKED_AT = 64 * 1024  # by which a table is known
LEAST_ROWS, MOST_ROWS = 2, 50
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Markup, PostScript and RTF begin so; and a PDF that hides behind a few words is none of ours.
_SOMETHING_ELSE = re.compile(r"\s*(<[!?%/a-z]|%!|\{\\rtf)|.*%PDF-", re.IGNORECASE | re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_BROKEN = "This begins as text and goes on as something else. Save it as plain text (UTF-8) and upload that."


@dataclass(frozen=True)
class Text:
    """What a text is: a table or words."""

    mime: str
    extension: str
    kind: str
    width: None = None
    height: None = None
    frames: int = 1


def encoding_of(head: bytes) -> str:
    """Return how a text is encoded: by its mark, else UTF-8, else the one that Western Windows programs write."""
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _shown(data: bytes, encoding: str) -> str | None:
    """Return the beginning of a text, whose last letter may be cut; None where it is none."""
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(data)
    except UnicodeDecodeError:
        return None
    return None if _CONTROL.search(text) else text


def recognises(head: bytes) -> bool:
    """Tell whether a file that begins so may be text, and no page or other markup."""
    text = _shown(head, encoding_of(head))
    return text is not None and bool(text.strip()) and not _SOMETHING_ELSE.match(text)


def largest_bytes() -> int:
    """Return the most bytes of a document (`AURA_MAX_IMAGE_MB`)."""
    return image.largest_bytes()


def judge(file: BinaryIO) -> Text:
    """Return whether it is a table or words. Raises Unusable where it does not stay text to its end."""
    file.seek(0)
    head = file.read(LOOKED_AT)
    encoding = encoding_of(head)
    if not _stays_text(file, encoding) and (encoding != "utf-8" or not _stays_text(file, "cp1252")):
        raise Unusable(_BROKEN)
    if is_table(_shown(head, encoding) or "", whole=len(head) < LOOKED_AT):
        return Text(CSV, "csv", "performance_data")
    return Text(TEXT, "txt", "document")


def _stays_text(file: BinaryIO, encoding: str) -> bool:
    """Tell whether the whole file decodes so, a piece at a time, and holds nothing that text does not."""
    decoder = codecs.getincrementaldecoder(encoding)()
    file.seek(0)
    try:
        while piece := file.read(CHUNK):
            if _CONTROL.search(decoder.decode(piece)):
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def is_table(text: str, *, whole: bool) -> bool:
    """Tell whether every row has the same number of cells, two at least, by one of the usual separators.

    In the first row every cell says something, and none begins with a space, as words behind a comma do.
    `whole`: the text is all of it; otherwise its last row may be cut.
    """
    lines = text.splitlines()
    lines = [line for line in (lines if whole else lines[:-1]) if line.strip()][:MOST_ROWS]
    if len(lines) < LEAST_ROWS:
        return False
    for separator in ("\t", ";", ","):
        try:
            rows = list(csv.reader(io.StringIO("\n".join(lines)), delimiter=separator))
        except csv.Error:
            continue
        same = len({len(row) for row in rows}) == 1 and len(rows) >= LEAST_ROWS
        if same and len(rows[0]) >= 2 and all(cell.strip() and cell[0] != " " for cell in rows[0]):
            return True
    return False


def draw(source: Path, folder: Path, name: str) -> Drawn:
    """Make the copy that leaves: the file itself. There is no picture of it."""
    with open(source, "rb") as file:
        mime = judge(file).mime
    return Drawn(None, None, 1, [base.as_it_is(source, folder, name, mime)])
