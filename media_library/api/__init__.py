"""The calls of the media library."""

from media_library.api import albums, bringing, changing, cuts, many, reading, talking, versions
from media_library.api.shown import media

__all__ = ["albums", "bringing", "changing", "cuts", "many", "media", "reading", "talking", "versions"]
