"""Whether a post may go out: asked for, approved, sent back."""

from __future__ import annotations

from uuid import UUID

from posts.api.shown import ROWS, PostOut, posts, shown
from posts.forms.programs import NoteForm
from posts.operations import review
from workspaces.api.binding import Takes
from workspaces.api.calls import Call

NOTE = Takes(
    "Note",
    NoteForm,
    examples={"note": "Say which Friday."},
    descriptions={"note": "What should change, for whoever wrote it."},
)


@posts.post("/posts/{uuid:post_id}/submit", PostOut)
def submit_post(call: Call, post_id: UUID) -> PostOut:
    """Ask for a review of a draft. Whoever may give the yes that is missing is told.

    Nothing takes the question back but an answer: what is changed meanwhile is what they say yes to.
    """
    return shown(review.submit_post(call.find(ROWS, post_id), now=call.now, by=call.by))


@posts.post("/posts/{uuid:post_id}/approve", PostOut)
def approve_post(call: Call, post_id: UUID) -> PostOut:
    """Approve what a post says now.

    Send the `ETag` of what you have read as `If-Match`. Where several people have to say yes, it is approved with the
    last of them. Refused (403) where your yes is not the one that is asked for. A yes ends with the first change of
    what it was given to; nothing else takes it back.
    """
    post = call.find(ROWS, post_id)
    return shown(review.approve_post(post, version=post.version, now=call.now, by=call.by))


@posts.post("/posts/{uuid:post_id}/request-changes", PostOut, takes=NOTE)
def request_changes(call: Call, post_id: UUID) -> PostOut:
    """Send a post back to its author with a note that says what to change."""
    post = call.find(ROWS, post_id)
    note = call.bind(NoteForm()).cleaned_data["note"]
    return shown(review.request_changes(post, note=note, version=post.version, now=call.now, by=call.by))
