"""The calls of the media library."""

from media_library.api import (
    albums,
    bringing,
    changing,
    cuts,
    filters,
    many,
    reading,
    replacing,
    talking,
    versions,
)
from media_library.api.shown import media

__all__ = [
    "albums",
    "bringing",
    "changing",
    "cuts",
    "filters",
    "many",
    "media",
    "reading",
    "replacing",
    "talking",
    "versions",
]
