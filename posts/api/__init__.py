"""The calls of posts and of channels."""

from posts.api import (
    approving,
    connecting,
    creating,
    going_out,
    many,
    networks,
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
    "connecting",
    "creating",
    "going_out",
    "many",
    "networks",
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
