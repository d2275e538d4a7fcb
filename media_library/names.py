"""What people called a file: cleaned for showing, never used to find anything."""

from __future__ import annotations

import re
import unicodedata

from media_library.models import TITLE_LENGTH

NAME_LENGTH = 200
_SPACES = re.compile(r"\s+")


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


def download_name(title: str, extension: str) -> str:
    """Return the name a download gets: the title, safe on every system, with the ending of what it really is."""
    safe = re.sub(r'[<>:"/\\|?*]+', " ", display_name(title)).strip(" .")[:100] or "picture"
    return f"{safe}.{extension}"
