"""The calls of posts and of channels."""

from posts.api import (
    approving,
    creating,
    going_out,
    many,
    pausing,
    reading,
    rest,
    series,
    snippets,
    talking,
    versions,
    writing,
)
from posts.api.channels import channels
from posts.api.shown import posts

__all__ = [
    "approving",
    "channels",
    "creating",
    "going_out",
    "many",
    "pausing",
    "posts",
    "reading",
    "rest",
    "series",
    "snippets",
    "talking",
    "versions",
    "writing",
]
