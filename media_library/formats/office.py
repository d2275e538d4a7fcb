"""Office files: Word, Excel, PowerPoint and OpenDocument, told by what is inside the ZIP. Kept as they are.

Nothing of them is unpacked but the short member that says what they are. Macros stay in: nobody runs them here, and
they leave as a download only.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from media_library.formats import archive, base, image
from media_library.formats.base import Drawn, Unusable

KINDS = ("document",)
TAKES = "Word, Excel, PowerPoint, OpenDocument"
LEAVES = base.AS_IT_IS

_OOXML = "application/vnd.openxmlformats-officedocument."
_MACROS = ".macroEnabled"
_ODF = "application/vnd.oasis.opendocument."
_TYPES = {
    _OOXML + "wordprocessingml.document": ("docx", "Word"),
    _OOXML + "spreadsheetml.sheet": ("xlsx", "Excel"),
    _OOXML + "presentationml.presentation": ("pptx", "PowerPoint"),
    _OOXML + "presentationml.slideshow": ("ppsx", "PowerPoint"),
    "application/vnd.ms-word.document.macroEnabled": ("docm", "Word with macros"),
    "application/vnd.ms-excel.sheet.macroEnabled": ("xlsm", "Excel with macros"),
    "application/vnd.ms-powerpoint.presentation.macroEnabled": ("pptm", "PowerPoint with macros"),
    "application/vnd.ms-powerpoint.slideshow.macroEnabled": ("ppsm", "PowerPoint with macros"),
    _ODF + "text": ("odt", "OpenDocument text"),
    _ODF + "spreadsheet": ("ods", "OpenDocument sheet"),
    _ODF + "presentation": ("odp", "OpenDocument slides"),
    _ODF + "graphics": ("odg", "OpenDocument drawing"),
}


def _mime(inside: str) -> str:
    """Return the media type of a file that calls itself so inside: Microsoft's own end in ".12" outside."""
    return f"{inside}.12" if inside.endswith(_MACROS) else inside


WORDS = {_mime(inside): word for inside, (_, word) in _TYPES.items()}
EXTENSIONS = {_mime(inside): ending for inside, (ending, _) in _TYPES.items()}
ACCEPT = tuple(f".{ending}" for ending in EXTENSIONS.values())

_LIST = "[Content_Types].xml"
_MOST = 1_000_000
_OVERRIDE = "{http://schemas.openxmlformats.org/package/2006/content-types}Override"
_ZIP = "This looks like a ZIP archive. Unpack it and upload what is inside."


@dataclass(frozen=True)
class Office:
    """What an Office file is."""

    mime: str
    extension: str
    kind: str = "document"
    width: None = None
    height: None = None
    frames: int = 1


def recognises(head: bytes) -> bool:
    """Tell whether a file that begins so is a ZIP archive; judging says whether it is one of an Office."""
    return head.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def largest_bytes() -> int:
    """Return the most bytes of a document (`AURA_MAX_IMAGE_MB`)."""
    return image.largest_bytes()


def judge(file: BinaryIO) -> Office:
    """Return which Office file it is. Raises Unusable: another archive, damaged, locked, or a bomb."""
    with archive.opened(file) as members:
        names = set(members.namelist())
        if _LIST in names:
            inside = _main_part(archive.read(members, _LIST, _MOST))
        elif "mimetype" in names:
            inside = archive.read(members, "mimetype", 200).decode("ascii", "replace").strip()
        else:
            raise Unusable(_ZIP)
    if inside not in _TYPES:
        raise Unusable(f"This is an Office file of a kind that Aura does not take. It takes {TAKES}.")
    return Office(_mime(inside), _TYPES[inside][0])


def _main_part(data: bytes) -> str:
    """Return the media type of the part that the package is about, or nothing."""
    try:
        root: Element = fromstring(data, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as problem:
        raise Unusable(archive.BROKEN) from problem
    for part in root.iter(_OVERRIDE):
        inside, _, main = (part.get("ContentType") or "").partition(".main+xml")
        if not main and inside in _TYPES:
            return inside
    return ""


def draw(source: Path, folder: Path, name: str) -> Drawn:
    """Make the copy that leaves: the file itself. There is no picture of it."""
    with open(source, "rb") as file:
        mime = judge(file).mime
    return Drawn(None, None, 1, [base.as_it_is(source, folder, name, mime)])
