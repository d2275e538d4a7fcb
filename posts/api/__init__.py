"""The calls of posts and of channels."""

from posts.api import (
    approving,
    calendar_links,
    client_links,
    connecting,
    creating,
    going_out,
    looking,
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
    "calendar_links",
    "channels",
    "client_links",
    "connecting",
    "creating",
    "going_out",
    "looking",
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
