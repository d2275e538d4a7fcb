"""What people called a file: cleaned for showing, never used to find anything."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from media_library.models import TITLE_LENGTH

NAME_LENGTH = 200
WORDS_LENGTH = 60
_SPACES = re.compile(r"\s+")
_DEVICES = re.compile(r"con|prn|aux|nul|(com|lpt)\d", re.IGNORECASE)  # names that Windows keeps for itself


def display_name(name: str) -> str:
    """Return a client's file name without paths and without characters that do not show or turn text around."""
    name = name.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(
        " " if c.isspace() else c for c in name if unicodedata.category(c)[0] != "C" or c.isspace()
    )
    return _SPACES.sub(" ", kept).strip()[:NAME_LENGTH] or "file"


def title_from(name: str) -> str:
    """Return a first title for a file: its name without the ending, with spaces for dashes and a capital letter."""
    stem = display_name(name).rsplit(".", 1)[0] or display_name(name)
    words = _SPACES.sub(" ", stem.replace("_", " ").replace("-", " ")).strip(" .")[:TITLE_LENGTH].strip()
    return words[:1].upper() + words[1:] if words else "Picture"


def title_of_words(body: str) -> str:
    """Return a first title for words: as many of the first ones as a line of a list shows."""
    line = display_name(body.strip().split("\n", 1)[0].replace("/", " ").replace("\\", " "))
    if len(line) <= WORDS_LENGTH:
        return line
    return line[: WORDS_LENGTH - 1].rsplit(" ", 1)[0].rstrip(" ,;:–-") + "…"


def download_name(title: str, extension: str) -> str:
    """Return the name a download gets: the title, safe on every system, with the ending of what it really is."""
    safe = re.sub(r'[<>:"/\\|?*]+', " ", display_name(title)).strip(" .")[:100].rstrip(" .") or "picture"
    if _DEVICES.fullmatch(safe):
        safe += " picture"
    return f"{safe}.{extension}"


def unique(wanted: Iterable[str]) -> list[str]:
    """Return the names of files in one folder: a second "Loaf.jpg" becomes "Loaf 2.jpg", whatever its capitals."""
    taken: set[str] = set()
    found = []
    for name in wanted:
        stem, dot, ending = name.rpartition(".")
        number, free = 2, name
        while free.casefold() in taken:
            number, free = number + 1, f"{stem} {number}{dot}{ending}"
        taken.add(free.casefold())
        found.append(free)
    return found
