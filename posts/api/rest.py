"""A thread whose beginning is out: what is still to go out below it is changed, or left out."""

from __future__ import annotations

from uuid import UUID

from posts.api.going_out import TARGET
from posts.api.shown import ROWS, PostOut, posts, shown
from posts.forms.programs import TargetForm
from posts.forms.rest_sent import RestByProgram
from posts.operations import rest
from posts.parts import numbers_of, targets_in_order
from workspaces.api.binding import Takes
from workspaces.api.calls import Call
from workspaces.api.schemas import ID

REST = Takes(
    "Rest",
    RestByProgram,
    examples={"parts": [{"target": ID, "own_words": "And it lasts a week.", "media": [ID]}]},
    descriptions={"parts": "What is to change: later parts and first comments, by the ids of their targets."},
)


@posts.patch("/posts/{uuid:post_id}/rest", PostOut, takes=REST)
def edit_rest(call: Call, post_id: UUID) -> PostOut:
    """Change what is still to go out below a post that is out: later parts of a thread, a first comment.

    What is out, or on its way, stays as it is. What goes out at its time still does, with two exceptions: where a yes
    was given to other words, the rest waits for a new one; and what somebody changes who may not publish waits until
    somebody who may sends it (`retry`).
    """
    post = call.find(ROWS, post_id)
    targets = targets_in_order(post)
    form = call.bind(RestByProgram(post=post, rest=rest.rest_of(targets), numbers=numbers_of(targets)))
    edited = rest.edit_rest(
        post, words=form.words, pictures=form.pictures, version=post.version, now=call.now, by=call.by
    )
    return shown(edited.post)


@posts.post("/posts/{uuid:post_id}/leave-out", PostOut, takes=TARGET)
def leave_part(call: Call, post_id: UUID) -> PostOut:
    """Leave a part out that is still to go out below what is out; what comes after it goes out below the one before.

    Refused (409) where it is out by now, or on its way.
    """
    post = call.find(ROWS, post_id)
    rest.leave_part(call.bind(TargetForm(post=post)).cleaned_data["target"], now=call.now, by=call.by)
    return shown(post)
