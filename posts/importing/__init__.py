"""Posts from a sheet: what its columns are, how a row is judged, and how it becomes a post."""

from posts.importing.kind import KIND

__all__ = ["KIND"]
