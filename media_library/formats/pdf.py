"""PDF: kept as it is, with a picture of its first page.

The web process looks at the beginning and the end of the file only; whatever reads it runs in the limited child.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from media_library.formats import base, image
from media_library.formats.base import Drawn, Made, Unusable, made_path
from media_library.formats.decoder import DecodeFailed, decoder

MIME = "application/pdf"
KINDS = ("document",)
WORDS = {MIME: "PDF"}
EXTENSIONS = {MIME: "pdf"}
ACCEPT = (MIME, ".pdf")
TAKES = "PDF"
LEAVES = base.AS_IT_IS

TAIL = 16 * 1024  # where the end of a PDF is told; some programs append a few bytes behind it
MEMORY = 470_000_000
CPU_SECONDS = 5
DAMAGED = "The PDF is damaged and cannot be opened. Export it once more and upload that."
CUT_OFF = "The PDF is damaged or was cut off on the way. Export it once more and upload that."
_NOTES = {
    "locked": "It opens with a password only, so there is no picture of its first page.",
    "time": "Its first page takes too long to draw, so there is no picture of it.",
}
_NO_PICTURE = "Its first page cannot be drawn here, so there is no picture of it."


@dataclass(frozen=True)
class Pdf:
    """What a PDF is before it is opened."""

    kind: str = "document"
    mime: str = MIME
    extension: str = "pdf"
    width: None = None
    height: None = None
    frames: int = 1


def recognises(head: bytes) -> bool:
    """Tell whether a file that begins so is a PDF. Its sign stands first: what hides behind something else is none."""
    return head.startswith(b"%PDF-")


def largest_bytes() -> int:
    """Return the most bytes of a document (`AURA_MAX_IMAGE_MB`)."""
    return image.largest_bytes()


def judge(file: BinaryIO) -> Pdf:
    """Return that it is a PDF. Raises Unusable when its end is missing."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(size - TAIL, 0))
    if b"%%EOF" not in file.read(TAIL):
        raise Unusable(CUT_OFF)
    return Pdf()


def draw(source: Path, folder: Path, name: str) -> Drawn:
    """Make the picture of the first page, and the copy that leaves: the file itself.

    Raises Unusable when it cannot be opened at all. One that opens and cannot be drawn is kept without a picture.
    """
    job = {
        "do": "pdf",
        "source": str(source),
        "format": "PDF",
        "memory": MEMORY,
        "cpu": CPU_SECONDS,
        "outputs": image.outputs(folder, name),
    }
    clean = base.as_it_is(source, folder, name, MIME)
    try:
        reply = decoder.decode(job)
    except DecodeFailed as problem:
        base.discard(folder, name, but=("clean",))
        if problem.problem == "damaged":
            raise Unusable(DAMAGED) from None
        return Drawn(None, None, 1, [clean], note=_NOTES.get(problem.problem, _NO_PICTURE))
    made = [Made(path=made_path(folder, name, each["preset"]), **each) for each in reply["made"]]
    note = "" if made else _NO_PICTURE
    return Drawn(None, None, 1, [*made, clean], pages=reply["pages"], note=note)
