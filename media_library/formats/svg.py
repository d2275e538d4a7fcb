"""SVG: drawings, cleaned of whatever a browser would run or fetch, and turned into pictures.

The original is never handed out. What leaves is the cleaned drawing as a download, and for posts, cuts and edits a PNG.
The web process walks the file once and counts; cleaning and drawing happen in the limited child.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from xml.parsers.expat import ExpatError, ParserCreate

from media_library.formats import base, image
from media_library.formats.base import Drawn, Look, Made, Unusable, made_path
from media_library.formats.decoder import DecodeFailed, decoder

MIME = "image/svg+xml"
KINDS = ("image",)
WORDS = {MIME: "SVG"}
EXTENSIONS = {MIME: "svg"}
ACCEPT = (MIME, ".svg")
TAKES = "SVG"
LEAVES = "without scripts and links; posts take it as a PNG"

MOST_BYTES = 5_000_000
MOST_ELEMENTS = 50_000
MOST_DEPTH = 100  # cleaning costs the square of it
SIDE = 2048  # pixels of the longer side of the PNG
MEMORY = 470_000_000
CPU_SECONDS = 10

BROKEN = "The SVG is damaged and cannot be read. Export it once more and upload that."
ENTITIES = (
    "The SVG has entities of its own, which Aura does not read. Export it as plain SVG and upload that."
)
TOO_MUCH = "The SVG is too intricate to be drawn here. Simplify it, or save it as a PNG and upload that."
NO_SIZE = "The SVG does not say how large it is. Export it with a width and a height and upload that."
_NOTES = {
    "": "",
    "drawn": "Its letters are drawn with the typefaces of this server. To be sure of them, export them as paths.",
    "lost": "Its letters are missing in the picture, as this server has no typeface for them. Export them as paths "
    "and upload that.",
}
_SENTENCES = {"damaged": BROKEN, "no_size": NO_SIZE}

# A comment ends at its first "-->" (the atomic group): tried with every later one, a row of them takes for ever.
_ROOT = re.compile(
    r"\s*(<\?xml[^>]*>\s*)?((?><!--.*?-->)\s*|<!DOCTYPE[^>\[]*(\[[^\]]*\]\s*)?>\s*)*<(\w+:)?svg[\s>/]",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True)
class Svg:
    """What an SVG is. How large it is to be shown is known once it is drawn."""

    kind: str = "image"
    mime: str = MIME
    extension: str = "svg"
    width: None = None
    height: None = None
    frames: int = 1


def recognises(head: bytes) -> bool:
    """Tell whether a file that begins so is an SVG: `svg` is its first element, whatever else is inside."""
    wide = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    text = head.decode("utf-16" if wide else "utf-8", "ignore").removeprefix("\ufeff")
    return _ROOT.match(text) is not None


def largest_bytes() -> int:
    """Return the most bytes of an SVG: a drawing that is larger holds photographs."""
    return min(MOST_BYTES, image.largest_bytes())


def judge(file: BinaryIO) -> Svg:
    """Return that it is an SVG. Raises Unusable: broken, with entities, or too intricate."""
    seen = _Counting()
    parser = (
        ParserCreate()
    )  # reads neither a DTD nor an entity from outside; those of the file itself stop it
    parser.StartElementHandler, parser.EndElementHandler = seen.begin, seen.end
    parser.EntityDeclHandler = seen.entity
    file.seek(0)
    try:
        parser.ParseFile(io.BytesIO(file.read(largest_bytes())))
    except Unusable:
        raise
    except (ExpatError, LookupError, ValueError) as problem:  # or written as expat cannot read
        raise Unusable(BROKEN) from problem
    return Svg()


class _Counting:
    """Counts elements and how deep they lie, and stops where it is too much."""

    def __init__(self) -> None:
        self.elements = self.depth = 0

    def begin(self, name: str, attributes: object) -> None:
        """Count one element."""
        self.elements += 1
        self.depth += 1
        if self.elements > MOST_ELEMENTS or self.depth > MOST_DEPTH:
            raise Unusable(TOO_MUCH)

    def end(self, name: str) -> None:
        """Come up again."""
        self.depth -= 1

    def entity(self, *declared: object) -> None:
        """Stop: what it would be replaced by may be without end."""
        raise Unusable(ENTITIES)


def draw(source: Path, folder: Path, name: str) -> Drawn:
    """Make the cleaned drawing, a PNG of it, and what is shown. Raises Unusable."""
    job = {
        "do": "svg",
        "source": str(source),
        "format": "SVG",
        "memory": MEMORY,
        "cpu": CPU_SECONDS,
        "side": SIDE,
        "outputs": image.outputs(folder, name),
        "clean": str(made_path(folder, name, "clean")),
        "vector": str(made_path(folder, name, "vector")),
    }
    try:
        reply = decoder.decode(job)
    except DecodeFailed as problem:
        base.discard(folder, name)
        raise Unusable(_SENTENCES.get(problem.problem, TOO_MUCH)) from None
    made = [Made(path=made_path(folder, name, each["preset"]), **each) for each in reply["made"]]
    look = Look(**reply["look"])
    return Drawn(reply["width"], reply["height"], 1, made, look=look, note=_NOTES[reply["letters"]])
