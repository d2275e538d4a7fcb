"""What people say about a post, and what they did with it."""

from __future__ import annotations

from uuid import UUID

from posts.api.shown import ROWS, posts
from workspaces.api.calls import Call
from workspaces.api.paging import Listing
from workspaces.api_activity import EntryOut, entries
from workspaces.api_comments import SAY, CommentOut, about, comments, say
from workspaces.models import Activity, Comment


@comments.listing("/posts/{uuid:post_id}/comments", CommentOut)
def list_comments_on_post(call: Call, post_id: UUID) -> Listing[Comment]:
    """List what was said about a post, first things first."""
    return about(call.find(ROWS, post_id))


@comments.post(
    "/posts/{uuid:post_id}/comments", CommentOut, takes=SAY, status=201, does="workspaces.add_comment"
)
def comment_on_post(call: Call, post_id: UUID) -> CommentOut:
    """Say something about a post, or answer what was said.

    Whoever is mentioned, takes part, or made the post is told.
    """
    return say(call, call.find(ROWS, post_id))


@posts.listing("/posts/{uuid:post_id}/activity", EntryOut)
def list_activity_of_post(call: Call, post_id: UUID) -> Listing[Activity]:
    """List what was done with a post, alone or among many, newest first."""
    return entries(call.find(ROWS, post_id))
