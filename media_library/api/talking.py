"""What is said about a thing of the library."""

from __future__ import annotations

from uuid import UUID

from media_library.api.shown import ROWS
from workspaces.api.calls import Call
from workspaces.api.paging import Listing
from workspaces.api_comments import SAY, CommentOut, about, comments, say
from workspaces.models import Comment


@comments.listing("/media/{uuid:media_id}/comments", CommentOut)
def list_comments_on_media(call: Call, media_id: UUID) -> Listing[Comment]:
    """List what was said about a thing of the library, first things first."""
    return about(call.find(ROWS, media_id))


@comments.post(
    "/media/{uuid:media_id}/comments", CommentOut, takes=SAY, status=201, does="workspaces.add_comment"
)
def comment_on_media(call: Call, media_id: UUID) -> CommentOut:
    """Say something about a thing of the library, or answer what was said."""
    return say(call, call.find(ROWS, media_id))
